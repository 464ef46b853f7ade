/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two invariants that "make debug-modules" watches over, for otherwise a device could
 * reach a page that is no longer pinned:
 * - No page is unpinned by a task that has unmapped something and not flushed the IOTLB
 *   since.
 * - No page loses its last pin while a domain that still exists maps it.
 * Included before everything else, after fault_inject.h; the rest of the tree knows
 * nothing of it. A breach is a kernel warning, which fails every test.
 */
#ifndef VFIO_IOTLB_CHECK_H
#define VFIO_IOTLB_CHECK_H

#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "fault_inject.h"

/** vfio_iotlb_flush_due - the current task has unmapped without a flush */
void vfio_iotlb_flush_due(void);

/** vfio_iotlb_flush_done - the current task has flushed the IOTLB */
void vfio_iotlb_flush_done(void);

/** vfio_iotlb_check_unpin - warn if the current task owes a flush */
void vfio_iotlb_check_unpin(void);

/** vfio_iotlb_mapped - a domain maps pages now, if @ret is 0; returns @ret */
int vfio_iotlb_mapped(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
		      size_t size, int ret);

/** vfio_iotlb_mapped_sg - the same for a list, if @ret is positive */
ssize_t vfio_iotlb_mapped_sg(struct iommu_domain *domain, unsigned long iova,
			     struct scatterlist *sg, unsigned int nents, ssize_t ret);

/** vfio_iotlb_unmapped - a domain does not map them any more */
void vfio_iotlb_unmapped(struct iommu_domain *domain, unsigned long iova, size_t size);

/** vfio_iotlb_check_unpinned - warn if a domain maps pages of which none is pinned */
void vfio_iotlb_check_unpinned(struct page *page, unsigned long npages);

static inline size_t vfio_iotlb_check_unmap_fast(struct iommu_domain *domain, unsigned long iova,
						 size_t size, struct iommu_iotlb_gather *gather)
{
	size_t unmapped;

	vfio_iotlb_flush_due();
	unmapped = iommu_unmap_fast(domain, iova, size, gather);
	vfio_iotlb_unmapped(domain, iova, unmapped);
	return unmapped;
}

static inline void vfio_iotlb_check_sync(struct iommu_domain *domain,
					 struct iommu_iotlb_gather *gather)
{
	iommu_iotlb_sync(domain, gather);
	vfio_iotlb_flush_done();
}

static inline void vfio_iotlb_check_domain_free(struct iommu_domain *domain)
{
	iommu_domain_free(domain);
	vfio_iotlb_unmapped(domain, 0, SIZE_MAX);
}

static inline void vfio_iotlb_check_unpin_range(struct page *page, unsigned long npages, bool dirty)
{
	vfio_iotlb_check_unpin();
	unpin_user_page_range_dirty_lock(page, npages, dirty);
	vfio_iotlb_check_unpinned(page, npages);
}

static inline void vfio_iotlb_check_unpin_pages(struct page **pages, unsigned long npages,
						bool dirty)
{
	vfio_iotlb_check_unpin();
	unpin_user_pages_dirty_lock(pages, npages, dirty);
}

#undef iommu_map
#undef iommu_map_sg
#undef iommu_unmap_fast
#define iommu_map(domain, iova, paddr, size, ...)    \
	vfio_iotlb_mapped(domain, iova, paddr, size, \
			  VFIO_INJECT(-ENOMEM, iommu_map, domain, iova, paddr, size, __VA_ARGS__))
#define iommu_map_sg(domain, iova, sg, nents, ...) \
	vfio_iotlb_mapped_sg(                      \
		domain, iova, sg, nents,           \
		VFIO_INJECT(-ENOMEM, iommu_map_sg, domain, iova, sg, nents, __VA_ARGS__))
#define iommu_unmap_fast		 vfio_iotlb_check_unmap_fast
#define iommu_domain_free		 vfio_iotlb_check_domain_free
#define iommu_iotlb_sync		 vfio_iotlb_check_sync
#define unpin_user_page_range_dirty_lock vfio_iotlb_check_unpin_range
#define unpin_user_pages_dirty_lock	 vfio_iotlb_check_unpin_pages

#endif /* VFIO_IOTLB_CHECK_H */
