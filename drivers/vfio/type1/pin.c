// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning user memory, and letting it go.
 *
 * Pages are pinned in batches and kept as runs. Of a large folio that the user has
 * mapped as a whole, one page is looked up and the others are pinned along with it.
 * Unpinning happens run by run, strictly after the IOMMU has forgotten the pages and
 * its TLB is flushed.
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

/* A folio that is pinned so often already is left to the kernel, which may refuse. */
#define VFIO_FOLIO_PINS_MAX BIT(30)

/* Adds pinned pages to the mapping's runs, or unpins them. */
static int vfio_pin_keep_run(struct vfio_dma *dma, struct page *page, unsigned long npages)
{
	int ret = vfio_runs_append(&dma->runs, page_to_pfn(page), npages, false);

	if (ret)
		unpin_user_page_range_dirty_lock(page, npages, false);
	return ret;
}

/* Moves pinned pages into the mapping's runs; pages without a place are unpinned. */
static int vfio_pin_keep(struct vfio_dma *dma, struct page **pages, unsigned long npages)
{
	unsigned long kept = vfio_runs_append_pages(&dma->runs, pages, npages);

	if (kept == npages)
		return 0;
	unpin_user_pages(pages + kept, npages - kept);
	return -ENOMEM;
}

/*
 * Is all of a pinned page's folio mapped by the process it was pinned for?
 *
 * Hugetlb memory is never mapped in part. An anonymous page can only be pinned while
 * no other process maps it, and none gets to map it until it is unpinned (fork copies
 * it). So if the folio is mapped as a whole anywhere, it is by this process.
 */
static bool vfio_folio_is_whole(struct folio *folio)
{
	if (!folio_test_large(folio))
		return false;
	return folio_test_hugetlb(folio) ||
	       (folio_test_anon(folio) && folio_entire_mapcount(folio) > 0);
}

/**
 * vfio_pin_folio - pin the pages that follow a pinned one in its folio
 * @page: the page
 * @npages: how many are wanted, with it
 *
 * Return: how many are pinned, with it; 1 if it is not known who has the
 * others.
 */
static unsigned long vfio_pin_folio(struct page *page, unsigned long npages)
{
	struct folio *folio = page_folio(page);

	if (!vfio_folio_is_whole(folio) || folio_ref_count(folio) >= VFIO_FOLIO_PINS_MAX)
		return 1;
	npages = min_t(unsigned long, npages, folio_nr_pages(folio) - folio_page_idx(folio, page));
	compat_folio_add_pins(folio, npages - 1);
	return npages;
}

/**
 * vfio_pin_user - pin user pages of a mapping
 * @dma: the mapping
 * @vaddr: user address of the first, in @dma's mm
 * @npages: how many
 * @pages: gets the pages
 *
 * Return: how many were pinned, or a negative errno. -ESRCH: the process is
 * gone.
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
 * vfio_pin_whole - pin the next page of a mapping, and its folio if all of it is mapped
 * @dma: the mapping
 * @vaddr: user address
 * @npages: at most so many pages
 *
 * Return: as vfio_pin_user(); the pages are in the mapping's runs.
 */
static long vfio_pin_whole(struct vfio_dma *dma, unsigned long vaddr, unsigned long npages)
{
	struct page *page;
	long n, ret;

	n = vfio_pin_user(dma, vaddr, 1, &page);
	if (n <= 0)
		return n;
	n = vfio_pin_folio(page, npages);
	ret = vfio_pin_keep_run(dma, page, n);
	return ret ? ret : n;
}

/**
 * vfio_pin_batch - pin the next pages of a mapping one by one
 * @dma: the mapping
 * @vaddr: user address
 * @npages: at most so many pages
 * @pages: room for VFIO_PIN_BATCH
 * @large: gets whether the last page is part of a large folio
 *
 * Return: as vfio_pin_user(); the pages are in the mapping's runs.
 */
static long vfio_pin_batch(struct vfio_dma *dma, unsigned long vaddr, unsigned long npages,
			   struct page **pages, bool *large)
{
	long n, ret;

	/* Up to where a huge page may begin. */
	npages = min(npages, VFIO_PIN_BATCH - (vaddr >> PAGE_SHIFT) % VFIO_PIN_BATCH);
	n = vfio_pin_user(dma, vaddr, npages, pages);
	if (n <= 0)
		return n;
	*large = folio_test_large(page_folio(pages[n - 1]));
	ret = vfio_pin_keep(dma, pages, n);
	return ret ? ret : n;
}

static void vfio_pin_trace(u64 container, const struct vfio_dma *dma, unsigned long npages,
			   u64 pinned)
{
	trace_vfio_pin(container, npages, pinned);
	if (!dma->requested)
		trace_vfio_pin_standalone(container, npages, pinned);
	else if (dma->runs.npages < dma->size >> PAGE_SHIFT)
		trace_vfio_dma_progress(container, npages);
}

/* A batch of pages of a mapping is pinned. */
static void vfio_pin_count(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long npages)
{
	u64 pinned;

	if (!npages)
		return;
	dma->pinned += npages;
	pinned = atomic64_add_return(npages, &iommu->ledger->pinned);
	if (vfio_watched())
		vfio_pin_trace(iommu->ledger->id, dma, npages, pinned);
}

/**
 * vfio_pin_range - pin memory of a mapping, or find the device memory in it
 * @iommu: the container
 * @dma: the mapping
 * @vaddr: user address
 * @left: pages
 *
 * Never pins more than is charged: whatever becomes of the memory since it was counted,
 * device memory that has become another kind is charged before it is pinned.
 *
 * Return: as vfio_pin().
 */
static int vfio_pin_range(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long vaddr,
			  unsigned long left)
{
	unsigned long before, charged;
	struct page **pages = NULL;
	bool whole = true;
	long n = 0;

	while (left) {
		before = dma->runs.pinned;
		charged = min(left, dma->charged - dma->pinned);
		if (!charged) {
			n = 0;
		} else if (whole) {
			n = vfio_pin_whole(dma, vaddr, charged);
			whole = n > 1;
		} else {
			if (!pages)
				pages = (struct page **)__get_free_page(GFP_KERNEL);
			n = pages ? vfio_pin_batch(dma, vaddr, charged, pages, &whole) : -ENOMEM;
		}
		vfio_pin_count(iommu, dma, dma->runs.pinned - before);
		if (!n || n == -EFAULT)
			n = vfio_pfnmap_append(iommu, dma, vaddr, left);
		if (n == -EFAULT && !charged)
			n = vfio_account_add(iommu, dma, left);
		if (n < 0)
			break;
		vaddr += n << PAGE_SHIFT;
		left -= n;

		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
		cond_resched();
	}
	free_page((unsigned long)pages);
	return min(n, 0L);
}

/**
 * vfio_pin - pin all memory of a mapping that drivers do not hold already
 * @iommu: the container
 * @dma: the mapping
 *
 * What was pinned is in the mapping's runs, on failure too: the caller unpins. So is
 * what drivers hold; it is pinned for both.
 *
 * Return: 0, -EFAULT for memory that is not there or may not be written, -ENOMEM past
 * the locked-memory limit or without memory, or -EINTR when killed.
 */
int vfio_pin(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages = dma->size >> PAGE_SHIFT, first, end;
	struct vfio_emulated_pin *pin;
	int ret = 0;

	if (!access_ok((void __user *)dma->vaddr, dma->size))
		return -EFAULT;

	while (!ret && dma->runs.npages < npages) {
		first = dma->runs.npages;
		pin = vfio_emulated_pin_from(dma, dma->iova + (first << PAGE_SHIFT));
		end = pin ? (pin->iova - dma->iova) >> PAGE_SHIFT : npages;
		if (first == end)
			ret = vfio_runs_append(&dma->runs, page_to_pfn(pin->page), 1, false);
		else
			ret = vfio_pin_range(iommu, dma, dma->vaddr + (first << PAGE_SHIFT),
					     end - first);
	}
	/* Memory may have become a device's since it was counted. */
	if (!ret)
		vfio_account_refund(iommu, dma);
	return ret;
}

static void vfio_unpin_trace(u64 container, const struct vfio_dma *dma, unsigned long npages,
			     u64 pinned)
{
	trace_vfio_unpin(container, npages, pinned);
	if (!dma->requested)
		trace_vfio_unpin_standalone(container, npages, pinned);
	else if (dma->list.next != dma->list.prev)
		/* It is not alone in the list of what goes: this is how far it is. */
		trace_vfio_dma_progress(container, -(s64)npages);
}

/* Unpins contiguous pages. @recent counts those since other tasks had a chance. */
static unsigned long vfio_unpin_run(unsigned long pfn, unsigned long npages, bool dirty,
				    unsigned long *recent)
{
	unsigned long done, n;

	for (done = 0; done < npages; done += n) {
		n = min_t(unsigned long, npages - done, VFIO_UNPIN_BATCH);
		unpin_user_page_range_dirty_lock(pfn_to_page(pfn + done), n, dirty);
		*recent += n;
		if (*recent >= VFIO_UNPIN_BATCH) {
			cond_resched();
			*recent = 0;
		}
	}
	return npages;
}

/* Unpins the pages of a mapping that no driver holds. Returns how many. */
static unsigned long vfio_unpin_unheld(const struct vfio_dma *dma, bool dirty)
{
	unsigned long npages = 0, recent = 0, index = 0, done, n;
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_emulated_pin *pin;
	const struct vfio_run *run;

	for (; (run = vfio_runs_next(&iter)); index += vfio_run_npages(run)) {
		for (done = 0; !vfio_run_is_device(run) && done < vfio_run_npages(run);
		     done += max(n, 1UL)) {
			dma_addr_t iova = dma->iova + ((dma_addr_t)(index + done) << PAGE_SHIFT);

			n = vfio_run_npages(run) - done;
			pin = vfio_emulated_pin_from(dma, iova);
			if (pin)
				n = min_t(u64, n, (pin->iova - iova) >> PAGE_SHIFT);
			npages += vfio_unpin_run(vfio_run_pfn(run) + done, n, dirty, &recent);
		}
	}
	return npages;
}

/* Unpins all pages of a mapping. Returns how many. */
static unsigned long vfio_unpin_all(const struct vfio_dma *dma, bool dirty)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	unsigned long npages = 0, recent = 0;
	const struct vfio_run *run;

	while ((run = vfio_runs_next(&iter))) {
		if (!vfio_run_is_device(run))
			npages += vfio_unpin_run(vfio_run_pfn(run), vfio_run_npages(run), dirty,
						 &recent);
	}
	return npages;
}

/**
 * vfio_unpin - let go of all memory of a mapping that drivers do not hold
 * @iommu: the container
 * @dma: the mapping; no device can reach it any more
 *
 * Pages that a device may have written are marked dirty.
 *
 * Return: how many pages were unpinned.
 */
unsigned long vfio_unpin(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	bool dirty = dma->prot & IOMMU_WRITE;
	unsigned long npages;
	u64 pinned;

	if (RB_EMPTY_ROOT(&dma->pins))
		npages = vfio_unpin_all(dma, dirty);
	else
		npages = vfio_unpin_unheld(dma, dirty);
	vfio_runs_destroy(&dma->runs);
	dma->pinned -= npages;

	if (npages) {
		pinned = atomic64_sub_return(npages, &iommu->ledger->pinned);
		if (vfio_watched())
			vfio_unpin_trace(iommu->ledger->id, dma, npages, pinned);
	}
	return npages;
}
