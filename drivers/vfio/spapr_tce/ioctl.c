// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a container with a SPAPR TCE backend: reading requests from user space
 * and writing answers back.
 */
#include <linux/uaccess.h>

#include "../request.h"
#include "spapr_tce.h"

static long vfio_tce_get_info(struct vfio_tce_container *container, void __user *arg)
{
	u32 minsz = offsetofend(struct vfio_iommu_spapr_tce_info, dma32_window_size);
	struct vfio_iommu_spapr_tce_info info;
	int ret;

	ret = vfio_copy_request(&info, arg, minsz);
	if (ret)
		return ret;
	info.flags = 0;
	info.dma32_window_start = container->table_group->tce32_start;
	info.dma32_window_size = container->table_group->tce32_size;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long vfio_tce_map_dma(struct vfio_tce_container *container, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dma_map, size);
	struct vfio_iommu_type1_dma_map map;
	int ret;

	ret = vfio_copy_request(&map, arg, minsz);
	if (ret)
		return ret;
	return vfio_tce_map(container, &map);
}

static long vfio_tce_unmap_dma(struct vfio_tce_container *container, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_iommu_type1_dma_unmap unmap;
	int ret;

	ret = vfio_copy_request(&unmap, arg, minsz);
	if (ret)
		return ret;
	return vfio_tce_unmap(container, &unmap);
}

static long vfio_tce_disable_dma(struct vfio_tce_container *container)
{
	if (container->mm && container->mm != current->mm)
		return -EPERM;
	vfio_tce_disable(container);
	return 0;
}

/**
 * vfio_tce_ioctl - an ioctl of a container that chose this backend
 * @iommu_data: the container; NULL for VFIO_CHECK_EXTENSION before that
 * @cmd: the request
 * @arg: its argument
 *
 * Return: what the request says; -ENOTTY for an unknown one; -EINTR when killed while
 * waiting for another request.
 */
long vfio_tce_ioctl(void *iommu_data, unsigned int cmd, unsigned long arg)
{
	struct vfio_tce_container *container = iommu_data;
	void __user *uarg = (void __user *)arg;
	long ret;

	if (cmd == VFIO_CHECK_EXTENSION)
		return arg == VFIO_SPAPR_TCE_IOMMU;

	ret = mutex_lock_killable(&container->lock);
	if (ret)
		return ret;
	switch (cmd) {
	case VFIO_IOMMU_SPAPR_TCE_GET_INFO:
		ret = vfio_tce_get_info(container, uarg);
		break;
	case VFIO_IOMMU_ENABLE:
		ret = vfio_tce_enable(container);
		break;
	case VFIO_IOMMU_DISABLE:
		ret = vfio_tce_disable_dma(container);
		break;
	case VFIO_IOMMU_MAP_DMA:
		ret = vfio_tce_map_dma(container, uarg);
		break;
	case VFIO_IOMMU_UNMAP_DMA:
		ret = vfio_tce_unmap_dma(container, uarg);
		break;
	default:
		ret = -ENOTTY;
		break;
	}
	mutex_unlock(&container->lock);
	return ret;
}
