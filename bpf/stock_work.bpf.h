/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a map, unmap or teardown does, from its begin to its end.
 */
#ifndef VFIOTOP_STOCK_WORK_BPF_H
#define VFIOTOP_STOCK_WORK_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "backends.bpf.h"
#include "containers.bpf.h"
#include "in_flight.bpf.h"
#include "kernel.bpf.h"
#include "ranges.bpf.h"
#include "requests.bpf.h"
#include "stock_budget.bpf.h"
#include "stock_containers.bpf.h"
#include "leaves.bpf.h"
#include "stock_removals.bpf.h"
#include "tables.bpf.h"
#include "tasks.bpf.h"
#include "vfiotop.h"

/*
 * What is counted of runs. Its slot belongs to the thread as long as the slot of the
 * same index among the operations in flight does. Maps of one page have none.
 */
struct work {
	__u64 runs;
	__u64 released; /* pages unpinned */
	struct leaves leaves;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} works SEC(".maps");

/* Of this thread's operation @f, NULL when there is none. */
static __always_inline struct work *work_of(const struct vt_in_flight *f)
{
	__u32 index = f ? f->slot : 0;

	return f ? bpf_map_lookup_elem(&works, &index) : NULL;
}

static __always_inline void work_begin(const struct vt_in_flight *f)
{
	struct work *w = work_of(f);

	if (!w)
		return;
	w->released = 0;
	w->runs = 0;
	w->leaves.mask = 0;
}

/*
 * @key is stored and loaded before it is used: newer verifiers forbid arithmetic on what a
 * typed pointer points to, but not on what was read from a map.
 */
static __always_inline void work_start(enum vt_operation operation, __u64 key, __u64 iova,
				       __u64 size)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_take(task->pid);
	struct vt_container *c;
	int slot;

	if (!f)
		return;
	vt_store(f->key, key);
	key = vt_load(f->key);
	c = container_get_at(key, &slot);
	f->container_slot = slot;
	f->removed = 0;
	f->dma = 0;
	f->done = 0;
	f->refunded = 0;
	in_flight_start(f, operation, c ? c->id : 0, iova, size, task->pid, task->tgid,
			bpf_ktime_get_ns());
	if (operation == VT_OP_MAP ? count_runs && size != page_bytes : count_unpins)
		work_begin(f);
}

/* Of this thread's operation @f, NULL when there is none. */
static __always_inline struct vt_container *work_container(const struct vt_in_flight *f)
{
	return f ? container_of_operation(f) : NULL;
}

static __noinline int pinned_standalone(__u64 iommu, __s64 pages)
{
	__u64 *key = bpf_map_lookup_elem(&backends, &iommu);

	if (key)
		on_pin_standalone(*key, pages, VT_UNKNOWN);
	return 0;
}

/* A large mapping is where its range was. */
static __always_inline void removed_range(struct vt_container *c, __u64 iova, __u64 size)
{
	if (c && size >= superpage)
		range_remove(c, iova, iova + size - 1);
}

/* A mapping that is removed outside of any operation of this thread. */
static __noinline int removed_standalone(__u64 iommu, __u64 iova, __u64 size, __u64 pages)
{
	__u64 *key = bpf_map_lookup_elem(&backends, &iommu);
	struct vt_container *c = key ? container_find(*key) : NULL;

	if (!c)
		return 0;
	container_pins(c, -(__s64)pages, VT_UNKNOWN);
	container_mappings(c, -1, VT_UNKNOWN);
	requests_size(&c->unmap, size);
	oldest_remove(c, iova, iova + (size - 1));
	__sync_fetch_and_sub(&c->charged, pages);
	removed_range(c, iova, size);
	return 0;
}

/*
 * The mapping that @f removed last is none of the oldest. This is left to the next one, or to the
 * end: what was the last mapping of all counts for nothing any more, and costs nothing.
 */
static __always_inline void removed_last(struct vt_container *c, const struct vt_in_flight *f)
{
	if (c && f && f->removed && f->operation != VT_OP_MAP)
		oldest_remove_one(c, f->last_iova);
}

static __noinline int removed_before(const struct vt_in_flight *f)
{
	removed_last(work_container(f), f);
	return 0;
}

static __always_inline void mapping_removed(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);
	__u64 iova = dma->iova, size = dma->size, pages = dma->locked_vm;

	if (!f) {
		removed_standalone((__u64)iommu, iova, size, pages);
		return;
	}
	if (f->removed)
		removed_before(f);
	removal_begin(f, iova, size, pages, task);
	f->removed++;
	/* A failed map undoes what was never counted. */
	if (f->operation == VT_OP_MAP)
		return;
	f->done += size;
	f->refunded += pages;
	if (size >= superpage)
		removed_range(work_container(f), iova, size);
}

/* What operation @f has removed, and refunded to the process that was charged last. */
static __always_inline void work_removed(struct vfio_dma_unmap_record *r, struct vt_container *c,
					 const struct vt_in_flight *f, struct task_struct *task)
{
	struct work *w;

	r->container = c->id;
	r->iova = f->iova;
	/* An unmap of all has no size. */
	r->size = f->size ? f->size : f->done;
	r->total_ns = bpf_ktime_get_ns() - f->start_ns;
	r->pinned = VT_UNKNOWN;
	r->mappings = VT_UNKNOWN;
	r->pid = task->tgid;
	if (!sees_removals)
		return;
	r->removed = f->removed;
	r->done = f->done;
	r->refunded = f->refunded;
	/* The pages that a mapping was charged are those that it has pinned. */
	r->expected = f->refunded;
	r->pages = f->refunded;
	if (count_unpins) {
		w = work_of(f);
		r->pages = w ? w->released : 0;
		if (r->pages < r->expected)
			on_pages_kept(c, r->iova, r->size, r->expected - r->pages, false);
	}
	r->locked_pid = c->locked_pid;
	r->locked = c->locked;
	/* A process that ends has no memory, so none is locked. Others cannot be read here. */
	if (c->locked_pid == r->pid)
		r->locked = task_locked(task);
}

#endif /* VFIOTOP_STOCK_WORK_BPF_H */
