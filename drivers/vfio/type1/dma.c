// SPDX-License-Identifier: GPL-2.0-only
/*
 * One mapping: its record, the memory behind it, and its place in the domains.
 *
 * - A mapping holds a reference to the mm that its user addresses are in, from
 *   allocation until it is freed.
 * - Memory is charged before it is pinned, and refunded after it is unpinned.
 * - Memory is pinned before a domain maps it, and unpinned only when no domain
 *   maps it any more. Memory that an IOMMU fails to unmap is never unpinned.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "type1.h"
#include "vfio_events.h"

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
	dma->task = get_task_struct(current->group_leader);
	dma->ipc_lock = capable(CAP_IPC_LOCK);
	dma->requested = true;
	vfio_runs_init(&dma->runs);
	dma->pins = RB_ROOT;
	INIT_LIST_HEAD(&dma->idle_pins);
	return dma;
}

/**
 * vfio_dma_free - free a mapping
 * @dma: the mapping; in no tree, without memory
 */
void vfio_dma_free(struct vfio_dma *dma)
{
	put_task_struct(dma->task);
	mmdrop(dma->mm);
	kfree(dma);
}

/**
 * vfio_dma_populate - charge and pin the memory of a mapping
 * @iommu: the container
 * @dma: the mapping; no domain has it yet
 *
 * For mappings that were made while only emulated groups were there. What drivers
 * hold of it by then becomes part of it.
 *
 * Return: as vfio_account_charge() and vfio_pin(); on failure nothing is pinned.
 */
int vfio_dma_populate(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	int ret = vfio_account_charge(iommu, dma);

	if (ret)
		return ret;
	ret = vfio_pin(iommu, dma);
	if (ret)
		vfio_dma_depopulate(iommu, dma);
	return ret;
}

/*
 * A domain still maps memory of the mapping: it stays pinned and charged for ever, what
 * drivers hold of it as well.
 */
static void vfio_dma_lose(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	pr_err_ratelimited(
		"vfio: container %llu: the IOMMU kept %zu bytes at IOVA %pad; %lu pages stay pinned\n",
		iommu->ledger->id, dma->kept, &dma->iova, dma->runs.pinned);
	trace_vfio_dma_lost(iommu->ledger->id, dma->iova, dma->size, dma->kept, dma->runs.pinned);
	vfio_runs_destroy(&dma->runs);
	dma->lost = true;
	dma->kept = 0;
}

/**
 * vfio_dma_depopulate - unpin and refund the memory of a mapping
 * @iommu: the container
 * @dma: the mapping; no domain has it any more, but for what it notes as kept
 *
 * Memory of which a domain kept some stays pinned and charged: better lost than reused.
 * So does what drivers hold, until they give it back.
 *
 * Return: pages unpinned.
 */
unsigned long vfio_dma_depopulate(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long npages;

	if (!hlist_empty(&dma->pfnmaps))
		vfio_pfnmaps_forget(dma);
	if (dma->kept) {
		vfio_dma_lose(iommu, dma);
		return 0;
	}
	if (trace_vfio_dma_lost_enabled())
		npages = vfio_unpin_watched(iommu, dma);
	else
		npages = vfio_unpin(iommu, dma);
	vfio_account_refund(iommu, dma);
	return npages;
}

/**
 * vfio_dma_map - map the memory of a mapping in every domain
 * @iommu: the container
 * @dma: the mapping; its memory is pinned, and no domain has it
 *
 * Device memory comes last, so that nothing can fail after it.
 *
 * Return: as vfio_domains_map() and vfio_pfnmaps_map().
 */
int vfio_dma_map(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	LIST_HEAD(failed);
	int ret;

	ret = vfio_domains_map(iommu, dma);
	if (ret || hlist_empty(&dma->pfnmaps))
		return ret;
	ret = vfio_pfnmaps_map(dma);
	if (ret) {
		list_add(&dma->list, &failed);
		vfio_domains_unmap(iommu, &failed);
	}
	return ret;
}

/**
 * vfio_dmas_unmap - take mappings out of every domain
 * @iommu: the container
 * @dmas: struct vfio_dma, by their list
 *
 * Each mapping notes what was kept of its pinned memory.
 *
 * Return: bytes that no domain maps any more.
 */
size_t vfio_dmas_unmap(struct vfio_iommu *iommu, struct list_head *dmas)
{
	struct vfio_dma *dma;
	size_t done = 0;

	list_for_each_entry(dma, dmas, list) {
		done += dma->size;
		if (!hlist_empty(&dma->pfnmaps))
			done -= vfio_pfnmaps_unmap(dma);
	}
	vfio_domains_unmap(iommu, dmas);
	list_for_each_entry(dma, dmas, list)
		done -= dma->kept;
	return done;
}
