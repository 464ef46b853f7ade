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

static __always_inline void run_pinned(struct vfio_dma *dma, unsigned long vaddr,
				       unsigned long *pfn_base, long pages)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct work *w = work_of(f);
	unsigned long pfn = 0;

	if (!w || f->operation != VT_OP_MAP || pages <= 0)
		return;
	if (!runs_allowed(w->runs + 1, f->pages + pages))
		return;
	f->pages += pages;
	w->runs++;
	bpf_probe_read_kernel(&pfn, sizeof(pfn), pfn_base);
	leaves_add(&w->leaves, dma->iova + (vaddr - dma->vaddr), (__u64)pfn << page_shift,
		   (__u64)pages << page_shift);
}

static __always_inline void run_unpinned(long pages)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct work *w = work_of(f);

	if (w && f->operation != VT_OP_MAP && pages > 0)
		w->released += pages;
}

#endif /* VFIOTOP_STOCK_RUNS_BPF_H */
