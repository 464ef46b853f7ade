/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An invariant that "make debug-modules" watches over: no page is unpinned by a task
 * that has unmapped something and not flushed the IOTLB since, for a device could
 * still reach it. Included before everything else, after faults.h; the rest of the
 * tree knows nothing of it. A breach is a kernel warning, which fails every test.
 */
#ifndef VFIO_FLUSHES_H
#define VFIO_FLUSHES_H

#include <linux/iommu.h>
#include <linux/mm.h>

/* The current task has unmapped without a flush. */
void vfio_flush_is_due(void);
void vfio_flush_is_done(void);
/* Warns if a flush is due. */
void vfio_flush_before_unpin(void);

static inline size_t vfio_flushes_unmap_fast(struct iommu_domain *domain, unsigned long iova,
					     size_t size, struct iommu_iotlb_gather *gather)
{
	vfio_flush_is_due();
	return iommu_unmap_fast(domain, iova, size, gather);
}

static inline void vfio_flushes_sync(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	iommu_iotlb_sync(domain, gather);
	vfio_flush_is_done();
}

static inline void vfio_flushes_unpin_range(struct page *page, unsigned long npages, bool dirty)
{
	vfio_flush_before_unpin();
	unpin_user_page_range_dirty_lock(page, npages, dirty);
}

static inline void vfio_flushes_unpin(struct page **pages, unsigned long npages, bool dirty)
{
	vfio_flush_before_unpin();
	unpin_user_pages_dirty_lock(pages, npages, dirty);
}

#define iommu_unmap_fast		 vfio_flushes_unmap_fast
#define iommu_iotlb_sync		 vfio_flushes_sync
#define unpin_user_page_range_dirty_lock vfio_flushes_unpin_range
#define unpin_user_pages_dirty_lock	 vfio_flushes_unpin

#endif /* VFIO_FLUSHES_H */
