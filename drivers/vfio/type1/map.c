// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_MAP_DMA: reserve the IOVAs, charge, pin, map, publish.
 *
 * Each step is undone in reverse if a later one fails, so a failed request
 * leaves no pin, no charge and no entry in the IOMMU.
 */
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "type1.h"
#include "vfio_events.h"

/* Reads the clock only if somebody is watching. */
static u64 vfio_map_clock(void)
{
	return trace_vfio_dma_map_enabled() ? ktime_get_ns() : 0;
}

static struct vfio_dma *vfio_dma_alloc(struct vfio_iommu_type1_dma_map *map)
{
	struct vfio_dma *dma = kzalloc(sizeof(*dma), GFP_KERNEL_ACCOUNT);

	if (!dma)
		return NULL;
	dma->iova = map->iova;
	dma->size = map->size;
	dma->vaddr = map->vaddr;
	if (map->flags & VFIO_DMA_MAP_FLAG_READ)
		dma->prot |= IOMMU_READ;
	if (map->flags & VFIO_DMA_MAP_FLAG_WRITE)
		dma->prot |= IOMMU_WRITE;
	dma->mm = current->mm;
	mmgrab(dma->mm);
	dma->pid = task_tgid_nr(current);
	vfio_runs_init(&dma->runs);
	dma->external = RB_ROOT;
	return dma;
}

/* Frees a mapping that is in no tree and holds no pages. */
void vfio_dma_free(struct vfio_dma *dma)
{
	mmdrop(dma->mm);
	kfree(dma);
}

/* Is the request well-formed? Names the stage if not. */
static int vfio_map_check(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map,
			  struct vfio_dma_map_record *record)
{
	const u32 known = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	size_t mask = BIT(__ffs(vfio_domains_pgsizes(iommu))) - 1;

	record->stage = VFIO_STAGE_ARGUMENT;
	if (!map->flags || map->flags & ~known)
		return -EINVAL;
	record->stage = VFIO_STAGE_ALIGNMENT;
	if (!map->size || (map->iova | map->vaddr | map->size) & mask)
		return -EINVAL;
	record->stage = VFIO_STAGE_OVERFLOW;
	if (map->iova + map->size - 1 < map->iova || map->vaddr + map->size - 1 < map->vaddr)
		return -EINVAL;
	return vfio_iova_check(iommu, map->iova, map->iova + map->size - 1, record);
}

/**
 * vfio_dma_populate - charge and pin the memory of a mapping
 * @iommu: the container
 * @dma: the mapping; no domain has it yet
 *
 * For mappings that were made while only emulated groups were there. Returns
 * what vfio_account_charge() and vfio_pin() do, and then nothing is pinned.
 */
int vfio_dma_populate(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	int ret = vfio_account_charge(iommu, dma);

	if (!ret) {
		ret = vfio_pin(iommu, dma);
		if (!ret && dma->pfnmap)
			ret = vfio_pfnmap_commit(dma);
		if (ret)
			vfio_dma_depopulate(iommu, dma);
	}
	return ret;
}

/* Undoes vfio_dma_populate(), when no domain has the mapping any more. */
void vfio_dma_depopulate(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	vfio_pfnmap_forget(dma);
	vfio_unpin(iommu, dma);
	vfio_account_refund(iommu, dma);
}

/* Charges, pins and maps a mapping that has its IOVAs. */
static int vfio_map_populate(struct vfio_iommu *iommu, struct vfio_dma *dma,
			     struct vfio_dma_map_record *record)
{
	u64 start = vfio_map_clock(), charged, pinned;
	LIST_HEAD(failed);
	int ret;

	if (list_empty(&iommu->domains)) {
		/* Only emulated devices: they pin what they need. */
		record->stage = VFIO_STAGE_DONE;
		return 0;
	}

	record->stage = VFIO_STAGE_ACCOUNT;
	ret = vfio_account_charge(iommu, dma);
	if (ret)
		return ret;
	charged = vfio_map_clock();

	record->stage = VFIO_STAGE_PIN;
	ret = vfio_pin(iommu, dma);
	if (ret)
		goto err_unpin;
	pinned = vfio_map_clock();

	record->stage = VFIO_STAGE_IOMMU;
	ret = vfio_domains_map(iommu, dma);
	if (ret)
		goto err_unpin;
	if (dma->pfnmap) {
		ret = vfio_pfnmap_commit(dma);
		if (ret)
			goto err_unmap;
	}

	record->stage = VFIO_STAGE_DONE;
	if (start) {
		record->account_ns = charged - start;
		record->pin_ns = pinned - charged;
		record->iommu_ns = vfio_map_clock() - pinned;
	}
	return 0;

err_unmap:
	list_add(&dma->list, &failed);
	vfio_domains_unmap(iommu, &failed);
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

static int vfio_map(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map,
		    struct vfio_dma_map_record *record)
{
	struct vfio_dma *dma;
	LIST_HEAD(failed);
	int ret;

	ret = vfio_map_check(iommu, map, record);
	if (ret)
		return ret;

	record->stage = VFIO_STAGE_MEMORY;
	dma = vfio_dma_alloc(map);
	if (!dma)
		return -ENOMEM;

	ret = vfio_mappings_reserve(iommu, dma, record);
	if (ret)
		goto err_free;
	ret = vfio_map_populate(iommu, dma, record);
	if (ret)
		goto err_remove;

	if (trace_vfio_dma_map_enabled()) {
		record->pages = dma->runs.pinned;
		record->runs = dma->runs.count;
		record->backing = vfio_map_backing(&dma->runs);
		vfio_count_leaves(vfio_domains_pgsizes(iommu), dma, record);
	}
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
 * Returns 0; -EINVAL for a request that is malformed or outside of what the
 * IOMMU can translate; -EEXIST if another mapping is in the way; -ENOSPC past
 * dma_entry_limit; -ENOMEM past the locked-memory limit or without memory;
 * -EFAULT if the user memory is not there; -EINTR when killed.
 */
int vfio_dma_do_map(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map)
{
	struct vfio_dma_map_record record = {};
	u64 start = vfio_map_clock();
	int ret;

	trace_vfio_dma_map_begin(iommu->ledger->id, map->iova, map->size, map->flags,
				 task_tgid_nr(current));
	ret = vfio_map(iommu, map, &record);
	if (trace_vfio_dma_map_enabled()) {
		record.container = iommu->ledger->id;
		record.iova = map->iova;
		record.size = map->size;
		record.vaddr = map->vaddr;
		record.prot = map->flags;
		record.total_ns = start ? ktime_get_ns() - start : 0;
		record.mappings = atomic64_read(&iommu->ledger->mappings);
		record.mappings_limit = record.mappings + READ_ONCE(iommu->available);
		record.pinned = atomic64_read(&iommu->ledger->pinned);
		record.pid = task_tgid_nr(current);
		record.ret = ret;
		trace_vfio_dma_map(&record);
	}
	return ret;
}
