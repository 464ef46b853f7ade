/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the oracle that knows mappings, their pages, and which of them are dirty. */
#ifndef MODEL_MAPPINGS_H
#define MODEL_MAPPINGS_H

#include "model.h"

/* The mapping that has an IOVA, or NULL. */
const struct model_mapping *model_mapping(const struct model_container *container, uint64_t iova);

/* May a process lock so many pages more for a mapping? */
bool model_may_lock(const struct model *m, const struct model_mapping *mapping, uint64_t pages);

/* Can devices get at this memory of a mapping? */
bool model_reaches(const struct model *m, const struct model_mapping *mapping, uint64_t vaddr,
		   uint64_t size);

/*
 * The first group that is not emulated comes into a container: all that is mapped is pinned.
 * Where that can't be for two reasons, either is told. Returns 0 or a negative errno.
 */
int64_t model_populate(const struct model *m, struct model_container *container,
		       struct answer *answer);

/* Requests of a container; return what ioctl() should. */
int64_t model_map(struct model *m, struct model_container *container, const uint64_t *arg,
		  struct answer *answer);
int64_t model_unmap(struct model *m, struct model_container *container, const uint64_t *arg,
		    struct answer *answer);
int64_t model_dirty(struct model_container *container, uint32_t flags, uint32_t argsz);
int64_t model_dirty_get(const struct model *m, const struct model_container *container,
			const uint64_t *arg, struct answer *answer);

#endif /* MODEL_MAPPINGS_H */
