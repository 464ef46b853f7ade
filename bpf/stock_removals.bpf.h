/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the pages of each mapping that stock modules remove come back, by the host's own count
 * as it begins to go, and as the next one does or the request ends.
 */
#ifndef VFIOTOP_STOCK_REMOVALS_BPF_H
#define VFIOTOP_STOCK_REMOVALS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "in_flight.bpf.h"
#include "kernel.bpf.h"
#include "pin_counters.bpf.h"
#include "requests.bpf.h"
#include "stock_containers.bpf.h"
#include "vfiotop.h"

static __noinline int removal_differs(struct vt_in_flight *f, const struct vt_pin_mark *now)
{
	struct vt_container *c;
	__s64 missing;
	__u64 doubtful;

	if (!f || !now)
		return 0;
	missing = pin_missing(&f->last_mark, now, f->last_pages);
	if (!missing)
		return 0;
	c = container_get_slowly(f->key);
	if (missing < 0) {
		on_pages_excess(c, f->last_iova, f->last_size, -missing);
		return 0;
	}
	doubtful = pin_out_of_sight(&f->last_mark, now);
	if (doubtful > (__u64)missing)
		doubtful = missing;
	if (doubtful)
		on_pages_doubtful(c, f->last_iova, f->last_size, doubtful);
	if ((__u64)missing > doubtful)
		on_pages_kept(c, f->last_iova, f->last_size, missing - doubtful, true);
	return 0;
}

/* Nothing more of the mapping that @f removed last comes back. */
static __always_inline void removal_check(struct vt_in_flight *f, const struct vt_pin_mark *now)
{
	if (now->released - f->last_mark.released != f->last_pages)
		removal_differs(f, now);
}

/* @f removes a mapping. The pages that it was charged are those that it has pinned. */
static __always_inline void removal_begin(struct vt_in_flight *f, __u64 iova, __u64 size,
					  __u64 pages, const struct task_struct *task)
{
	struct vt_pin_mark now;

	if (!count_unpins) {
		pin_mark(&now, task);
		if (f->removed)
			removal_check(f, &now);
		f->last_mark = now;
	}
	f->last_iova = iova;
	f->last_size = size;
	f->last_pages = pages;
}

/* @f, which may be NULL, ends. */
static __always_inline void removals_end(struct vt_in_flight *f, const struct task_struct *task)
{
	const struct pin_counters *counters;
	struct vt_pin_mark now;

	if (count_unpins || !f || !f->removed || !f->last_pages)
		return;
	counters = pin_counters_here();
	if (!counters)
		return;
	pin_sum(&now, counters);
	if (now.released - f->last_mark.released == f->last_pages)
		return;
	now.moves = moves_of(task, counters);
	removal_differs(f, &now);
}

#endif /* VFIOTOP_STOCK_REMOVALS_BPF_H */
