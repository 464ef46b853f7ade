/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A container as the report has it.
 */
#ifndef VFIOTOP_CONTAINER_H
#define VFIOTOP_CONTAINER_H

#include "snapshot.h"
#include "view.h"

/**
 * view_container - fill in all but what the report knows of other rows
 * @view: is filled in
 * @container: its present state
 * @last: what was counted until the last report
 * @interval_ns: time since then
 * @sizes: of pages
 */
void view_container(struct container_view *view, const struct container_snapshot *container,
		    const struct vt_container *last, uint64_t interval_ns,
		    const struct page_sizes *sizes);

#endif /* VFIOTOP_CONTAINER_H */
