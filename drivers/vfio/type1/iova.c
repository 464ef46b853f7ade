// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IOVAs a user may have: the aperture of every domain, without the
 * reserved regions of every group.
 */
#include <linux/iommu.h>

#include "type1.h"

/**
 * vfio_reserved_find - the lowest reserved region that touches a range
 * @reserved: struct iommu_resv_region of one group
 * @first: first IOVA
 * @last: last IOVA
 *
 * Regions that firmware needs only until a driver takes over do not count.
 *
 * Return: the region, NULL if there is none.
 */
const struct iommu_resv_region *vfio_reserved_find(const struct list_head *reserved,
						   dma_addr_t first, dma_addr_t last)
{
	const struct iommu_resv_region *region, *found = NULL;

	list_for_each_entry(region, reserved, list) {
		if (region->type == IOMMU_RESV_DIRECT_RELAXABLE)
			continue;
		if (region->start > last || region->start + region->length - 1 < first)
			continue;
		if (!found || region->start < found->start)
			found = region;
	}
	return found;
}

/**
 * vfio_iova_check - may these IOVAs be mapped?
 * @iommu: the container
 * @first: first IOVA
 * @last: last IOVA
 * @trace: gets the stage, and the reserved region in the way or the aperture
 *
 * Return: 0 or -EINVAL.
 */
int vfio_iova_check(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last,
		    struct vfio_map_trace *trace)
{
	const struct iommu_resv_region *region;
	struct vfio_iommu_group *group;
	struct vfio_domain *domain;

	list_for_each_entry(domain, &iommu->domains, next) {
		struct iommu_domain_geometry *aperture = &domain->domain->geometry;

		if (first < aperture->aperture_start || last > aperture->aperture_end) {
			trace->stage = VFIO_STAGE_APERTURE;
			trace->conflict_iova = aperture->aperture_start;
			trace->conflict_size =
				aperture->aperture_end - aperture->aperture_start + 1;
			return -EINVAL;
		}
		list_for_each_entry(group, &domain->groups, next) {
			region = vfio_reserved_find(&group->reserved, first, last);
			if (!region)
				continue;
			trace->stage = VFIO_STAGE_RESERVED;
			trace->conflict_iova = region->start;
			trace->conflict_size = region->length;
			return -EINVAL;
		}
	}
	return 0;
}

/* The end of a hole that begins at @first: just before the next reserved region. */
static bool vfio_iova_hole(struct vfio_iommu *iommu, dma_addr_t *first, dma_addr_t *last)
{
	const struct iommu_resv_region *region, *lowest;
	struct vfio_iommu_group *group;
	struct vfio_domain *domain;

	for (;;) {
		lowest = NULL;
		list_for_each_entry(domain, &iommu->domains, next) {
			list_for_each_entry(group, &domain->groups, next) {
				region = vfio_reserved_find(&group->reserved, *first, *last);
				if (region && (!lowest || region->start < lowest->start))
					lowest = region;
			}
		}
		if (!lowest)
			return true;
		if (lowest->start > *first) {
			*last = lowest->start - 1;
			return true;
		}
		if (lowest->start + lowest->length - 1 >= *last)
			return false;
		*first = lowest->start + lowest->length;
	}
}

/**
 * vfio_iova_next_range - walk along the ranges that may be mapped
 * @iommu: the container
 * @from: where to look; the start of the range found
 * @last: the end of the range found
 *
 * Return: true, or false if there is no range at or above @from.
 */
bool vfio_iova_next_range(struct vfio_iommu *iommu, dma_addr_t *from, dma_addr_t *last)
{
	struct vfio_domain *domain;

	*last = VFIO_IOVA_MAX;
	list_for_each_entry(domain, &iommu->domains, next) {
		struct iommu_domain_geometry *aperture = &domain->domain->geometry;

		*from = max(*from, aperture->aperture_start);
		*last = min(*last, aperture->aperture_end);
	}
	return *from <= *last && vfio_iova_hole(iommu, from, last);
}
