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

/**
 * struct vfio_unmap_trace - what was asked and what was done: what the event tells
 * @iova: see struct vfio_dma_unmap_record, like all but @watch
 * @size: only of VFIO_CAUSE_USER
 * @cause: enum vfio_unmap_cause
 * @watch: when it began
 * @done: bytes unmapped
 * @removed: mappings removed
 * @pages: pages unpinned
 * @expected: pages that should be
 * @refunded: pages given back to locked memory
 * @locked: what is still locked
 * @locked_pid: by whom
 */
struct vfio_unmap_trace {
	u64 iova;
	u64 size;
	enum vfio_unmap_cause cause;
	pid_t locked_pid;
	struct vfio_stopwatch watch;
	u64 done;
	u64 removed;
	u64 pages;
	u64 expected;
	u64 refunded;
	u64 locked;
};

/* How long drivers are waited for before they are asked again for their pages. */
#define VFIO_RECALL_INTERVAL (HZ / 10)

/**
 * struct vfio_unmap_range - what is to be unmapped
 * @first: first IOVA
 * @last: last IOVA
 * @taken: gets the mappings, which nobody else unmaps then
 * @owned: nobody else has them in any way, and they can go
 */
struct vfio_unmap_range {
	dma_addr_t first;
	dma_addr_t last;
	struct list_head *taken;
	bool owned;
};

/* Owns all mappings of a list that are going, or none while drivers hold some of their pages. */
static int vfio_unmap_own(struct vfio_iommu *iommu, void *data)
{
	struct list_head *taken = data;
	struct vfio_dma *dma;

	list_for_each_entry(dma, taken, list) {
		if (dma->busy || !RB_EMPTY_ROOT(&dma->pins))
			return -EBUSY;
	}
	list_for_each_entry(dma, taken, list) {
		dma->busy = true;
		dma->requested = true;
	}
	return 0;
}

/*
 * Takes all mappings of a range, or none. Returns 0, -EBUSY if one of them
 * belongs to another task now, or -EINVAL if a version 2 user would cut a mapping.
 */
static int vfio_unmap_take(struct vfio_iommu *iommu, void *data)
{
	struct vfio_unmap_range *range = data;
	struct vfio_dma *dma;

	vfio_for_each_dma(dma, iommu, range->first, range->last) {
		if (dma->busy || dma->going)
			return -EBUSY;
		if (iommu->v2 && (dma->iova < range->first || vfio_dma_last(dma) > range->last))
			return -EINVAL;
	}
	vfio_for_each_dma(dma, iommu, range->first, range->last) {
		/*
		 * A version 1 user who begins inside a mapping gets nothing; one who
		 * ends inside a mapping gets all of it.
		 */
		if (dma->iova < range->first)
			break;
		dma->going = true;
		list_add_tail(&dma->list, range->taken);
	}
	range->owned = !vfio_unmap_own(iommu, range->taken);
	return 0;
}

/*
 * Asks drivers for the pages of mappings that are going until they have given all of
 * them back. Returns 0, or -EINTR when killed, and then the mappings stay.
 */
static int vfio_unmap_recall(struct vfio_iommu *iommu, struct list_head *taken)
{
	int ret;

	do {
		vfio_emulated_recall(iommu, taken);
		ret = vfio_mappings_claim(iommu, vfio_unmap_own, taken, VFIO_RECALL_INTERVAL);
	} while (ret == -EBUSY);
	if (ret)
		vfio_mappings_keep(iommu, taken);
	return ret;
}

/* Gives back the memory of a mapping that no domain has any more. */
static void vfio_unmap_depopulate(struct vfio_iommu *iommu, struct vfio_dma *dma,
				  struct vfio_unmap_trace *trace)
{
	unsigned long charged = dma->charged, npages;

	trace->expected += dma->runs.pinned;
	npages = vfio_dma_depopulate(iommu, dma);
	trace->pages += npages;
	charged -= dma->charged;
	if (charged) {
		trace->refunded += charged;
		trace->locked = READ_ONCE(dma->mm->locked_vm);
		trace->locked_pid = dma->pid;
	}
}

/* Ends mappings that the caller has taken, and sums them up. */
static void vfio_unmap_taken(struct vfio_iommu *iommu, struct list_head *taken,
			     struct vfio_unmap_trace *trace)
{
	struct vfio_dma *dma, *next;

	trace->done = vfio_dmas_unmap(iommu, taken);
	list_for_each_entry(dma, taken, list) {
		trace->removed++;
		vfio_unmap_depopulate(iommu, dma, trace);
	}
	vfio_mappings_remove(iommu, taken);
	list_for_each_entry_safe(dma, next, taken, list)
		vfio_dma_free(dma);
}

/* Begins to watch, out of the way of what nobody watches. */
static noinline void vfio_unmap_trace_begin(struct vfio_iommu *iommu,
					    const struct vfio_unmap_trace *trace)
{
	bool teardown = trace->cause == VFIO_CAUSE_DETACH || trace->cause == VFIO_CAUSE_RELEASE;

	trace_vfio_dma_unmap_begin(iommu->ledger->id, trace->iova, trace->size, trace->cause,
				   task_tgid_nr(current));
	if (trace->cause != VFIO_CAUSE_USER || trace->size > VFIO_BRIEF_BYTES)
		trace_vfio_dma_long_begin(iommu->ledger->id, trace->iova, trace->size,
					  teardown ? VFIO_REQUEST_TEARDOWN : VFIO_REQUEST_UNMAP,
					  task_tgid_nr(current), trace->watch.ns);
}

static noinline void vfio_unmap_trace_end(struct vfio_iommu *iommu,
					  const struct vfio_unmap_trace *trace, int ret)
{
	/* To clear it would cost as much as to fill it: every field is set. */
	struct vfio_dma_unmap_record record __uninitialized;

	record.container = iommu->ledger->id;
	record.iova = trace->iova;
	record.size = trace->cause == VFIO_CAUSE_USER ? trace->size : trace->done;
	record.done = trace->done;
	record.total_ns = vfio_stopwatch_read(&trace->watch, get_cycles());
	record.pages = trace->pages;
	record.expected = trace->expected;
	record.removed = trace->removed;
	record.mappings = atomic64_read(&iommu->ledger->mappings);
	record.pinned = atomic64_read(&iommu->ledger->pinned);
	record.pid = task_tgid_nr(current);
	record.ret = ret;
	record.cause = trace->cause;
	record.locked_pid = trace->locked_pid;
	record.refunded = trace->refunded;
	record.locked = trace->locked;
	record.no_backend = 0;
	record.pad = 0;
	trace_vfio_dma_unmap(&record);
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
 * Return: 0, also if nothing was mapped there; -EINVAL for a malformed request
 * or one that would cut a mapping of a version 2 user; -EINTR when killed; or
 * why the dirty pages could not be reported, and then nothing is unmapped.
 */
int vfio_dma_do_unmap(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_unmap *unmap,
		      const struct vfio_bitmap *bitmap)
{
	bool all = unmap->flags & VFIO_DMA_UNMAP_FLAG_ALL;
	struct vfio_unmap_trace trace = {
		.iova = unmap->iova,
		.size = unmap->size,
		.cause = all ? VFIO_CAUSE_ALL : VFIO_CAUSE_USER,
	};
	LIST_HEAD(taken);
	int ret;

	if (vfio_watched()) {
		vfio_stopwatch_start(&trace.watch, !all && trace.size <= VFIO_BRIEF_BYTES);
		if (all || trace.size > VFIO_BRIEF_BYTES || trace_vfio_dma_unmap_begin_enabled())
			vfio_unmap_trace_begin(iommu, &trace);
	}
	ret = vfio_unmap_check(iommu, unmap);
	if (!ret && bitmap)
		ret = vfio_dirty_report(iommu, unmap->iova, unmap->size, bitmap);
	unmap->size = 0;
	if (!ret) {
		struct vfio_unmap_range range = {
			.first = unmap->iova,
			.last = all ? VFIO_IOVA_MAX : unmap->iova + trace.size - 1,
			.taken = &taken,
		};

		ret = vfio_mappings_claim(iommu, vfio_unmap_take, &range, MAX_SCHEDULE_TIMEOUT);
		if (!ret && !range.owned)
			ret = vfio_unmap_recall(iommu, &taken);
	}
	if (!list_empty(&taken)) {
		vfio_unmap_taken(iommu, &taken, &trace);
		unmap->size = trace.done;
	}
	if (vfio_watched())
		vfio_unmap_trace_end(iommu, &trace, ret);
	return ret;
}

/**
 * vfio_dma_unmap_all - end every mapping of a container
 * @iommu: the container; no ioctl runs
 * @cause: enum vfio_unmap_cause
 */
void vfio_dma_unmap_all(struct vfio_iommu *iommu, enum vfio_unmap_cause cause)
{
	struct vfio_unmap_trace trace = { .cause = cause };
	LIST_HEAD(taken);
	struct vfio_unmap_range range = { .last = VFIO_IOVA_MAX, .taken = &taken };
	struct vfio_dma *dma;

	if (RB_EMPTY_ROOT(&iommu->mappings))
		return;
	vfio_mappings_claim_always(iommu, vfio_unmap_take, &range);
	if (!range.owned) {
		/* No emulated device is open: what is held is held by mistake. */
		list_for_each_entry(dma, &taken, list)
			vfio_emulated_release(iommu, dma);
		vfio_mappings_claim_always(iommu, vfio_unmap_own, &taken);
	}

	if (vfio_watched()) {
		vfio_stopwatch_start(&trace.watch, false);
		vfio_unmap_trace_begin(iommu, &trace);
	}
	vfio_unmap_taken(iommu, &taken, &trace);
	if (vfio_watched())
		vfio_unmap_trace_end(iommu, &trace, 0);
}
