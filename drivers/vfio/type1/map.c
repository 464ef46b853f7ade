// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_MAP_DMA: reserve the IOVAs, charge, pin, map, publish.
 *
 * Each step is undone in reverse if a later one fails, so a failed request
 * leaves no pin, no charge and no entry in the IOMMU.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>

#include "../limit.h"
#include "type1.h"
#include "vfio_events.h"

/*
 * Parts of a brief request are timed in cycles: reading the clock takes ten times as long.
 * Longer requests move to other CPUs, whose cycles may differ. Not every CPU counts them.
 */
static u64 vfio_map_ticks(const struct vfio_iommu_type1_dma_map *map)
{
	u64 cycles = map->size > VFIO_BRIEF_BYTES ? 0 : get_cycles();

	return cycles ? cycles : ktime_get_ns();
}

/* Notes how far the ticks are, if somebody is watching. */
static void vfio_map_tick(const struct vfio_iommu_type1_dma_map *map, u64 *ticks)
{
	if (vfio_watched())
		*ticks = vfio_map_ticks(map);
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
static int vfio_map_populate(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *map,
			     struct vfio_dma *dma, struct vfio_map_trace *trace)
{
	int ret;

	trace->stage = VFIO_STAGE_ACCOUNT;
	ret = vfio_account_charge(iommu, dma);
	if (ret)
		return ret;
	vfio_map_tick(map, &trace->charged);

	trace->stage = VFIO_STAGE_PIN;
	ret = vfio_pin(iommu, dma);
	if (ret)
		goto err_unpin;
	vfio_map_tick(map, &trace->pinned);

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

/*
 * Divides the time of a request that ended at tick @ended among its parts. These are not known
 * if it began unseen, has no domain, or moved between CPUs that count differently.
 */
static void vfio_map_trace_phases(const struct vfio_map_trace *trace, u64 ended,
				  struct vfio_dma_map_record *record)
{
	u64 all = ended - trace->began, accounting = trace->charged - trace->began;
	u64 accounted_and_pinned = trace->pinned - trace->began, until_pinned;

	if (!trace->began || !trace->pinned || !all || accounting > accounted_and_pinned ||
	    accounted_and_pinned > all) {
		record->account_ns = 0;
		record->pin_ns = 0;
		record->iommu_ns = 0;
		return;
	}
	until_pinned = mul_u64_u64_div_u64(record->total_ns, accounted_and_pinned, all);
	record->account_ns = mul_u64_u64_div_u64(record->total_ns, accounting, all);
	record->pin_ns = until_pinned - record->account_ns;
	record->iommu_ns = record->total_ns - until_pinned;
}

/* What only a mapping that was made has to tell. */
static void vfio_map_trace_made(struct vfio_iommu *iommu, struct vfio_dma *dma,
				struct vfio_dma_map_record *record)
{
	record->made = 1;
	record->pages = dma->runs.pinned;
	record->runs = dma->runs.count;
	record->backing = vfio_map_backing(&dma->runs);
	record->charged = dma->charged;
	record->ipc_lock = dma->charged && dma->ipc_lock;
	vfio_count_leaves(iommu, dma, record);
}

/* Of a request that failed, that is nothing. */
static void vfio_map_trace_failed(struct vfio_dma_map_record *record)
{
	record->made = 0;
	record->pgsizes = 0;
	record->pages = 0;
	record->runs = 0;
	record->backing = VFIO_BACKING_NONE;
	record->charged = 0;
	record->ipc_lock = 0;
	record->account_ns = 0;
	record->pin_ns = 0;
	record->iommu_ns = 0;
	memset(record->leaf_bytes, 0, sizeof(record->leaf_bytes));
	record->leaf_mask = 0;
}

/* What was in the way. */
static void vfio_map_trace_conflict(const struct vfio_map_trace *trace,
				    struct vfio_dma_map_record *record)
{
	bool known = trace->stage == VFIO_STAGE_OVERLAP || trace->stage == VFIO_STAGE_RESERVED ||
		     trace->stage == VFIO_STAGE_APERTURE;

	record->conflict_iova = known ? trace->conflict_iova : 0;
	record->conflict_size = known ? trace->conflict_size : 0;
}

/* Begins to watch a request, out of the way of those that nobody watches. */
static noinline void vfio_map_trace_begin(struct vfio_iommu *iommu,
					  const struct vfio_iommu_type1_dma_map *map,
					  const struct vfio_map_trace *trace)
{
	trace_vfio_dma_map_begin(iommu->ledger->id, map->iova, map->size, map->flags,
				 task_tgid_nr(current));
	if (map->size > VFIO_BRIEF_BYTES)
		trace_vfio_dma_long_begin(iommu->ledger->id, map->iova, map->size, VFIO_REQUEST_MAP,
					  task_tgid_nr(current), trace->watch.ns);
}

/* Tells of a request that failed with @ret, or of @dma that it made. */
static noinline void vfio_map_trace_end(struct vfio_iommu *iommu,
					const struct vfio_iommu_type1_dma_map *map,
					const struct vfio_map_trace *trace, struct vfio_dma *dma,
					int ret)
{
	/* To clear it would cost as much as to fill it: every field is set. */
	struct vfio_dma_map_record record __uninitialized;
	u64 ended = vfio_map_ticks(map);

	record.container = iommu->ledger->id;
	record.iova = map->iova;
	record.size = map->size;
	record.vaddr = map->vaddr;
	record.total_ns = vfio_stopwatch_read(&trace->watch, ended);
	record.mappings = atomic64_read(&iommu->ledger->mappings);
	record.mappings_limit = record.mappings + READ_ONCE(iommu->available);
	record.pinned = atomic64_read(&iommu->ledger->pinned);
	record.end_ns = ktime_get_ns();
	record.pid = task_tgid_nr(current);
	record.tid = task_pid_nr(current);
	record.pad = 0;
	record.ret = ret;
	record.prot = map->flags;
	record.stage = trace->stage;
	record.locked = READ_ONCE(current->mm->locked_vm);
	record.locked_limit = vfio_limit_pages(rlimit(RLIMIT_MEMLOCK));
	vfio_map_trace_conflict(trace, &record);
	if (dma) {
		vfio_map_trace_phases(trace, ended, &record);
		vfio_map_trace_made(iommu, dma, &record);
	} else {
		vfio_map_trace_failed(&record);
	}
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
		ret = vfio_map_populate(iommu, map, dma, trace);
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

	if (vfio_watched()) {
		vfio_stopwatch_start(&trace.watch, map->size <= VFIO_BRIEF_BYTES);
		trace.began = trace.watch.cycles ?: vfio_map_ticks(map);
		if (map->size > VFIO_BRIEF_BYTES || trace_vfio_dma_map_begin_enabled())
			vfio_map_trace_begin(iommu, map, &trace);
	}
	ret = vfio_map(iommu, map, &trace);
	if (ret && vfio_watched())
		vfio_map_trace_end(iommu, map, &trace, NULL, ret);
	return ret;
}
