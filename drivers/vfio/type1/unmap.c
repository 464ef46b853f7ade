// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_UNMAP_DMA, and the end of all mappings.
 *
 * First the mappings of the range are taken, all or none. Then they leave every
 * domain, the IOTLB is flushed, and only then are their pages unpinned and
 * their IOVAs free again.
 */
#include <linux/ktime.h>

#include "type1.h"
#include "vfio_events.h"

struct vfio_unmap_range {
	dma_addr_t first;
	dma_addr_t last;
	struct list_head *taken;
};

/*
 * Takes all mappings of a range, or none. Returns 0, -EBUSY if one of them
 * belongs to another task now, or -EINVAL if a version 2 user would cut a mapping.
 */
static int vfio_unmap_take(struct vfio_iommu *iommu, void *data)
{
	struct vfio_unmap_range *range = data;
	struct vfio_dma *dma, *lowest = vfio_mappings_first(iommu, range->first, range->last);

	for (dma = lowest; dma; dma = vfio_mappings_next(dma, range->last)) {
		if (dma->busy)
			return -EBUSY;
		if (iommu->v2 && (dma->iova < range->first || vfio_dma_last(dma) > range->last))
			return -EINVAL;
	}
	for (dma = lowest; dma; dma = vfio_mappings_next(dma, range->last)) {
		/*
		 * A version 1 user who begins inside a mapping gets nothing; one who
		 * ends inside a mapping gets all of it.
		 */
		if (dma->iova < range->first)
			break;
		dma->busy = true;
		list_add_tail(&dma->list, range->taken);
	}
	return 0;
}

/* Ends mappings that the caller has taken, and sums them up. */
static void vfio_unmap_taken(struct vfio_iommu *iommu, struct list_head *taken,
			     struct vfio_dma_unmap_record *record)
{
	struct vfio_dma *dma, *next;

	vfio_domains_unmap(iommu, taken);
	list_for_each_entry(dma, taken, list) {
		vfio_pfnmap_forget(dma);
		record->removed++;
		vfio_external_release(iommu, dma);
		record->done += dma->unmapped;
		record->expected += dma->runs.pinned;
		if (WARN_ON_ONCE(dma->unmapped != dma->size)) {
			/* A device may still reach the pages: better lost than reused. */
			vfio_runs_destroy(&dma->runs);
			continue;
		}
		record->pages += vfio_unpin(iommu, dma);
		vfio_account_refund(iommu, dma);
	}
	vfio_mappings_remove(iommu, taken);
	list_for_each_entry_safe(dma, next, taken, list)
		vfio_dma_free(dma);
}

static void vfio_unmap_trace(struct vfio_iommu *iommu, struct vfio_dma_unmap_record *record,
			     u64 start)
{
	if (!trace_vfio_dma_unmap_enabled())
		return;
	record->container = iommu->ledger->id;
	record->total_ns = start ? ktime_get_ns() - start : 0;
	record->mappings = atomic64_read(&iommu->ledger->mappings);
	record->pinned = atomic64_read(&iommu->ledger->pinned);
	record->pid = task_tgid_nr(current);
	trace_vfio_dma_unmap(record);
}

static int vfio_unmap_check(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_unmap *unmap)
{
	size_t mask = BIT(__ffs(vfio_domains_pgsizes(iommu))) - 1;

	if (unmap->flags == VFIO_DMA_UNMAP_FLAG_ALL)
		return unmap->iova || unmap->size ? -EINVAL : 0;
	if (unmap->flags & ~VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)
		return -EINVAL;
	if (!unmap->size || (unmap->iova | unmap->size) & mask)
		return -EINVAL;
	return unmap->iova + unmap->size - 1 < unmap->iova ? -EINVAL : 0;
}

/**
 * vfio_dma_do_unmap - VFIO_IOMMU_UNMAP_DMA
 * @iommu: the container
 * @unmap: the request; its size becomes what was really unmapped
 * @bitmap: gets the dirty pages of the range, or NULL
 *
 * Returns 0, also if nothing was mapped there; -EINVAL for a malformed request
 * or one that would cut a mapping of a version 2 user; -EINTR when killed; or
 * why the dirty pages could not be reported, and then nothing is unmapped.
 */
int vfio_dma_do_unmap(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_unmap *unmap,
		      const struct vfio_bitmap *bitmap)
{
	u64 start = trace_vfio_dma_unmap_enabled() ? ktime_get_ns() : 0;
	bool all = unmap->flags & VFIO_DMA_UNMAP_FLAG_ALL;
	struct vfio_dma_unmap_record record = {
		.iova = unmap->iova,
		.size = unmap->size,
		.cause = all ? VFIO_CAUSE_ALL : VFIO_CAUSE_USER,
	};
	LIST_HEAD(taken);
	int ret;

	trace_vfio_dma_unmap_begin(iommu->ledger->id, unmap->iova, unmap->size, record.cause,
				   task_tgid_nr(current));
	ret = vfio_unmap_check(iommu, unmap);
	if (!ret && bitmap)
		ret = vfio_dirty_report(iommu, unmap->iova, unmap->size, bitmap);
	unmap->size = 0;
	if (!ret) {
		struct vfio_unmap_range range = {
			.first = unmap->iova,
			.last = all ? ~(dma_addr_t)0 : unmap->iova + record.size - 1,
			.taken = &taken,
		};

		vfio_external_recall(iommu, range.first, range.last);
		ret = vfio_mappings_claim(iommu, vfio_unmap_take, &range);
	}
	if (!list_empty(&taken)) {
		vfio_unmap_taken(iommu, &taken, &record);
		unmap->size = record.done;
		if (all)
			record.size = record.done;
	}
	record.ret = ret;
	vfio_unmap_trace(iommu, &record, start);
	return ret;
}

/**
 * vfio_dma_unmap_all - end every mapping of a container
 * @iommu: the container; no ioctl runs
 * @cause: enum vfio_unmap_cause
 */
void vfio_dma_unmap_all(struct vfio_iommu *iommu, enum vfio_unmap_cause cause)
{
	u64 start = trace_vfio_dma_unmap_enabled() ? ktime_get_ns() : 0;
	struct vfio_dma_unmap_record record = { .cause = cause };
	LIST_HEAD(taken);
	struct vfio_unmap_range range = { .last = ~(dma_addr_t)0, .taken = &taken };

	if (RB_EMPTY_ROOT(&iommu->mappings))
		return;
	vfio_mappings_claim(iommu, vfio_unmap_take, &range);

	trace_vfio_dma_unmap_begin(iommu->ledger->id, 0, 0, cause, task_tgid_nr(current));
	vfio_unmap_taken(iommu, &taken, &record);
	record.size = record.done;
	vfio_unmap_trace(iommu, &record, start);
}
