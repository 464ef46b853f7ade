/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who made the mappings that leak: the stacks of maps in user space, by name. Each stack is named
 * when it is first seen, while its process is still there.
 */
#ifndef VFIOTOP_MAKERS_H
#define VFIOTOP_MAKERS_H

#include "snapshot.h"
#include "view.h"

/* Of more mappings, or different stacks, none is kept: the oldest ones are those that leak. */
#define MAKERS_MAPPINGS 16384
#define MAKERS_STACKS	512

/* Mappings of a leak that are told. */
#define MAKERS_ROWS 256

struct makers;

/**
 * makers_new - nobody has made anything
 *
 * Return: NULL when out of memory.
 */
struct makers *makers_new(void);

/**
 * makers_free - free it
 * @makers: from makers_new(), or NULL
 */
void makers_free(struct makers *makers);

/**
 * makers_take - take note of a map, unmap or teardown
 * @makers: from makers_new()
 * @request: it, in the order of time
 * @depth: frames of its stack, 0 when that is not known
 *
 * Return: whether its stack was not seen before: then makers_name() should follow.
 */
bool makers_take(struct makers *makers, const struct vt_traced_stack *request, size_t depth);

/**
 * makers_name - name the frames of the last stack that was new
 * @makers: from makers_new()
 * @names: one for each frame, the innermost first
 */
void makers_name(struct makers *makers, const char *const *names);

/**
 * makers_lost - requests were lost
 * @makers: from makers_new()
 *
 * So nobody knows which mappings are there.
 */
void makers_lost(struct makers *makers);

/**
 * makers_find - who made what leaks
 * @makers: from makers_new()
 * @leak: gets the stack that made the mapping that it names, else most of the mappings of its
 *	container; none when that is not known. And its oldest mappings, which are valid until
 *	the next call
 * @now_ns: when it was found; younger mappings are none of its
 */
void makers_find(struct makers *makers, struct leak_view *leak, uint64_t now_ns);

#endif /* VFIOTOP_MAKERS_H */
