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
#include "leaves.bpf.h"
#include "stock_budget.bpf.h"
#include "stock_work.bpf.h"
#include "vfiotop.h"

/* Of a map of more than one page. */
static __always_inline void run_of_many(struct vt_in_flight *f, const struct vfio_dma *dma,
					unsigned long vaddr, unsigned long *pfn_base, long pages)
{
	struct vt_container *c = container_at(f->container_slot);
	struct work *w = work_of(f);
	unsigned long pfn = 0;

	if (!w || !runs_allowed(w->runs + 1, f->pages + pages))
		return;
	if (!w->runs)
		w->leaves.pgsizes = c ? BPF_CORE_READ(backend_of(c), pgsize_bitmap) : 0;
	f->pages += pages;
	w->runs++;
	bpf_probe_read_kernel(&pfn, sizeof(pfn), pfn_base);
	leaves_add(&w->leaves, dma->iova + (vaddr - dma->vaddr), (__u64)pfn << page_shift,
		   (__u64)pages << page_shift);
}

static __always_inline void run_pinned(const struct vfio_dma *dma, unsigned long vaddr,
				       unsigned long *pfn_base, long pages)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);

	if (!f || f->operation != VT_OP_MAP || pages <= 0)
		return;
	f->dma = (__u64)dma;
	if (f->size != page_bytes)
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
