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

static void vfio_account_trace(struct vfio_iommu *iommu, struct vfio_dma *dma, s64 pages,
			       bool ipc_lock, int ret)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK);
	struct vfio_account_record record = {
		.container = iommu->ledger->id,
		.pages = pages,
		.charged = READ_ONCE(dma->mm->locked_vm),
		.limit = limit == RLIM_INFINITY ? U64_MAX : limit >> PAGE_SHIFT,
		.pid = dma->pid,
		.ret = ret,
		.ipc_lock = ipc_lock,
	};

	trace_vfio_account(&record);
}

/**
 * vfio_account_add - charge pages that are about to be pinned
 * @iommu: the container
 * @dma: the mapping that they belong to
 * @npages: pages
 *
 * Returns 0, -ENOMEM past the limit without CAP_IPC_LOCK, or -EINTR when killed.
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
	if (!ret)
		atomic64_add(npages, &iommu->ledger->charged);
	if (trace_vfio_account_enabled())
		vfio_account_trace(iommu, dma, npages, ipc_lock, ret);
	return ret;
}

/* Undoes vfio_account_add(). Cannot fail. */
void vfio_account_sub(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long npages)
{
	mmap_write_lock(dma->mm);
	__account_locked_vm(dma->mm, npages, false, current, true);
	mmap_write_unlock(dma->mm);
	atomic64_sub(npages, &iommu->ledger->charged);
	if (trace_vfio_account_enabled())
		vfio_account_trace(iommu, dma, -(s64)npages, false, 0);
}

/* Pages of a mapping that will be pinned: device memory is not. */
static unsigned long vfio_account_pages(struct vfio_dma *dma)
{
	unsigned long start = dma->vaddr, end = dma->vaddr + dma->size;
	unsigned long npages = dma->size >> PAGE_SHIFT;
	VMA_ITERATOR(vmi, dma->mm, start);
	struct vm_area_struct *vma;

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
 * Returns as vfio_account_add().
 */
int vfio_account_charge(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages = vfio_account_pages(dma);
	int ret = vfio_account_add(iommu, dma, npages);

	if (!ret)
		dma->charged = npages;
	return ret;
}

/* Gives back all that vfio_account_charge() charged. Cannot fail. */
void vfio_account_refund(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	if (!dma->charged)
		return;
	vfio_account_sub(iommu, dma, dma->charged);
	dma->charged = 0;
}
