// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinned pages and their users.
 *
 * Several entries may translate to one page: where pages are larger than IOMMU pages,
 * or when a user maps memory twice. The page is pinned for the first and unpinned after
 * the last. Its number of users is kept by page frame number, shifted by one; the
 * lowest bit says that a device may have written to it.
 */
#include <linux/mm.h>

#include "spapr_tce.h"

#define VFIO_TCE_PAGE_DIRTY 1UL
#define VFIO_TCE_PAGE_USER  2UL

static int vfio_tce_page_add(struct vfio_tce_container *container, unsigned long pfn,
			     unsigned long users)
{
	return xa_err(xa_store(&container->pages, pfn, xa_mk_value(users), GFP_KERNEL_ACCOUNT));
}

/* Takes over a pin of a page that has no user yet. */
static int vfio_tce_page_first(struct vfio_tce_container *container, unsigned long pfn,
			       unsigned long users)
{
	int ret;

	if (container->pinned >= container->charged) {
		ret = vfio_tce_charge_page(container);
		if (ret)
			return ret;
	}
	ret = vfio_tce_page_add(container, pfn, users);
	if (ret) {
		vfio_tce_refund_page(container);
		return ret;
	}
	container->pinned++;
	atomic64_inc(&container->ledger->pinned);
	return 0;
}

/**
 * vfio_tce_page_pin - pin the page behind a user address for one entry
 * @container: the container; the caller's mm is the one that enabled it
 * @vaddr: user address, aligned to an IOMMU page
 * @write: the device will write
 * @hpa: gets the physical address
 *
 * Return: 0, to be undone by vfio_tce_page_put(); -EFAULT if the memory is not there, may
 * not be written, or is no memory; -ENOMEM past the locked-memory limit.
 */
int vfio_tce_page_pin(struct vfio_tce_container *container, unsigned long vaddr, bool write,
		      unsigned long *hpa)
{
	unsigned int flags = FOLL_LONGTERM | (write ? FOLL_WRITE : 0);
	unsigned long users, dirty = write ? VFIO_TCE_PAGE_DIRTY : 0;
	struct page *page;
	void *entry;
	long ret;

	ret = pin_user_pages_fast(vaddr & PAGE_MASK, 1, flags, &page);
	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;

	entry = xa_load(&container->pages, page_to_pfn(page));
	if (entry) {
		users = xa_to_value(entry);
		/* It replaces an entry that is there: needs no memory. */
		vfio_tce_page_add(container, page_to_pfn(page),
				  (users + VFIO_TCE_PAGE_USER) | dirty);
		unpin_user_page(page);
	} else {
		ret = vfio_tce_page_first(container, page_to_pfn(page), VFIO_TCE_PAGE_USER | dirty);
		if (ret) {
			unpin_user_page(page);
			return ret;
		}
	}
	*hpa = page_to_phys(page) + offset_in_page(vaddr);
	return 0;
}

/**
 * vfio_tce_page_put - release the page of an entry that translates no more
 * @container: the container
 * @hpa: physical address that the entry had
 */
void vfio_tce_page_put(struct vfio_tce_container *container, unsigned long hpa)
{
	unsigned long pfn = PHYS_PFN(hpa), users;
	struct page *page = pfn_to_page(pfn);

	users = xa_to_value(xa_load(&container->pages, pfn)) - VFIO_TCE_PAGE_USER;
	if (users >= VFIO_TCE_PAGE_USER) {
		vfio_tce_page_add(container, pfn, users);
		return;
	}
	xa_erase(&container->pages, pfn);
	unpin_user_pages_dirty_lock(&page, 1, users & VFIO_TCE_PAGE_DIRTY);
	container->pinned--;
	atomic64_dec(&container->ledger->pinned);
	vfio_tce_refund_page(container);
}
