/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many reserved regions, for tests only; see fault_inject.h.
 *
 * The parameter "reserved_regions" of the module vfio is how many are added to those of
 * every group that joins a container: 64 KiB each, every 128 KiB from 4 GiB on.
 */
#ifndef VFIO_RESERVED_REGIONS_H
#define VFIO_RESERVED_REGIONS_H

#include <linux/iommu.h>

/**
 * vfio_get_group_resv_regions - iommu_get_group_resv_regions(), and more of them
 * @group: the group
 * @regions: gets struct iommu_resv_region
 *
 * Return: 0, or an error as of iommu_get_group_resv_regions() or -ENOMEM.
 */
int vfio_get_group_resv_regions(struct iommu_group *group, struct list_head *regions);

#endif /* VFIO_RESERVED_REGIONS_H */
