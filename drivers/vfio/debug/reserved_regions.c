// SPDX-License-Identifier: GPL-2.0-only
/*
 * The regions that reserved_regions.h adds; see there.
 */
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "reserved_regions.h"

#undef iommu_get_group_resv_regions

static unsigned int vfio_reserved_regions;
module_param_named(reserved_regions, vfio_reserved_regions, uint, 0600);
MODULE_PARM_DESC(reserved_regions, "regions to add to every group's, for tests");

int vfio_get_group_resv_regions(struct iommu_group *group, struct list_head *regions)
{
	int ret = iommu_get_group_resv_regions(group, regions);
	struct iommu_resv_region *region;
	unsigned int i;

	for (i = 0; !ret && i < vfio_reserved_regions; i++) {
		region = kzalloc(sizeof(*region), GFP_KERNEL);
		if (!region)
			return -ENOMEM;
		region->start = SZ_4G + (phys_addr_t)i * SZ_128K;
		region->length = SZ_64K;
		region->type = IOMMU_RESV_RESERVED;
		list_add_tail(&region->list, regions);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_get_group_resv_regions);
