/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physically contiguous runs of stock modules, and the IOMMU leaves that they are mapped
 * by. One run at a time, which on fragmented memory is one page: within a budget.
 */
#ifndef VFIOTOP_STOCK_RUNS_BPF_H
#define VFIOTOP_STOCK_RUNS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "in_flight.bpf.h"
#include "kernel.bpf.h"
#include "stock_budget.bpf.h"
#include "stock_work.bpf.h"
#include "vfiotop.h"

#define LEAF_BYTES_MIN (1ULL << VFIO_LEAF_SHIFT_MIN)

/* What is left of a run whose leaves are being counted. */
struct run {
	struct work *work;
	__u64 iova;
	__u64 phys;
	__u64 size;
	__u32 top;
};

static __always_inline void take_leaves(struct run *run, __u32 index, __u64 bytes)
{
	struct work *w = run->work;

	index &= LEAF_SLOTS - 1;
	if (!bytes)
		return;
	if (!(w->leaf_mask & (1U << index)))
		w->leaf_bytes[index] = 0;
	w->leaf_bytes[index] += bytes;
	w->leaf_mask |= 1U << index;
	run->iova += bytes;
	run->phys += bytes;
	run->size -= bytes;
}

/*
 * Smallest leaves first, up to where the next size takes over: where both addresses
 * are multiples of it, and as much as that is left.
 */
static int leaves_up(__u32 index, struct run *run)
{
	__u64 pgsizes = run->work->pgsizes & ((LEAF_BYTES_MIN << VFIO_LEAF_SIZES) - 1);
	__u64 leaf = LEAF_BYTES_MIN << index, larger, next, head;

	if (!(pgsizes & leaf))
		return 0;
	run->top = index;
	larger = pgsizes & ~((leaf << 1) - 1);
	next = larger & -larger;
	head = -run->iova & (next - 1);
	if (!next || (run->iova ^ run->phys) & (next - 1) || head > run->size ||
	    run->size - head < next)
		return 1;
	take_leaves(run, index, head);
	return 0;
}

/* Then the largest, and what is too small for them by smaller ones. */
static int leaves_down(__u32 step, struct run *run)
{
	__u32 index = run->top - step;
	__u64 leaf = LEAF_BYTES_MIN << (index & (LEAF_SLOTS - 1));

	if (step > run->top)
		return 1;
	if (run->work->pgsizes & leaf)
		take_leaves(run, index, run->size & ~(leaf - 1));
	return 0;
}

/* Of a map of more than one page. */
static __always_inline void run_of_many(struct vt_in_flight *f, const struct vfio_dma *dma,
					unsigned long vaddr, unsigned long *pfn_base, long pages)
{
	struct vt_container *c = container_at(f->container_slot);
	struct work *w = work_of(f);
	struct run run = { .work = w };
	unsigned long pfn = 0;

	if (!w || !runs_allowed(w->runs + 1, f->pages + pages))
		return;
	if (!w->runs)
		w->pgsizes = c ? BPF_CORE_READ(backend_of(c), pgsize_bitmap) : 0;
	f->pages += pages;
	w->runs++;
	bpf_probe_read_kernel(&pfn, sizeof(pfn), pfn_base);
	run.iova = dma->iova + (vaddr - dma->vaddr);
	run.phys = (__u64)pfn << page_shift;
	run.size = (__u64)pages << page_shift;
	bpf_loop(VFIO_LEAF_SIZES, leaves_up, &run, 0);
	bpf_loop(VFIO_LEAF_SIZES, leaves_down, &run, 0);
}

static __always_inline void run_pinned(const struct vfio_dma *dma, unsigned long vaddr,
				       unsigned long *pfn_base, long pages)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);

	if (!f || f->operation != VT_OP_MAP || pages <= 0)
		return;
	f->dma = (__u64)dma;
	if (f->size != PAGE_BYTES)
		run_of_many(f, dma, vaddr, pfn_base, pages);
	else
		f->pages = 1;
}

static __always_inline void run_unpinned(long pages)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct work *w = work_of(f);

	if (w && f->operation != VT_OP_MAP && pages > 0)
		w->released += pages;
}

#endif /* VFIOTOP_STOCK_RUNS_BPF_H */
