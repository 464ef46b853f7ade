/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the pages of each mapping that stock modules remove come back, by the host's own count
 * before and after.
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

/*
 * The mapping that is being removed; @pages is 0 when there is none. Its slot belongs to the
 * thread as long as the slot of the same index among the operations in flight does.
 */
struct removal {
	__u64 iova;
	__u64 size;
	__u64 pages;
	struct pin_mark mark;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct removal);
} removals SEC(".maps");

/* Of this thread's operation @f. */
static __always_inline struct removal *removal_of(const struct vt_in_flight *f)
{
	__u32 index = f->slot;

	return bpf_map_lookup_elem(&removals, &index);
}

static __noinline int removal_short(struct vt_in_flight *f, __u64 pages)
{
	struct removal *removal = f ? removal_of(f) : NULL;

	if (removal)
		on_pages_kept(container_get_with_id(f->key), removal->iova, removal->size, pages,
			      true);
	return 0;
}

/* Nothing more of the mapping comes back. */
static __always_inline void removal_end(struct vt_in_flight *f, const struct task_struct *task)
{
	struct removal *removal = f && !count_unpins ? removal_of(f) : NULL;
	__u64 missing;

	if (!removal || !removal->pages)
		return;
	missing = pin_missing(&removal->mark, task, removal->pages);
	if (missing)
		removal_short(f, missing);
	removal->pages = 0;
}

/* The pages that a mapping was charged are those that it has pinned. */
static __always_inline void removal_begin(struct vt_in_flight *f, const struct vfio_dma *dma,
					  const struct task_struct *task)
{
	struct removal *removal = count_unpins ? NULL : removal_of(f);

	if (!removal)
		return;
	removal->iova = dma->iova;
	removal->size = dma->size;
	removal->pages = dma->locked_vm;
	pin_mark(&removal->mark, task);
}

#endif /* VFIOTOP_STOCK_REMOVALS_BPF_H */
