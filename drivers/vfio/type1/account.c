// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locked-memory accounting.
 *
 * - A mapping charges its pages once, whoever holds them, to the mm that they belong
 *   to. It keeps that mm, so the refund reaches whoever paid, even if the process has
 *   called exec since, or somebody else unmaps.
 * - At no moment are more pages pinned than charged: vfio_dma.pinned never exceeds
 *   vfio_dma.charged. Both belong to whoever has the mapping busy.
 * - The limit is the RLIMIT_MEMLOCK of the process that has made the mapping, unless it
 *   had CAP_IPC_LOCK then; not that of the thread that pins.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "../limit.h"
#include "type1.h"
#include "vfio_events.h"

static noinline void vfio_account_trace(struct vfio_iommu *iommu, const struct vfio_dma *dma,
					s64 pages, int ret)
{
	struct vfio_account_record record = {
		.container = iommu->ledger->id,
		.pages = pages,
		.charged = READ_ONCE(dma->mm->locked_vm),
		.limit = vfio_limit_pages(task_rlimit(dma->task, RLIMIT_MEMLOCK)),
		.pid = dma->pid,
		.ret = ret,
		.ipc_lock = pages > 0 && dma->ipc_lock,
	};

	trace_vfio_account(&record);
	/* Not part of a request, whose own event tells of it. */
	if (!dma->requested)
		trace_vfio_account_standalone(&record);
}

static __always_inline bool vfio_account_traced(const struct vfio_dma *dma)
{
	return trace_vfio_account_enabled() ||
	       (!dma->requested && trace_vfio_account_standalone_enabled());
}

/* Tells if the process that pays was not charged just what it should have been. */
static noinline void vfio_account_drifts(struct vfio_iommu *iommu, const struct vfio_dma *dma,
					 s64 pages)
{
	trace_vfio_account_drift(iommu->ledger->id, dma->iova, dma->size, pages, dma->pid);
}

/* Charges or refunds pages. The lock of the mm is held. */
static __always_inline int vfio_account_change(struct vfio_iommu *iommu, const struct vfio_dma *dma,
					       unsigned long npages, bool charge)
{
	bool unlimited = !charge || dma->ipc_lock;
	unsigned long before;
	s64 drift;
	int ret;

	if (!trace_vfio_account_drift_enabled())
		return __account_locked_vm(dma->mm, npages, charge, dma->task, unlimited);
	before = dma->mm->locked_vm;
	ret = __account_locked_vm(dma->mm, npages, charge, dma->task, unlimited);
	drift = dma->mm->locked_vm - before;
	if (!ret)
		drift -= charge ? (s64)npages : -(s64)npages;
	if (drift)
		vfio_account_drifts(iommu, dma, drift);
	return ret;
}

/**
 * vfio_account_add - charge pages that are about to be pinned
 * @iommu: the container
 * @dma: the mapping that they belong to; the caller owns it
 * @npages: pages
 *
 * Return: 0, -ENOMEM past the limit of the process that made the mapping unless it had
 * CAP_IPC_LOCK then, or -EINTR when killed.
 */
int vfio_account_add(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long npages)
{
	int ret = mmap_write_lock_killable(dma->mm);

	if (!ret) {
		ret = vfio_account_change(iommu, dma, npages, true);
		mmap_write_unlock(dma->mm);
	}
	if (!ret) {
		atomic64_add(npages, &iommu->ledger->charged);
		dma->charged += npages;
	}
	if (vfio_watched() && vfio_account_traced(dma))
		vfio_account_trace(iommu, dma, npages, ret);
	return ret;
}

/* Pages of a mapping that will be pinned: device memory is not. */
static unsigned long vfio_account_pages(struct vfio_dma *dma)
{
	unsigned long start = dma->vaddr, end = dma->vaddr + dma->size;
	unsigned long npages = dma->size >> PAGE_SHIFT;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, dma->mm, start);

	mmap_read_lock(dma->mm);
	for_each_vma_range(vmi, vma, end)
	{
		if (vma->vm_flags & VM_PFNMAP)
			npages -= (min(vma->vm_end, end) - max(vma->vm_start, start)) >> PAGE_SHIFT;
	}
	mmap_read_unlock(dma->mm);
	return npages;
}

/**
 * vfio_account_charge - charge all pages of a mapping that will be pinned
 * @iommu: the container
 * @dma: the mapping; the caller owns it
 *
 * Pages that drivers hold are charged already.
 *
 * Return: as vfio_account_add().
 */
int vfio_account_charge(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages = vfio_account_pages(dma);

	npages -= min(npages, dma->charged);
	/* Nothing is allowed even past the limit, which may be lower than it was. */
	return npages ? vfio_account_add(iommu, dma, npages) : 0;
}

/**
 * vfio_account_refund - refund what is charged and not pinned; cannot fail
 * @iommu: the container
 * @dma: the mapping; the caller owns it
 *
 * Return: pages given back.
 */
unsigned long vfio_account_refund(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages = dma->charged - dma->pinned;

	if (!npages)
		return 0;
	mmap_write_lock(dma->mm);
	vfio_account_change(iommu, dma, npages, false);
	mmap_write_unlock(dma->mm);
	atomic64_sub(npages, &iommu->ledger->charged);
	dma->charged -= npages;
	if (vfio_watched() && vfio_account_traced(dma))
		vfio_account_trace(iommu, dma, -(s64)npages, 0);
	return npages;
}
