// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA: exchanging entries of the table.
 *
 * A map request pins all of its pages before it changes an entry, so that a failure to
 * pin leaves everything as it was. Entries that were there already are replaced, and
 * the pages behind them released once the IOMMU's caches are flushed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../limit.h"
#include "spapr_tce.h"
#include "vfio_events.h"

/* In an array of physical addresses: the entry did not translate. */
#define VFIO_TCE_NONE ULONG_MAX

/* Entries that are cleared together. */
#define VFIO_TCE_BATCH 64

/**
 * struct vfio_tce_request - how far a map request came, for its event
 * @stage: the step that it is at
 * @start: when it began; 0 when nobody was watching then, like those that follow
 * @pinned: when its pages were pinned
 * @pages: pages that were pinned for it
 * @runs: physically contiguous runs of them
 * @mappings: entries that translated before
 */
struct vfio_tce_request {
	enum vfio_map_stage stage;
	u64 start;
	u64 pinned;
	unsigned long pages;
	unsigned long runs;
	u64 mappings;
};

/* A range of entries, counted from the start of the window. */
struct vfio_tce_range {
	unsigned long first;
	unsigned long count;
};

/* Finds the entries of a range. Returns -ENXIO if it leaves the window. */
static int vfio_tce_find(const struct vfio_tce_container *container, u64 iova, u64 size,
			 struct vfio_tce_range *range)
{
	const struct iommu_table *table = container->table;
	u64 first = iova >> table->it_page_shift, count = size >> table->it_page_shift;

	if (first < table->it_offset || first - table->it_offset >= table->it_size ||
	    count > table->it_size - (first - table->it_offset))
		return -ENXIO;
	range->first = first - table->it_offset;
	range->count = count;
	return 0;
}

/* Puts an entry in place, and gets what was there in exchange. */
static int vfio_tce_exchange(struct vfio_tce_container *container, unsigned long index,
			     unsigned long *hpa, enum dma_data_direction direction)
{
	enum dma_data_direction wanted = direction;
	int ret;

	ret = iommu_tce_xchg_no_kill(container->mm, container->table,
				     container->table->it_offset + index, hpa, &direction);
	if (ret)
		return ret < 0 ? ret : -EIO;
	if (direction == DMA_NONE)
		*hpa = VFIO_TCE_NONE;
	else
		atomic64_dec(&container->ledger->mappings);
	if (wanted != DMA_NONE)
		atomic64_inc(&container->ledger->mappings);
	__assign_bit(index, container->mapped, wanted != DMA_NONE);
	return 0;
}

static void vfio_tce_put_pages(struct vfio_tce_container *container, const unsigned long *hpas,
			       unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		if (hpas[i] != VFIO_TCE_NONE)
			vfio_tce_page_put(container, hpas[i]);
}

/*
 * Ends the entries of a range that translate, a batch at a time. An entry that the
 * platform does not give back keeps its page: better lost than reused.
 */
static unsigned long vfio_tce_clear(struct vfio_tce_container *container,
				    const struct vfio_tce_range *range)
{
	unsigned long index = range->first, end = range->first + range->count, cleared = 0;
	unsigned long hpas[VFIO_TCE_BATCH], first, n;

	while ((index = find_next_bit(container->mapped, end, index)) < end) {
		first = index;
		for (n = 0; n < ARRAY_SIZE(hpas) && index < end; n++, index++) {
			if (!test_bit(index, container->mapped))
				break;
			hpas[n] = 0;
			if (vfio_tce_exchange(container, index, &hpas[n], DMA_NONE)) {
				pr_err_ratelimited("entry 0x%lx stays mapped\n", index);
				hpas[n] = VFIO_TCE_NONE;
				__clear_bit(index, container->mapped);
				continue;
			}
			cleared++;
		}
		iommu_tce_kill(container->table, container->table->it_offset + first,
			       index - first);
		vfio_tce_put_pages(container, hpas, n);
		cond_resched();
	}
	return cleared;
}

static bool vfio_tce_writes(const struct vfio_iommu_type1_dma_map *map)
{
	return map->flags & VFIO_DMA_MAP_FLAG_WRITE;
}

static enum dma_data_direction vfio_tce_direction(const struct vfio_iommu_type1_dma_map *map)
{
	if (!vfio_tce_writes(map))
		return DMA_TO_DEVICE;
	return map->flags & VFIO_DMA_MAP_FLAG_READ ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE;
}

/* Is the request well-formed? Names the stage if not. */
static int vfio_tce_map_check(struct vfio_tce_container *container,
			      const struct vfio_iommu_type1_dma_map *map,
			      struct vfio_tce_range *range, struct vfio_tce_request *request)
{
	const u32 known = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	int ret;

	request->stage = VFIO_STAGE_DISABLED;
	if (!container->mm || container->mm != current->mm)
		return -EPERM;
	request->stage = VFIO_STAGE_ARGUMENT;
	if (!map->flags || map->flags & ~known)
		return -EINVAL;
	request->stage = VFIO_STAGE_ALIGNMENT;
	if ((map->iova | map->vaddr | map->size) & (vfio_tce_size(container) - 1))
		return -EINVAL;
	request->stage = VFIO_STAGE_APERTURE;
	ret = vfio_tce_find(container, map->iova, map->size, range);
	if (ret)
		return ret;
	request->stage = VFIO_STAGE_PIN;
	return access_ok((void __user *)map->vaddr, map->size) ? 0 : -EFAULT;
}

/* Pins the pages of a request; on failure none. */
static int vfio_tce_pin(struct vfio_tce_container *container,
			const struct vfio_iommu_type1_dma_map *map, unsigned long *hpas,
			unsigned long count)
{
	u64 size = vfio_tce_size(container), vaddr = map->vaddr;
	unsigned long i;
	int ret;

	for (i = 0; i < count; i++, vaddr += size) {
		ret = fatal_signal_pending(current)
			      ? -EINTR
			      : vfio_tce_page_pin(container, vaddr, vfio_tce_writes(map), &hpas[i]);
		if (ret) {
			vfio_tce_put_pages(container, hpas, i);
			return ret;
		}
		cond_resched();
	}
	return 0;
}

static unsigned long vfio_tce_count_runs(struct vfio_tce_container *container,
					 const unsigned long *hpas, unsigned long count)
{
	unsigned long i, runs = count > 0;

	for (i = 1; i < count; i++)
		runs += hpas[i] != hpas[i - 1] + vfio_tce_size(container);
	return runs;
}

/* Notes that a request's pages are pinned. */
static noinline void vfio_tce_pin_trace(struct vfio_tce_container *container,
					const unsigned long *hpas, unsigned long count,
					unsigned long before, struct vfio_tce_request *request)
{
	request->pinned = ktime_get_ns();
	request->pages = container->pinned - before;
	request->runs = vfio_tce_count_runs(container, hpas, count);
	if (request->pages)
		trace_vfio_pin(container->ledger->id, request->pages, container->pinned);
}

/* Tells of pages that a map released, which its own event, with @kept pages, does not. */
static noinline void vfio_tce_replace_trace(struct vfio_tce_container *container,
					    unsigned long before, unsigned long kept)
{
	unsigned long released = before + kept - container->pinned;

	if (!released)
		return;
	trace_vfio_unpin(container->ledger->id, released, container->pinned);
	trace_vfio_unpin_standalone(container->ledger->id, released, container->pinned);
}

/*
 * Puts pinned pages in place, and releases those that were there. If the platform
 * refuses an entry, the range ends up without any that this request made.
 */
static int vfio_tce_put_in_place(struct vfio_tce_container *container,
				 const struct vfio_tce_range *range, unsigned long *hpas,
				 enum dma_data_direction direction)
{
	struct vfio_tce_range made = { .first = range->first };
	int ret = 0;

	for (; made.count < range->count; made.count++) {
		ret = vfio_tce_exchange(container, range->first + made.count, &hpas[made.count],
					direction);
		if (ret)
			break;
		cond_resched();
	}
	iommu_tce_kill(container->table, container->table->it_offset + made.first, made.count);
	if (ret)
		vfio_tce_clear(container, &made);
	/* Of those in place, what was there before; of the others, what was to be. */
	vfio_tce_put_pages(container, hpas, range->count);
	return ret;
}

static int vfio_tce_do_map(struct vfio_tce_container *container,
			   const struct vfio_iommu_type1_dma_map *map,
			   struct vfio_tce_request *request)
{
	unsigned long *hpas, before = container->pinned;
	struct vfio_tce_range range;
	int ret;

	ret = vfio_tce_map_check(container, map, &range, request);
	if (ret)
		return ret;
	request->stage = VFIO_STAGE_MEMORY;
	hpas = kvmalloc_array(range.count, sizeof(*hpas), GFP_KERNEL_ACCOUNT);
	if (!hpas)
		return -ENOMEM;

	request->stage = VFIO_STAGE_PIN;
	ret = vfio_tce_pin(container, map, hpas, range.count);
	if (ret)
		goto out_free;
	if (vfio_watched())
		vfio_tce_pin_trace(container, hpas, range.count, before, request);
	request->stage = VFIO_STAGE_IOMMU;
	ret = vfio_tce_put_in_place(container, &range, hpas, vfio_tce_direction(map));
	if (!ret)
		request->stage = VFIO_STAGE_DONE;
	if (vfio_watched())
		vfio_tce_replace_trace(container, before, ret ? 0 : request->pages);
out_free:
	kvfree(hpas);
	return ret;
}

static noinline void vfio_tce_map_trace_begin(struct vfio_tce_container *container,
					      const struct vfio_iommu_type1_dma_map *map,
					      struct vfio_tce_request *request)
{
	request->start = ktime_get_ns();
	trace_vfio_dma_map_begin(container->ledger->id, map->iova, map->size, map->flags,
				 task_tgid_nr(current));
	if (map->size > VFIO_BRIEF_BYTES)
		trace_vfio_dma_long_begin(container->ledger->id, map->iova, map->size,
					  VFIO_REQUEST_MAP, task_tgid_nr(current), request->start);
}

static noinline void vfio_tce_map_trace(struct vfio_tce_container *container,
					const struct vfio_iommu_type1_dma_map *map,
					const struct vfio_tce_request *request, int ret)
{
	unsigned int leaf = container->table->it_page_shift - VFIO_LEAF_SHIFT_MIN;
	u64 now = ktime_get_ns();
	struct vfio_dma_map_record record = {
		.container = container->ledger->id,
		.iova = map->iova,
		.size = map->size,
		.vaddr = map->vaddr,
		.prot = map->flags,
		.total_ns = request->start ? now - request->start : 0,
		.end_ns = now,
		.tid = task_pid_nr(current),
		.mappings = atomic64_read(&container->ledger->mappings),
		.mappings_limit = container->table->it_size,
		.made = atomic64_read(&container->ledger->mappings) - request->mappings,
		.pinned = container->pinned,
		.locked = READ_ONCE(current->mm->locked_vm),
		.locked_limit = vfio_limit_pages(rlimit(RLIMIT_MEMLOCK)),
		.pid = task_tgid_nr(current),
		.stage = request->stage,
		.ret = ret,
	};

	if (!ret && request->pinned) {
		record.pages = request->pages;
		record.runs = request->runs;
		record.backing = VFIO_BACKING_RAM;
		record.leaf_bytes[leaf] = map->size;
		record.leaf_mask = BIT(leaf);
		if (request->start) {
			record.pin_ns = request->pinned - request->start;
			record.iommu_ns = now - request->pinned;
		}
	}
	trace_vfio_dma_map(&record);
}

/**
 * vfio_tce_map - VFIO_IOMMU_MAP_DMA
 * @container: the container
 * @map: the request; of size 0 it does nothing
 *
 * Return: 0; -EPERM unless the caller has enabled the container; -EINVAL for a request
 * that is malformed; -ENXIO if it leaves the window; -EFAULT if the user memory is not
 * there; -ENOMEM past the locked-memory limit or without memory; -EINTR when killed.
 */
int vfio_tce_map(struct vfio_tce_container *container, const struct vfio_iommu_type1_dma_map *map)
{
	struct vfio_tce_request request = {
		.mappings = atomic64_read(&container->ledger->mappings),
	};
	int ret;

	if (vfio_watched())
		vfio_tce_map_trace_begin(container, map, &request);
	ret = vfio_tce_do_map(container, map, &request);
	if (vfio_watched())
		vfio_tce_map_trace(container, map, &request, ret);
	return ret;
}

/**
 * struct vfio_tce_end - an unmap, for its event
 * @iova: as asked
 * @size: as asked; of VFIO_CAUSE_USER only
 * @cause: enum vfio_unmap_cause
 * @start: when it began; 0 when nobody was watching then
 * @before: pages that were pinned then
 * @removed: entries that went
 */
struct vfio_tce_end {
	u64 iova;
	u64 size;
	enum vfio_unmap_cause cause;
	u64 start;
	unsigned long before;
	unsigned long removed;
};

static noinline void vfio_tce_unmap_trace_begin(struct vfio_tce_container *container,
						struct vfio_tce_end *end)
{
	bool teardown = end->cause == VFIO_CAUSE_DETACH;

	end->start = ktime_get_ns();
	trace_vfio_dma_unmap_begin(container->ledger->id, end->iova, end->size, end->cause,
				   task_tgid_nr(current));
	if (end->cause != VFIO_CAUSE_USER || end->size > VFIO_BRIEF_BYTES)
		trace_vfio_dma_long_begin(container->ledger->id, end->iova, end->size,
					  teardown ? VFIO_REQUEST_TEARDOWN : VFIO_REQUEST_UNMAP,
					  task_tgid_nr(current), end->start);
}

static noinline void vfio_tce_unmap_trace(struct vfio_tce_container *container,
					  const struct vfio_tce_end *end, int ret)
{
	u64 done = end->removed * vfio_tce_size(container);
	struct vfio_dma_unmap_record record = {
		.container = container->ledger->id,
		.iova = end->iova,
		.size = end->cause == VFIO_CAUSE_USER ? end->size : done,
		.done = done,
		.total_ns = end->start ? ktime_get_ns() - end->start : 0,
		.pages = end->before - container->pinned,
		.expected = end->before - container->pinned,
		.removed = end->removed,
		.mappings = atomic64_read(&container->ledger->mappings),
		.pinned = container->pinned,
		.pid = task_tgid_nr(current),
		.ret = ret,
		.cause = end->cause,
	};

	if (record.pages)
		trace_vfio_unpin(container->ledger->id, record.pages, container->pinned);
	trace_vfio_dma_unmap(&record);
}

static int vfio_tce_do_unmap(struct vfio_tce_container *container,
			     const struct vfio_iommu_type1_dma_unmap *unmap,
			     struct vfio_tce_end *end)
{
	struct vfio_tce_range range;
	int ret;

	if (!container->mm || container->mm != current->mm)
		return -EPERM;
	if (unmap->flags || (unmap->iova | unmap->size) & (vfio_tce_size(container) - 1))
		return -EINVAL;
	ret = vfio_tce_find(container, unmap->iova, unmap->size, &range);
	if (!ret)
		end->removed = vfio_tce_clear(container, &range);
	return ret;
}

/**
 * vfio_tce_unmap - VFIO_IOMMU_UNMAP_DMA
 * @container: the container
 * @unmap: the request
 *
 * Return: 0, also if nothing was mapped there; -EPERM unless the caller has enabled the
 * container; -EINVAL for a request that is malformed; -ENXIO if it leaves the window.
 */
int vfio_tce_unmap(struct vfio_tce_container *container,
		   const struct vfio_iommu_type1_dma_unmap *unmap)
{
	struct vfio_tce_end end = {
		.iova = unmap->iova,
		.size = unmap->size,
		.cause = VFIO_CAUSE_USER,
		.before = container->pinned,
	};
	int ret;

	if (vfio_watched())
		vfio_tce_unmap_trace_begin(container, &end);
	ret = vfio_tce_do_unmap(container, unmap, &end);
	if (vfio_watched())
		vfio_tce_unmap_trace(container, &end, ret);
	return ret;
}

/**
 * vfio_tce_unmap_all - end every entry of a container's table
 * @container: the container; it has a table
 * @cause: enum vfio_unmap_cause
 */
void vfio_tce_unmap_all(struct vfio_tce_container *container, enum vfio_unmap_cause cause)
{
	struct vfio_tce_range all = { .count = container->table->it_size };
	struct vfio_tce_end end = { .cause = cause, .before = container->pinned };

	if (bitmap_empty(container->mapped, all.count))
		return;
	if (vfio_watched())
		vfio_tce_unmap_trace_begin(container, &end);
	end.removed = vfio_tce_clear(container, &all);
	if (vfio_watched())
		vfio_tce_unmap_trace(container, &end, 0);
}
