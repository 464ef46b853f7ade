// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locked-memory accounting.
 *
 * A mapping charges its pages once, before they are pinned, to the mm that
 * they belong to, against the RLIMIT_MEMLOCK of the process that maps. The
 * mapping keeps that mm, so the refund reaches whoever paid, even if the
 * process has called exec since, or somebody else unmaps.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "type1.h"
#include "vfio_events.h"

static noinline void vfio_account_send(struct vfio_iommu *iommu, struct vfio_dma *dma, s64 pages,
				       bool standalone, int ret)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK);
	struct vfio_account_record record = {
		.container = iommu->ledger->id,
		.pages = pages,
		.charged = READ_ONCE(dma->mm->locked_vm),
		.limit = limit == RLIM_INFINITY ? U64_MAX : limit >> PAGE_SHIFT,
		.pid = dma->pid,
		.ret = ret,
		.ipc_lock = pages > 0 && dma->ipc_lock,
	};

	trace_vfio_account(&record);
	if (standalone)
		trace_vfio_account_standalone(&record);
}

/**
 * vfio_account_trace - tell of a charge or refund, if somebody listens
 * @iommu: the container
 * @dma: the mapping
 * @pages: charged, or, if negative, refunded
 * @standalone: not as part of a request, whose own event tells of it
 * @ret: what vfio_account_add() returned
 */
noinline void vfio_account_trace(struct vfio_iommu *iommu, struct vfio_dma *dma, s64 pages,
				 bool standalone, int ret)
{
	if (trace_vfio_account_enabled() || (standalone && trace_vfio_account_standalone_enabled()))
		vfio_account_send(iommu, dma, pages, standalone, ret);
}

/**
 * vfio_account_add - charge pages that are about to be pinned
 * @iommu: the container
 * @dma: the mapping that they belong to
 * @npages: pages
 *
 * Return: 0, -ENOMEM past the limit without CAP_IPC_LOCK, or -EINTR when
 * killed.
 */
int vfio_account_add(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long npages)
{
	bool ipc_lock = capable(CAP_IPC_LOCK);
	int ret;

	ret = mmap_write_lock_killable(dma->mm);
	if (!ret) {
		ret = __account_locked_vm(dma->mm, npages, true, current, ipc_lock);
		mmap_write_unlock(dma->mm);
	}
	if (!ret) {
		atomic64_add(npages, &iommu->ledger->charged);
		dma->ipc_lock = ipc_lock;
	}
	return ret;
}

/**
 * vfio_account_sub - undo vfio_account_add(); cannot fail
 * @iommu: the container
 * @dma: the mapping that the pages belong to
 * @npages: pages
 */
void vfio_account_sub(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long npages)
{
	mmap_write_lock(dma->mm);
	__account_locked_vm(dma->mm, npages, false, current, true);
	mmap_write_unlock(dma->mm);
	atomic64_sub(npages, &iommu->ledger->charged);
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
 * @dma: the mapping
 *
 * Return: as vfio_account_add().
 */
int vfio_account_charge(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages = vfio_account_pages(dma);
	int ret = vfio_account_add(iommu, dma, npages);

	if (!ret)
		dma->charged = npages;
	if (vfio_watched())
		vfio_account_trace(iommu, dma, npages, !dma->requested, ret);
	return ret;
}

/**
 * vfio_account_refund - undo vfio_account_charge(); cannot fail
 * @iommu: the container
 * @dma: the mapping
 *
 * Return: pages given back.
 */
unsigned long vfio_account_refund(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages = dma->charged;

	if (!npages)
		return 0;
	vfio_account_sub(iommu, dma, npages);
	dma->charged = 0;
	if (vfio_watched())
		vfio_account_trace(iommu, dma, -(s64)npages, !dma->requested, 0);
	return npages;
}
