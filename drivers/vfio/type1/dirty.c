// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty-page tracking: which pages may a device have written?
 *
 * These IOMMUs do not tell, so every page that a device may write counts as
 * written, each time it is asked. That is what live migration needs to be
 * correct: it copies such pages when the device has stopped.
 */
#include <linux/bitmap.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "type1.h"

/* Pages that one page of bitmap covers: 128 MiB of memory. */
#define VFIO_DIRTY_CHUNK (PAGE_SIZE * BITS_PER_BYTE)

/**
 * vfio_dirty_track - turn tracking on or off
 * @iommu: the container
 * @on: on; turning it on twice is no error
 */
void vfio_dirty_track(struct vfio_iommu *iommu, bool on)
{
	mutex_lock(&iommu->lock);
	iommu->dirty_tracking = on;
	mutex_unlock(&iommu->lock);
}

/* Is the bitmap one that a range of this size could be reported in? */
static int vfio_dirty_check(struct vfio_iommu *iommu, dma_addr_t iova, u64 size,
			    const struct vfio_bitmap *bitmap)
{
	u64 pgsize = BIT(__ffs(vfio_domains_pgsizes(iommu)));

	if (bitmap->pgsize != pgsize)
		return -EINVAL;
	if (!size || (iova | size) & (pgsize - 1) || iova + size - 1 < iova)
		return -EINVAL;
	if (!bitmap->size || bitmap->size > VFIO_DIRTY_BITMAP_MAX)
		return -EINVAL;
	if (bitmap->size < BITS_TO_U64(size >> __ffs(pgsize)) * sizeof(u64))
		return -EINVAL;
	return access_ok((void __user *)bitmap->data, bitmap->size) ? 0 : -EFAULT;
}

/* A mapping must lie in the range as a whole: its bitmap cannot be cut. */
static int vfio_dirty_check_ends(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last)
{
	struct vfio_dma *dma = vfio_mappings_first(iommu, first, first);

	if (dma && dma->iova != first)
		return -EINVAL;
	dma = vfio_mappings_first(iommu, last, last);
	return dma && vfio_dma_last(dma) != last ? -EINVAL : 0;
}

/* Sets a bit for every page from @first to @last that a device may write. */
static void vfio_dirty_fill(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last,
			    unsigned int shift, unsigned long *bits)
{
	struct vfio_dma *dma;

	vfio_for_each_dma(dma, iommu, first, last) {
		dma_addr_t from = max(dma->iova, first), to = min(vfio_dma_last(dma), last);

		if (dma->prot & IOMMU_WRITE)
			bitmap_set(bits, (from - first) >> shift, ((to - from) >> shift) + 1);
	}
}

/**
 * vfio_dirty_report - write the dirty pages of a range to the user's bitmap
 * @iommu: the container
 * @iova: first IOVA
 * @size: bytes
 * @bitmap: where to; one bit for each page, from the lowest bit of the first u64
 *
 * Every bit of the range is written; so are those that fill up the last u64.
 *
 * Return: 0; -EINVAL while tracking is off, for a bitmap that does not fit, or
 * for a range that cuts a mapping; -EFAULT; -ENOMEM; -EINTR when killed.
 */
int vfio_dirty_report(struct vfio_iommu *iommu, dma_addr_t iova, u64 size,
		      const struct vfio_bitmap *bitmap)
{
	unsigned int shift = __ffs(vfio_domains_pgsizes(iommu));
	u64 __user *data = bitmap->data;
	u64 done, npages, chunk;
	unsigned long *bits;
	int ret;

	ret = vfio_dirty_check(iommu, iova, size, bitmap);
	if (ret)
		return ret;
	bits = (unsigned long *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!bits)
		return -ENOMEM;

	npages = size >> shift;
	for (done = 0; done < npages && !ret; done += chunk) {
		dma_addr_t first = iova + (done << shift);
		size_t bytes;

		chunk = min_t(u64, npages - done, VFIO_DIRTY_CHUNK);
		bytes = BITS_TO_U64(chunk) * sizeof(u64);
		memset(bits, 0, bytes);

		mutex_lock(&iommu->lock);
		if (iommu->dirty_tracking)
			ret = vfio_dirty_check_ends(iommu, iova, iova + size - 1);
		else
			ret = -EINVAL;
		if (!ret)
			vfio_dirty_fill(iommu, first, first + (chunk << shift) - 1, shift, bits);
		mutex_unlock(&iommu->lock);

		if (!ret && copy_to_user(data + done / BITS_PER_TYPE(u64), bits, bytes))
			ret = -EFAULT;
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	free_page((unsigned long)bits);
	return ret;
}
