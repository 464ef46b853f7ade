// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs: where a mapping's memory is, physically.
 *
 * - Runs follow each other in the order of IOVAs, without a gap: the offset of a run
 *   in its mapping is the sum of those before it.
 * - Runs are only ever added behind the last; they go all at once.
 *
 * A mapping remembers its runs, so that unmapping need not ask the IOMMU for
 * the address of every page. The cost is 16 bytes a run, at worst one run per
 * page, 0.4 % of the memory mapped, and is charged to the user's cgroup.
 */
#include <linux/slab.h>

#include "type1.h"

#define VFIO_RUNS_PER_CHUNK ((PAGE_SIZE - sizeof(struct list_head)) / sizeof(struct vfio_run))

/**
 * struct vfio_run_chunk - one page full of runs
 * @list: in vfio_runs.chunks
 * @run: the runs, filled from the front
 */
struct vfio_run_chunk {
	struct list_head list;
	struct vfio_run run[VFIO_RUNS_PER_CHUNK];
};

static_assert(sizeof(struct vfio_run_chunk) <= PAGE_SIZE);

/**
 * vfio_runs_init - begin with no runs
 * @runs: the runs
 */
void vfio_runs_init(struct vfio_runs *runs)
{
	runs->count = 0;
	runs->npages = 0;
	runs->pinned = 0;
	runs->last = NULL;
	INIT_LIST_HEAD(&runs->chunks);
}

/**
 * vfio_runs_destroy - forget all runs
 * @runs: the runs; empty and usable again afterwards
 */
void vfio_runs_destroy(struct vfio_runs *runs)
{
	struct vfio_run_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &runs->chunks, list)
		kfree(chunk);
	vfio_runs_init(runs);
}

static bool vfio_run_ends_chunk(const struct vfio_run_chunk *chunk, const struct vfio_run *run)
{
	return run == &chunk->run[VFIO_RUNS_PER_CHUNK - 1];
}

/* Returns the place for one more run, NULL without memory. */
static struct vfio_run *vfio_runs_grow(struct vfio_runs *runs)
{
	struct vfio_run_chunk *chunk;

	if (!runs->count)
		return &runs->first;
	if (runs->count > 1) {
		chunk = list_last_entry(&runs->chunks, struct vfio_run_chunk, list);
		if (!vfio_run_ends_chunk(chunk, runs->last))
			return runs->last + 1;
	}

	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return NULL;
	list_add_tail(&chunk->list, &runs->chunks);
	return &chunk->run[0];
}

/**
 * vfio_runs_add - add a run behind those that are there
 * @runs: the runs
 * @pfn: the first page
 * @npages: contiguous pages, at least 1
 * @device: device memory
 *
 * Return: 0 or -ENOMEM.
 */
int vfio_runs_add(struct vfio_runs *runs, unsigned long pfn, unsigned long npages, bool device)
{
	struct vfio_run *run = vfio_runs_grow(runs);

	if (!run)
		return -ENOMEM;
	run->pfn = pfn;
	run->npages = npages;
	run->device = device;
	runs->last = run;
	runs->count++;
	runs->npages += npages;
	if (!device)
		runs->pinned += npages;
	return 0;
}

/**
 * vfio_runs_append - add pages behind those that are there
 * @runs: the runs
 * @pfn: the first page
 * @npages: contiguous pages, at least 1
 * @device: device memory
 *
 * Pages that continue the last run extend it.
 *
 * Return: 0 or -ENOMEM.
 */
int vfio_runs_append(struct vfio_runs *runs, unsigned long pfn, unsigned long npages, bool device)
{
	struct vfio_run *run = runs->last;

	if (!run || run->pfn + run->npages != pfn || run->device != device)
		return vfio_runs_add(runs, pfn, npages, device);
	run->npages += npages;
	runs->npages += npages;
	if (!device)
		runs->pinned += npages;
	return 0;
}

/**
 * vfio_runs_end - a walk that begins behind the last run
 * @runs: the runs
 *
 * Return: the walk; vfio_runs_next() returns the run that is added next.
 */
struct vfio_runs_iter vfio_runs_end(const struct vfio_runs *runs)
{
	struct vfio_runs_iter iter = { .runs = runs, .count = runs->count, .run = runs->last };

	if (runs->count > 1)
		iter.chunk = list_last_entry(&runs->chunks, struct vfio_run_chunk, list);
	return iter;
}

/**
 * vfio_runs_next - the next run of a walk
 * @iter: the walk; start with { .runs = ... }
 *
 * Return: the run, NULL behind the last.
 */
const struct vfio_run *vfio_runs_next(struct vfio_runs_iter *iter)
{
	const struct vfio_runs *runs = iter->runs;

	if (iter->count == runs->count)
		return NULL;
	if (!iter->count++) {
		iter->run = &runs->first;
	} else if (iter->chunk && !vfio_run_ends_chunk(iter->chunk, iter->run)) {
		iter->run++;
	} else {
		iter->chunk =
			iter->chunk ? list_next_entry(iter->chunk, list)
				    : list_first_entry(&runs->chunks, struct vfio_run_chunk, list);
		iter->run = &iter->chunk->run[0];
	}
	return iter->run;
}
