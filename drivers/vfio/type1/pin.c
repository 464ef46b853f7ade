// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning user memory, and letting it go.
 *
 * Pages are pinned in batches and kept as runs. Unpinning happens run by run,
 * strictly after the IOMMU has forgotten the pages and its TLB is flushed.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "type1.h"
#include "vfio_events.h"

/* Pages a batch: one page full of pointers, 2 MiB of memory. */
#define VFIO_PIN_BATCH (PAGE_SIZE / sizeof(struct page *))

/* Pages to unpin before other tasks get a chance: 128 MiB of memory. */
#define VFIO_UNPIN_BATCH (SZ_128M >> PAGE_SHIFT)

/* How many of the pages follow each other physically. */
static unsigned long vfio_contiguous(struct page **pages, unsigned long npages)
{
	unsigned long pfn = page_to_pfn(pages[0]);
	unsigned long n = 1;

	while (n < npages && page_to_pfn(pages[n]) == pfn + n)
		n++;
	return n;
}

/* Moves pinned pages into the mapping's runs; pages without a place are unpinned. */
static int vfio_pin_keep(struct vfio_iommu *iommu, struct vfio_dma *dma, struct page **pages,
			 unsigned long npages)
{
	unsigned long kept = 0;
	int ret = 0;

	while (kept < npages) {
		unsigned long n = vfio_contiguous(pages + kept, npages - kept);

		ret = vfio_runs_append(&dma->runs, page_to_pfn(pages[kept]), n, false);
		if (ret) {
			unpin_user_pages(pages + kept, npages - kept);
			break;
		}
		kept += n;
	}
	if (kept) {
		u64 pinned = atomic64_add_return(kept, &iommu->ledger->pinned);

		trace_vfio_pin(iommu->ledger->id, kept, pinned);
	}
	return ret;
}

/**
 * vfio_pin_user - pin user pages of a mapping
 * @dma: the mapping
 * @vaddr: user address of the first, in @dma's mm
 * @npages: how many
 * @pages: gets the pages
 *
 * Returns how many were pinned, or a negative errno. -ESRCH: the process is gone.
 */
long vfio_pin_user(struct vfio_dma *dma, unsigned long vaddr, unsigned long npages,
		   struct page **pages)
{
	unsigned int flags = FOLL_LONGTERM | (dma->prot & IOMMU_WRITE ? FOLL_WRITE : 0);
	long n;

	/* The caller's own memory needs no lock. */
	if (current->mm == dma->mm)
		return pin_user_pages_fast(vaddr, npages, flags, pages);
	if (!mmget_not_zero(dma->mm))
		return -ESRCH;
	n = mmap_read_lock_killable(dma->mm);
	if (!n) {
		n = compat_pin_user_pages_remote(dma->mm, vaddr, npages, flags, pages);
		mmap_read_unlock(dma->mm);
	}
	mmput(dma->mm);
	return n;
}

/**
 * vfio_pin - pin all memory of a new mapping, or find the device memory in it
 * @iommu: the container
 * @dma: the mapping
 *
 * What was pinned is in the mapping's runs, on failure too: the caller unpins.
 * Returns 0, -EFAULT for memory that is not there or may not be written,
 * -ENOMEM, or -EINTR when killed.
 */
int vfio_pin(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long vaddr = dma->vaddr, left = dma->size >> PAGE_SHIFT;
	struct page **pages;
	long ret = 0;

	if (!access_ok((void __user *)vaddr, dma->size))
		return -EFAULT;
	pages = (struct page **)__get_free_page(GFP_KERNEL);
	if (!pages)
		return -ENOMEM;

	while (left) {
		long n = vfio_pin_user(dma, vaddr, min(left, VFIO_PIN_BATCH), pages);

		if (n > 0)
			ret = vfio_pin_keep(iommu, dma, pages, n);
		else if (!n || n == -EFAULT)
			ret = n = vfio_pfnmap_append(iommu, dma, vaddr, left);
		else
			ret = n;
		if (ret < 0)
			break;
		vaddr += n << PAGE_SHIFT;
		left -= n;

		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		cond_resched();
	}
	free_page((unsigned long)pages);
	/* More than was charged: the memory was exchanged behind our back. */
	if (ret >= 0 && dma->runs.pinned > dma->charged)
		ret = -EFAULT;
	return min(ret, 0L);
}

static void vfio_unpin_run(const struct vfio_run *run, bool dirty)
{
	unsigned long npages = run->npages, done, n;

	for (done = 0; done < npages; done += n) {
		n = min(npages - done, VFIO_UNPIN_BATCH);
		unpin_user_page_range_dirty_lock(pfn_to_page(run->pfn + done), n, dirty);
		cond_resched();
	}
}

/**
 * vfio_unpin - let go of all memory of a mapping
 * @iommu: the container
 * @dma: the mapping; no device can reach it any more
 *
 * Pages that a device may have written are marked dirty. Returns how many
 * pages were unpinned.
 */
unsigned long vfio_unpin(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	unsigned long npages = 0;
	const struct vfio_run *run;
	u64 pinned;

	while ((run = vfio_runs_next(&iter))) {
		if (run->device)
			continue;
		vfio_unpin_run(run, dma->prot & IOMMU_WRITE);
		npages += run->npages;
	}
	vfio_runs_destroy(&dma->runs);

	if (npages) {
		pinned = atomic64_sub_return(npages, &iommu->ledger->pinned);
		trace_vfio_unpin(iommu->ledger->id, npages, pinned);
	}
	return npages;
}
