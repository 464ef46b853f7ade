// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_MAP_DMA: reserve the IOVAs, charge, pin, map, publish.
 *
 * Each step is undone in reverse if a later one fails, so a failed request
 * leaves no pin, no charge and no entry in the IOMMU.
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "../limit.h"
#include "type1.h"
#include "vfio_events.h"

/* Notes the time, if somebody is watching. */
static void vfio_map_clock(u64 *time)
{
	if (vfio_watched())
		*time = ktime_get_ns();
}

/* Is the request well-formed? Names the stage if not. */
static int vfio_map_check(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map,
			  struct vfio_map_trace *trace)
{
	const u32 known = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	size_t mask = BIT(__ffs(vfio_domains_pgsizes(iommu))) - 1;

	trace->stage = VFIO_STAGE_ARGUMENT;
	if (!map->flags || map->flags & ~known)
		return -EINVAL;
	trace->stage = VFIO_STAGE_ALIGNMENT;
	if (!map->size || (map->iova | map->vaddr | map->size) & mask)
		return -EINVAL;
	trace->stage = VFIO_STAGE_OVERFLOW;
	if (map->iova + map->size - 1 < map->iova || map->vaddr + map->size - 1 < map->vaddr)
		return -EINVAL;
	return 0;
}

/* Charges, pins and maps a mapping that has its IOVAs. */
static int vfio_map_populate(struct vfio_iommu *iommu, struct vfio_dma *dma,
			     struct vfio_map_trace *trace)
{
	int ret;

	trace->stage = VFIO_STAGE_ACCOUNT;
	ret = vfio_account_charge(iommu, dma);
	if (ret)
		return ret;
	vfio_map_clock(&trace->charged);

	trace->stage = VFIO_STAGE_PIN;
	ret = vfio_pin(iommu, dma);
	if (ret)
		goto err_unpin;
	vfio_map_clock(&trace->pinned);

	trace->stage = VFIO_STAGE_IOMMU;
	ret = vfio_dma_map(iommu, dma);
	if (ret)
		goto err_unpin;
	return 0;

err_unpin:
	vfio_dma_depopulate(iommu, dma);
	return ret;
}

static enum vfio_backing vfio_map_backing(const struct vfio_runs *runs)
{
	if (!runs->npages)
		return VFIO_BACKING_NONE;
	if (runs->pinned == runs->npages)
		return VFIO_BACKING_RAM;
	return runs->pinned ? VFIO_BACKING_MIXED : VFIO_BACKING_PFNMAP;
}

/* From one time to another, 0 if one of them was not noted. */
static u64 vfio_map_phase(u64 from, u64 to)
{
	return from && to ? to - from : 0;
}

/* What only a mapping that was made @now has to tell. */
static void vfio_map_trace_made(struct vfio_iommu *iommu, const struct vfio_map_trace *trace,
				struct vfio_dma *dma, u64 now, struct vfio_dma_map_record *record)
{
	record->made = 1;
	record->pages = dma->runs.pinned;
	record->runs = dma->runs.count;
	record->backing = vfio_map_backing(&dma->runs);
	record->charged = dma->charged;
	record->ipc_lock = dma->charged && dma->ipc_lock;
	record->account_ns = vfio_map_phase(trace->start, trace->charged);
	record->pin_ns = vfio_map_phase(trace->charged, trace->pinned);
	record->iommu_ns = vfio_map_phase(trace->pinned, now);
	vfio_count_leaves(dma->size == PAGE_SIZE ? PAGE_SIZE : vfio_domains_pgsizes(iommu), dma,
			  record);
}

/* Begins to watch a request, out of the way of those that nobody watches. */
static noinline void vfio_map_trace_begin(struct vfio_iommu *iommu,
					  const struct vfio_iommu_type1_dma_map *map,
					  struct vfio_map_trace *trace)
{
	vfio_map_clock(&trace->start);
	trace_vfio_dma_map_begin(iommu->ledger->id, map->iova, map->size, map->flags,
				 task_tgid_nr(current));
	if (map->size > VFIO_BRIEF_BYTES)
		trace_vfio_dma_long_begin(iommu->ledger->id, map->iova, map->size, VFIO_REQUEST_MAP,
					  task_tgid_nr(current), trace->start);
}

/* Tells of a request that failed with @ret, or of @dma that it made. */
static noinline void vfio_map_trace_end(struct vfio_iommu *iommu,
					const struct vfio_iommu_type1_dma_map *map,
					const struct vfio_map_trace *trace, struct vfio_dma *dma,
					int ret)
{
	u64 now = ktime_get_ns();
	struct vfio_dma_map_record record = {
		.container = iommu->ledger->id,
		.iova = map->iova,
		.size = map->size,
		.vaddr = map->vaddr,
		.total_ns = vfio_map_phase(trace->start, now),
		.prot = map->flags,
		.mappings = atomic64_read(&iommu->ledger->mappings),
		.pinned = atomic64_read(&iommu->ledger->pinned),
		.locked = READ_ONCE(current->mm->locked_vm),
		.locked_limit = vfio_limit_pages(rlimit(RLIMIT_MEMLOCK)),
		.pid = task_tgid_nr(current),
		.stage = trace->stage,
		.ret = ret,
	};

	record.mappings_limit = record.mappings + READ_ONCE(iommu->available);
	if (trace->stage == VFIO_STAGE_OVERLAP || trace->stage == VFIO_STAGE_RESERVED ||
	    trace->stage == VFIO_STAGE_APERTURE) {
		record.conflict_iova = trace->conflict_iova;
		record.conflict_size = trace->conflict_size;
	}
	if (dma)
		vfio_map_trace_made(iommu, trace, dma, now, &record);
	trace_vfio_dma_map(&record);
}

static int vfio_map(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map,
		    struct vfio_map_trace *trace)
{
	struct vfio_dma *dma;
	LIST_HEAD(failed);
	int ret;

	ret = vfio_map_check(iommu, map, trace);
	if (ret)
		return ret;

	trace->stage = VFIO_STAGE_MEMORY;
	dma = vfio_dma_alloc(map);
	if (!dma)
		return -ENOMEM;

	/* Where a request has several faults, the order of checks is that of the kernel's own. */
	ret = vfio_mappings_reserve(iommu, dma, trace);
	if (ret)
		goto err_free;
	ret = vfio_iova_check(iommu, dma->iova, vfio_dma_last(dma), trace);
	if (ret)
		goto err_remove;
	/* Emulated devices pin what they need by themselves. */
	if (!list_empty(&iommu->domains)) {
		ret = vfio_map_populate(iommu, dma, trace);
		if (ret)
			goto err_remove;
	}

	/* Nobody else can unmap it yet, so its events come in order. */
	trace->stage = VFIO_STAGE_DONE;
	if (vfio_watched())
		vfio_map_trace_end(iommu, map, trace, dma, 0);
	vfio_mappings_publish(iommu, dma);
	return 0;

err_remove:
	list_add(&dma->list, &failed);
	vfio_mappings_remove(iommu, &failed);
err_free:
	vfio_dma_free(dma);
	return ret;
}

/**
 * vfio_dma_do_map - VFIO_IOMMU_MAP_DMA
 * @iommu: the container
 * @map: the request
 *
 * Return: 0; -EINVAL for a request that is malformed; -EEXIST if another mapping is in
 * the way; -ENOSPC past dma_entry_limit; -EINVAL outside of what the IOMMU can
 * translate; -ENOMEM past the locked-memory limit or without memory;
 * -EFAULT if the user memory is not there; -EINTR when killed.
 */
int vfio_dma_do_map(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map)
{
	struct vfio_map_trace trace = {};
	int ret;

	if (vfio_watched())
		vfio_map_trace_begin(iommu, map, &trace);
	ret = vfio_map(iommu, map, &trace);
	if (ret && vfio_watched())
		vfio_map_trace_end(iommu, map, &trace, NULL, ret);
	return ret;
}
