// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA window of a container's group: its table is created when the group joins and
 * goes when it leaves. The kernel's own table was put away when the group's DMA was
 * claimed, and comes back after the claim is given up.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>

#include "spapr_tce.h"

/* Number of the window at the bottom of the bus's addresses. */
#define VFIO_TCE_WINDOW_32 0

static int vfio_tce_window_create(struct vfio_tce_container *container)
{
	struct iommu_table_group *tg = container->table_group;
	long ret;

	ret = tg->ops->create_table(tg, VFIO_TCE_WINDOW_32, IOMMU_PAGE_SHIFT_4K, tg->tce32_size, 1,
				    &container->table);
	if (ret)
		return ret;
	container->mapped = kvcalloc(BITS_TO_LONGS(container->table->it_size), sizeof(long),
				     GFP_KERNEL_ACCOUNT);
	if (!container->mapped) {
		ret = -ENOMEM;
		goto err_put;
	}
	ret = tg->ops->set_window(tg, VFIO_TCE_WINDOW_32, container->table);
	if (ret)
		goto err_free;
	return 0;

err_free:
	kvfree(container->mapped);
err_put:
	iommu_tce_table_put(container->table);
	container->table = NULL;
	return ret;
}

/**
 * vfio_tce_attach_group - let a group's DMA go through this container's table
 * @iommu_data: the container
 * @group: the group, claimed
 * @emulated: its devices do no DMA of their own
 *
 * Return: 0; -EBUSY if the container has a group; -ENODEV if the group has no table of
 * this kind; or what the platform says.
 */
int vfio_tce_attach_group(void *iommu_data, struct iommu_group *group, bool emulated)
{
	struct vfio_tce_container *container = iommu_data;
	struct iommu_table_group *tg;
	int ret = -ENODEV;

	if (emulated)
		return -ENODEV;
	tg = iommu_group_get_iommudata(group);

	mutex_lock(&container->lock);
	if (container->group) {
		ret = -EBUSY;
	} else if (tg && tg->ops && tg->ops->create_table && tg->ops->set_window) {
		container->table_group = tg;
		ret = vfio_tce_window_create(container);
		if (!ret)
			container->group = group;
	}
	mutex_unlock(&container->lock);
	return ret;
}

/**
 * vfio_tce_detach_group - undo vfio_tce_attach_group()
 * @iommu_data: the container
 * @group: the group
 * @emulated: as then
 *
 * Everything that is mapped goes first.
 */
void vfio_tce_detach_group(void *iommu_data, struct iommu_group *group, bool emulated)
{
	struct vfio_tce_container *container = iommu_data;

	mutex_lock(&container->lock);
	vfio_tce_unmap_all(container, VFIO_CAUSE_DETACH);
	vfio_tce_disable(container);
	container->table_group->ops->unset_window(container->table_group, VFIO_TCE_WINDOW_32);
	iommu_tce_table_put(container->table);
	kvfree(container->mapped);
	container->table = NULL;
	container->mapped = NULL;
	container->table_group = NULL;
	container->group = NULL;
	mutex_unlock(&container->lock);
}
