/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An invariant that "make debug-modules" watches over: no page is unpinned by a task
 * that has unmapped something and not flushed the IOTLB since, for a device could
 * still reach it. Included before everything else, after fault_inject.h; the
 * rest of the tree knows nothing of it. A breach is a kernel warning, which fails
 * every test.
 */
#ifndef VFIO_IOTLB_CHECK_H
#define VFIO_IOTLB_CHECK_H

#include <linux/iommu.h>
#include <linux/mm.h>

/** vfio_iotlb_flush_due - the current task has unmapped without a flush */
void vfio_iotlb_flush_due(void);

/** vfio_iotlb_flush_done - the current task has flushed the IOTLB */
void vfio_iotlb_flush_done(void);

/** vfio_iotlb_check_unpin - warn if the current task owes a flush */
void vfio_iotlb_check_unpin(void);

static inline size_t vfio_iotlb_check_unmap_fast(struct iommu_domain *domain, unsigned long iova,
						 size_t size, struct iommu_iotlb_gather *gather)
{
	vfio_iotlb_flush_due();
	return iommu_unmap_fast(domain, iova, size, gather);
}

static inline void vfio_iotlb_check_sync(struct iommu_domain *domain,
					 struct iommu_iotlb_gather *gather)
{
	iommu_iotlb_sync(domain, gather);
	vfio_iotlb_flush_done();
}

static inline void vfio_iotlb_check_unpin_range(struct page *page, unsigned long npages, bool dirty)
{
	vfio_iotlb_check_unpin();
	unpin_user_page_range_dirty_lock(page, npages, dirty);
}

static inline void vfio_iotlb_check_unpin_pages(struct page **pages, unsigned long npages,
						bool dirty)
{
	vfio_iotlb_check_unpin();
	unpin_user_pages_dirty_lock(pages, npages, dirty);
}

#define iommu_unmap_fast		 vfio_iotlb_check_unmap_fast
#define iommu_iotlb_sync		 vfio_iotlb_check_sync
#define unpin_user_page_range_dirty_lock vfio_iotlb_check_unpin_range
#define unpin_user_pages_dirty_lock	 vfio_iotlb_check_unpin_pages

#endif /* VFIO_IOTLB_CHECK_H */
