// SPDX-License-Identifier: GPL-2.0-only
/*
 * One mapping: its record, and the memory behind it.
 *
 * - A mapping holds a reference to the mm that its user addresses are in, from
 *   allocation until it is freed.
 * - Memory is charged before it is pinned, and refunded after it is unpinned.
 * - Memory is pinned before a domain maps it, and unpinned only when no domain
 *   maps it any more. Mapping and unmapping are the caller's.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "type1.h"

/**
 * vfio_dma_alloc - make the record of a new mapping of the calling process
 * @map: a well-formed request
 *
 * Return: the mapping, in no tree and without memory, or NULL.
 */
struct vfio_dma *vfio_dma_alloc(const struct vfio_iommu_type1_dma_map *map)
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
	dma->requested = true;
	vfio_runs_init(&dma->runs);
	dma->external = RB_ROOT;
	return dma;
}

/**
 * vfio_dma_free - free a mapping
 * @dma: the mapping; in no tree, without memory
 */
void vfio_dma_free(struct vfio_dma *dma)
{
	mmdrop(dma->mm);
	kfree(dma);
}

/**
 * vfio_dma_populate - charge and pin the memory of a mapping
 * @iommu: the container
 * @dma: the mapping; no domain has it yet
 *
 * For mappings that were made while only emulated groups were there.
 *
 * Return: as vfio_account_charge() and vfio_pin(); on failure nothing is pinned.
 */
int vfio_dma_populate(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	int ret = vfio_account_charge(iommu, dma);

	if (ret)
		return ret;
	ret = vfio_pin(iommu, dma);
	if (!ret && dma->pfnmap)
		ret = vfio_pfnmap_commit(dma);
	if (ret)
		vfio_dma_depopulate(iommu, dma);
	return ret;
}

/**
 * vfio_dma_depopulate - undo vfio_dma_populate()
 * @iommu: the container
 * @dma: the mapping; no domain has it any more
 */
void vfio_dma_depopulate(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	vfio_pfnmap_forget(dma);
	vfio_unpin(iommu, dma);
	vfio_account_refund(iommu, dma);
}
