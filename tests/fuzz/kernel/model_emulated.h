/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the oracle that knows the test module's emulated device: it pins pages when it is
 * asked to, until it is asked to give them back or their mapping goes.
 */
#ifndef MODEL_EMULATED_H
#define MODEL_EMULATED_H

#include "model.h"

/* How many pages of a mapping are pinned for an emulated device, each counted once. */
uint64_t model_emulated_pages(const struct model *m, const struct model_container *container,
			      const struct model_mapping *mapping);

/* The device gives back what it has pinned in a mapping. */
void model_emulated_recall(struct model *m, const struct model_container *container,
			   const struct model_mapping *mapping);

/* Makes a call of the device, of whatever kind; returns what ioctl() and the like should. */
int64_t model_emulated_call(struct model *m, int group, const struct call *call);

#endif /* MODEL_EMULATED_H */
