/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps and mappings of a container by size.
 */
#ifndef VFIOTOP_SIZES_H
#define VFIOTOP_SIZES_H

#include "ages.h"
#include "snapshot.h"
#include "view.h"

/**
 * sizes_count - how many sizes the maps of a container had
 * @container: the container
 *
 * Return: how many.
 */
size_t sizes_count(const struct vt_container *container);

/**
 * view_sizes - make a view of its maps by size
 * @view: gets it; its mappings are there already
 * @container: the container
 * @last: the same at the last report, or zero
 * @ages: what is remembered of the mappings of each size
 * @now_ns: when the report is made
 * @sizes: room for as many as sizes_count() says
 */
void view_sizes(struct container_view *view, const struct vt_container *container,
		const struct vt_container *last, struct ages ages[VT_SIZE_CLASSES], uint64_t now_ns,
		struct size_view *sizes);

#endif /* VFIOTOP_SIZES_H */
