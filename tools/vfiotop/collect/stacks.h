/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stacks of requests, by name. The names are in files that other users wrote: they are read
 * by a process that may do nothing else, and is given up when it takes long.
 */
#ifndef VFIOTOP_STACKS_H
#define VFIOTOP_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfiotop.h"

struct stacks;

/**
 * stacks_new - nothing is named
 * @usable: whether /proc shows the processes that requests name; else there are only addresses
 *
 * Return: NULL when out of memory.
 */
struct stacks *stacks_new(bool usable);

/**
 * stacks_free - free it
 * @stacks: from stacks_new(), or NULL
 */
void stacks_free(struct stacks *stacks);

/**
 * stacks_take - find out the names of all frames of some requests
 * @stacks: from stacks_new()
 * @requests: with their frames
 * @n: how many
 */
void stacks_take(struct stacks *stacks, const struct vt_traced_stack *requests, size_t n);

/**
 * stacks_depth - frames of a request
 * @request: of these
 *
 * Return: how many; 0 when its stack is not known.
 */
size_t stacks_depth(const struct vt_traced_stack *request);

/**
 * stacks_name - name a frame
 * @stacks: after stacks_take() of the request
 * @request: the request
 * @frame: below stacks_depth()
 *
 * Return: "function+0x12 (file)", or "file+0x1234" without symbols, or the address alone when
 * the process is gone, or may not be looked at; printable, and valid until the next
 * stacks_take().
 */
const char *stacks_name(const struct stacks *stacks, const struct vt_traced_stack *request,
			size_t frame);

#endif /* VFIOTOP_STACKS_H */
