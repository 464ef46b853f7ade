// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a container with a type1 backend: reading requests from user
 * space and writing answers back.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../request.h"
#include "type1.h"
#include "vfio_events.h"

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

/**
 * struct vfio_caps - a chain of capabilities behind the fixed part of an answer
 * @buf: the whole answer, with room enough
 * @size: bytes used
 * @next: where the offset of the next capability goes
 */
struct vfio_caps {
	void *buf;
	u32 size;
	u32 *next;
};

/* Adds a capability. Returns its place, zeroed but for the header. */
static void *vfio_caps_add(struct vfio_caps *caps, u16 id, u32 size)
{
	u32 offset = ALIGN(caps->size, sizeof(u64));
	struct vfio_info_cap_header *header = caps->buf + offset;

	header->id = id;
	header->version = 1;
	*caps->next = offset;
	caps->next = &header->next;
	caps->size = offset + size;
	return header;
}

/* How many ranges of IOVAs there are for the user. */
static u32 vfio_iova_ranges(struct vfio_iommu *iommu)
{
	dma_addr_t from, last;
	u32 n = 0;

	for (from = 0; vfio_iova_next_range(iommu, &from, &last); from = last + 1) {
		n++;
		if (last == VFIO_IOVA_MAX)
			break;
	}
	return n;
}

static void vfio_caps_add_iova_ranges(struct vfio_iommu *iommu, struct vfio_caps *caps, u32 n)
{
	struct vfio_iommu_type1_info_cap_iova_range *cap;
	dma_addr_t from, last;

	cap = vfio_caps_add(caps, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE,
			    struct_size(cap, iova_ranges, n));
	cap->nr_iovas = n;
	for (n = 0, from = 0; n < cap->nr_iovas; n++, from = last + 1) {
		vfio_iova_next_range(iommu, &from, &last);
		cap->iova_ranges[n].start = from;
		cap->iova_ranges[n].end = last;
	}
}

static void vfio_caps_add_dma_avail(struct vfio_iommu *iommu, struct vfio_caps *caps)
{
	struct vfio_iommu_type1_info_dma_avail *cap;

	cap = vfio_caps_add(caps, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, sizeof(*cap));
	cap->avail = READ_ONCE(iommu->available);
}

static void vfio_caps_add_migration(struct vfio_iommu *iommu, struct vfio_caps *caps)
{
	struct vfio_iommu_type1_info_cap_migration *cap;

	cap = vfio_caps_add(caps, VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION, sizeof(*cap));
	cap->pgsize_bitmap = BIT(__ffs(vfio_domains_pgsizes(iommu)));
	cap->max_dirty_bitmap_size = VFIO_DIRTY_BITMAP_MAX;
}

static long vfio_type1_get_info(struct vfio_iommu *iommu, void __user *arg)
{
	u32 minsz = offsetofend(struct vfio_iommu_type1_info, iova_pgsizes), argsz;
	struct vfio_iommu_type1_info *info;
	u32 ranges = vfio_iova_ranges(iommu);
	struct vfio_caps caps;
	long ret = 0;

	if (get_user(argsz, (u32 __user *)arg))
		return -EFAULT;
	if (argsz < minsz)
		return -EINVAL;
	/* A page is more than enough for all but the ranges. */
	info = kvzalloc(PAGE_SIZE + ranges * sizeof(struct vfio_iova_range), GFP_KERNEL_ACCOUNT);
	if (!info)
		return -ENOMEM;

	info->flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	info->iova_pgsizes = vfio_domains_pgsizes(iommu);
	caps = (struct vfio_caps){ .buf = info, .size = sizeof(*info), .next = &info->cap_offset };
	vfio_caps_add_migration(iommu, &caps);
	vfio_caps_add_dma_avail(iommu, &caps);
	vfio_caps_add_iova_ranges(iommu, &caps, ranges);

	info->argsz = max(argsz, caps.size);
	if (argsz < caps.size) {
		/* No room for capabilities: argsz tells how much they need. */
		info->cap_offset = 0;
		caps.size = min_t(u32, argsz, sizeof(*info));
	}
	if (copy_to_user(arg, info, caps.size))
		ret = -EFAULT;
	kvfree(info);
	return ret;
}

static long vfio_type1_map_dma(struct vfio_iommu *iommu, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dma_map, size);
	struct vfio_iommu_type1_dma_map map;
	int ret;

	ret = vfio_copy_request(&map, arg, minsz);
	if (ret)
		return ret;
	return vfio_dma_do_map(iommu, &map);
}

static long vfio_type1_unmap_dma(struct vfio_iommu *iommu, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_iommu_type1_dma_unmap unmap;
	struct vfio_bitmap bitmap;
	bool dirty;
	long ret;

	ret = vfio_copy_request(&unmap, arg, minsz);
	if (ret)
		return ret;
	dirty = unmap.flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
	if (dirty) {
		if (unmap.argsz < minsz + sizeof(bitmap))
			return -EINVAL;
		if (copy_from_user(&bitmap, arg + minsz, sizeof(bitmap)))
			return -EFAULT;
	}
	ret = vfio_dma_do_unmap(iommu, &unmap, dirty ? &bitmap : NULL);
	if (ret)
		return ret;
	return copy_to_user(arg, &unmap, minsz) ? -EFAULT : 0;
}

/* Notes in @record what is asked for, as far as it could be read. */
static int vfio_dirty_request(struct vfio_iommu *iommu, void __user *arg,
			      struct vfio_dirty_log_record *record)
{
	unsigned long minsz = offsetofend(struct vfio_iommu_type1_dirty_bitmap, flags);
	struct vfio_iommu_type1_dirty_bitmap_get get;
	struct vfio_iommu_type1_dirty_bitmap dirty;
	int ret;

	/* There an unmap may take more than its range, which no bitmap could tell. */
	if (!iommu->v2)
		return -EACCES;
	ret = vfio_copy_request(&dirty, arg, minsz);
	if (ret)
		return ret;

	switch (dirty.flags) {
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
		record->kind = VFIO_DIRTY_START;
		vfio_dirty_track(iommu, true);
		return 0;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
		record->kind = VFIO_DIRTY_STOP;
		vfio_dirty_track(iommu, false);
		return 0;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
		record->kind = VFIO_DIRTY_BITMAP;
		if (dirty.argsz < minsz + sizeof(get))
			return -EINVAL;
		if (copy_from_user(&get, arg + minsz, sizeof(get)))
			return -EFAULT;
		record->iova = get.iova;
		record->size = get.size;
		record->bitmap_bytes = get.bitmap.size;
		return vfio_dirty_report(iommu, get.iova, get.size, &get.bitmap);
	default:
		return -EINVAL;
	}
}

static long vfio_type1_dirty_pages(struct vfio_iommu *iommu, void __user *arg)
{
	u64 start = trace_vfio_dirty_log_enabled() ? ktime_get_ns() : 0;
	struct vfio_dirty_log_record record = {};
	int ret;

	ret = vfio_dirty_request(iommu, arg, &record);
	if (trace_vfio_dirty_log_enabled()) {
		record.container = iommu->ledger->id;
		record.ns = start ? ktime_get_ns() - start : 0;
		record.pid = task_tgid_nr(current);
		record.ret = ret;
		trace_vfio_dirty_log(&record);
	}
	return ret;
}

/**
 * vfio_type1_ioctl - an ioctl of a container
 * @iommu_data: the container; NULL for VFIO_CHECK_EXTENSION before a backend was chosen
 * @cmd: the ioctl
 * @arg: its argument
 *
 * Return: what the ioctl returns to the user.
 */
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
	case VFIO_IOMMU_DIRTY_PAGES:
		return vfio_type1_dirty_pages(iommu, uarg);
	default:
		return -ENOTTY;
	}
}
