// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's own count of pages unpinned as a witness of what mappings give back.
 *
 * Each CPU counts for itself, and adds its count to that of the node now and then. A task that
 * stays on its CPU finds all that it has unpinned in the sum of both: others only make the sum
 * larger. So pages that are missing in it did not come back, whoever else pins memory. Where
 * the kernel itself may be interrupted by other tasks, one of these may have been stopped between
 * its own count and the node's: a task must not even have left its CPU.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/vmstat.h>

#include "type1.h"
#include "vfio_events.h"

/* What a CPU counts before it adds that to its node's count: less than so many pages. */
#define VFIO_PIN_PENDING_MAX 127

/* What this CPU has counted of a node, and what others have added to the node's count. */
static __always_inline unsigned long vfio_pin_released_of(const struct pglist_data *data)
{
	return atomic_long_read(&data->vm_stat[NR_FOLL_PIN_RELEASED]) +
	       raw_cpu_read(data->per_cpu_nodestats->vm_node_stat_diff[NR_FOLL_PIN_RELEASED]);
}

/* Likewise of all nodes. */
static __always_inline unsigned long vfio_pin_released(unsigned int *nodes)
{
	unsigned long released = 0;
	unsigned int node;

	*nodes = 1;
	if (nr_node_ids == 1)
		return vfio_pin_released_of(NODE_DATA(0));
	*nodes = 0;
	/* Few nodes: to search the map of all that there might be costs more than to ask each. */
	for (node = 0; node < nr_node_ids; node++) {
		if (!node_online(node))
			continue;
		released += vfio_pin_released_of(NODE_DATA(node));
		++*nodes;
	}
	return released;
}

/* How often the task has left its CPU since, as far as that matters. */
static unsigned long vfio_pin_moves(const struct vfio_pin_mark *mark)
{
	if (preempt_model_none() || preempt_model_voluntary())
		return current->se.nr_migrations - mark->migrations;
	return current->nvcsw + current->nivcsw - mark->switches;
}

static __always_inline void vfio_pin_note(struct vfio_pin_mark *mark)
{
	mark->migrations = current->se.nr_migrations;
	mark->switches = current->nvcsw + current->nivcsw;
	mark->released = vfio_pin_released(&mark->nodes);
}

static unsigned long vfio_pin_lacking(const struct vfio_pin_mark *mark, unsigned long seen,
				      unsigned int nodes, unsigned long expected)
{
	/* On another CPU, it may seem less than nothing. */
	if ((long)seen >= (long)expected || nodes != mark->nodes)
		return 0;
	seen += vfio_pin_moves(mark) * nodes * VFIO_PIN_PENDING_MAX;
	return expected > seen ? expected - seen : 0;
}

/**
 * vfio_pin_mark - the count before pages are unpinned
 * @mark: gets it
 */
void vfio_pin_mark(struct vfio_pin_mark *mark)
{
	vfio_pin_note(mark);
}

/**
 * vfio_pin_missing - how many pages were certainly not unpinned
 * @mark: the count before; all 0 if it was not taken, and then nothing is known
 * @expected: pages that should have been unpinned since
 *
 * With each move, a count that was not yet added to its node's may be out of sight.
 *
 * Return: pages.
 */
unsigned long vfio_pin_missing(const struct vfio_pin_mark *mark, unsigned long expected)
{
	unsigned int nodes;
	unsigned long seen = vfio_pin_released(&nodes) - mark->released;

	return vfio_pin_lacking(mark, seen, nodes, expected);
}

/* Zero pages among those of several runs. */
static noinline unsigned long vfio_pin_zero_pages(const struct vfio_runs *runs)
{
	struct vfio_runs_iter iter = { .runs = runs };
	const struct vfio_run *run;
	unsigned long npages = 0;

	while ((run = vfio_runs_next(&iter)))
		npages += !vfio_run_is_device(run) && is_zero_pfn(vfio_run_pfn(run));
	return npages;
}

/* Pages that the host counts as pinned: the kernel pins no zero page. */
static __always_inline unsigned long vfio_pin_counted(const struct vfio_runs *runs)
{
	if (unlikely(runs->count > 1))
		return runs->pinned - vfio_pin_zero_pages(runs);
	/* The only run may be of a device. */
	return runs->pinned - (runs->pinned && is_zero_pfn(vfio_run_pfn(&runs->first)));
}

/*
 * Others have unpinned pages, or it has. What a task on another CPU sees says nothing of more, and
 * where nothing was expected something may still be held.
 */
static noinline void vfio_unpin_differs(const struct vfio_iommu *iommu, const struct vfio_dma *dma,
					const struct vfio_pin_mark *mark, unsigned long seen,
					unsigned int nodes, unsigned long expected,
					unsigned long npages)
{
	unsigned long missing = vfio_pin_lacking(mark, seen, nodes, expected);

	if (missing)
		trace_vfio_dma_lost(iommu->ledger->id, dma->iova, dma->size, 0, missing);
	else if (expected && seen > npages && nodes == mark->nodes && !vfio_pin_moves(mark))
		trace_vfio_dma_excess(iommu->ledger->id, dma->iova, dma->size, seen - npages);
}

/**
 * vfio_unpin_watched - vfio_unpin() while somebody wants to know whether all pages come back
 * @iommu: the container
 * @dma: the mapping; no device can reach it any more
 *
 * Return: as vfio_unpin().
 */
unsigned long vfio_unpin_watched(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	unsigned long counted = RB_EMPTY_ROOT(&dma->pins) ? vfio_pin_counted(&dma->runs) : 0;
	unsigned long npages, seen;
	struct vfio_pin_mark mark __uninitialized;
	unsigned int nodes;

	vfio_pin_note(&mark);
	npages = vfio_unpin(iommu, dma);
	seen = vfio_pin_released(&nodes) - mark.released;
	if (unlikely(seen != counted))
		vfio_unpin_differs(iommu, dma, &mark, seen, nodes, counted, npages);
	return npages;
}
