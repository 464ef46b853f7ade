// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a container with a type1 backend: reading requests from user
 * space and writing answers back.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "type1.h"

static long vfio_type1_check_extension(struct vfio_iommu *iommu, unsigned long extension)
{
	switch (extension) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		return iommu && vfio_domains_coherent(iommu);
	default:
		return 0;
	}
}

/* Writes the capability of usable IOVA ranges, as far as it fits; returns its size. */
static u32 vfio_info_iova_ranges(struct vfio_iommu *iommu, void *buf, u32 room)
{
	struct vfio_iommu_type1_info_cap_iova_range *cap = buf;
	u32 size = sizeof(*cap), ranges = 0;
	dma_addr_t from = 0, last;

	while (vfio_iova_next_range(iommu, &from, &last)) {
		if (size + sizeof(cap->iova_ranges[0]) <= room) {
			cap->iova_ranges[ranges].start = from;
			cap->iova_ranges[ranges].end = last;
		}
		size += sizeof(cap->iova_ranges[0]);
		ranges++;
		if (last == ~(dma_addr_t)0)
			break;
		from = last + 1;
	}
	if (size <= room) {
		cap->header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
		cap->header.version = 1;
		cap->nr_iovas = ranges;
	}
	return size;
}

static u32 vfio_info_dma_avail(struct vfio_iommu *iommu, void *buf, u32 room)
{
	struct vfio_iommu_type1_info_dma_avail *cap = buf;

	if (sizeof(*cap) <= room) {
		cap->header.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL;
		cap->header.version = 1;
		cap->avail = READ_ONCE(iommu->available);
	}
	return sizeof(*cap);
}

/* One page holds more ranges than an IOMMU group has. */
#define VFIO_INFO_SIZE PAGE_SIZE

static long vfio_type1_get_info(struct vfio_iommu *iommu, void __user *arg)
{
	const u32 first = ALIGN(sizeof(struct vfio_iommu_type1_info), 8);
	u32 minsz = offsetofend(struct vfio_iommu_type1_info, iova_pgsizes);
	struct vfio_iommu_type1_info *info;
	u32 argsz, ranges, avail;
	struct vfio_info_cap_header *header;
	void *buf;
	long ret = 0;

	if (get_user(argsz, (u32 __user *)arg))
		return -EFAULT;
	if (argsz < minsz)
		return -EINVAL;
	buf = kzalloc(VFIO_INFO_SIZE, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;

	info = buf;
	info->argsz = argsz;
	info->flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	info->iova_pgsizes = vfio_domains_pgsizes(iommu);

	ranges = ALIGN(vfio_info_iova_ranges(iommu, buf + first, VFIO_INFO_SIZE - first), 8);
	if (first + ranges + sizeof(struct vfio_iommu_type1_info_dma_avail) > VFIO_INFO_SIZE) {
		ret = -E2BIG;
		goto out_free;
	}
	avail = vfio_info_dma_avail(iommu, buf + first + ranges, VFIO_INFO_SIZE - first - ranges);
	header = buf + first;
	header->next = first + ranges;

	if (argsz < first + ranges + avail) {
		/* No room for capabilities: say how much they need. */
		info->argsz = first + ranges + avail;
		argsz = min_t(u32, argsz, sizeof(*info));
	} else {
		info->cap_offset = first;
		argsz = first + ranges + avail;
	}
	if (copy_to_user(arg, buf, argsz))
		ret = -EFAULT;
out_free:
	kfree(buf);
	return ret;
}

static long vfio_type1_map_dma(struct vfio_iommu *iommu, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dma_map, size);
	struct vfio_iommu_type1_dma_map map;

	if (copy_from_user(&map, arg, minsz))
		return -EFAULT;
	if (map.argsz < minsz)
		return -EINVAL;
	return vfio_dma_do_map(iommu, &map);
}

static long vfio_type1_unmap_dma(struct vfio_iommu *iommu, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_iommu_type1_dma_unmap unmap;
	long ret;

	if (copy_from_user(&unmap, arg, minsz))
		return -EFAULT;
	if (unmap.argsz < minsz)
		return -EINVAL;
	ret = vfio_dma_do_unmap(iommu, &unmap);
	if (ret)
		return ret;
	return copy_to_user(arg, &unmap, minsz) ? -EFAULT : 0;
}

long vfio_type1_ioctl(void *iommu_data, unsigned int cmd, unsigned long arg)
{
	struct vfio_iommu *iommu = iommu_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_CHECK_EXTENSION:
		return vfio_type1_check_extension(iommu, arg);
	case VFIO_IOMMU_GET_INFO:
		return vfio_type1_get_info(iommu, uarg);
	case VFIO_IOMMU_MAP_DMA:
		return vfio_type1_map_dma(iommu, uarg);
	case VFIO_IOMMU_UNMAP_DMA:
		return vfio_type1_unmap_dma(iommu, uarg);
	default:
		return -ENOTTY;
	}
}
