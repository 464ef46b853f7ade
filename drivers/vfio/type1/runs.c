// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs: where a mapping's memory is, physically.
 *
 * - Runs follow each other in the order of IOVAs, without a gap: the offset of a run
 *   in its mapping is the sum of those before it.
 * - Runs are only ever added behind the last; they go all at once.
 *
 * A mapping remembers its runs, so that unmapping need not ask the IOMMU for
 * the address of every page. The cost is 8 bytes a run, at worst one run per
 * page, 0.2 % of the memory mapped, and is charged to the user's cgroup.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "type1.h"

#define VFIO_RUNS_PER_CHUNK \
	((PAGE_SIZE - sizeof(struct list_head) - sizeof(long)) / sizeof(struct vfio_run))

/* A run of so many pages, 16 GiB of 4 KiB, gets no more: it can count twice as many. */
#define VFIO_RUN_PAGES BIT(22)
static_assert(2 * VFIO_RUN_PAGES - 1 <= VFIO_RUN_NPAGES);

/**
 * struct vfio_run_chunk - one page full of runs
 * @list: in vfio_runs.chunks
 * @before: pages of the mapping before those of this chunk
 * @run: the runs, filled from the front
 */
struct vfio_run_chunk {
	struct list_head list;
	unsigned long before;
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
	runs->end = NULL;
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
		free_page((unsigned long)chunk);
	vfio_runs_init(runs);
}

static const struct vfio_run *vfio_run_chunk_end(const struct vfio_run_chunk *chunk)
{
	return &chunk->run[VFIO_RUNS_PER_CHUNK - 1];
}

/* Returns the first of more runs, which @before pages precede; NULL without memory. */
static noinline struct vfio_run *vfio_runs_make_room(struct vfio_runs *runs, unsigned long before)
{
	struct vfio_run_chunk *chunk;

	if (!runs->last) {
		runs->end = &runs->first;
		return &runs->first;
	}
	chunk = (struct vfio_run_chunk *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return NULL;
	chunk->before = before;
	list_add_tail(&chunk->list, &runs->chunks);
	runs->end = &chunk->run[VFIO_RUNS_PER_CHUNK - 1];
	return &chunk->run[0];
}

static u64 vfio_run_bits(unsigned long pfn, u32 npages, bool device)
{
	return (u64)pfn << VFIO_RUN_PFN_SHIFT | (device ? VFIO_RUN_DEVICE : 0) | npages;
}

/* Adds a run, which @before pages precede. Returns NULL without memory. */
static struct vfio_run *vfio_runs_grow(struct vfio_runs *runs, unsigned long before,
				       unsigned long pfn, u32 npages, bool device)
{
	struct vfio_run *run = runs->last;

	if (run != runs->end) {
		run++;
	} else {
		run = vfio_runs_make_room(runs, before);
		if (!run)
			return NULL;
	}
	run->bits = vfio_run_bits(pfn, npages, device);
	runs->last = run;
	runs->count++;
	return run;
}

/* Do these pages continue a run that has not become too long to count more? */
static bool vfio_run_continues(const struct vfio_run *run, unsigned long pfn, bool device)
{
	return run && vfio_run_pfn(run) + vfio_run_npages(run) == pfn &&
	       vfio_run_is_device(run) == device && vfio_run_npages(run) < VFIO_RUN_PAGES;
}

/**
 * vfio_runs_add - add a run behind those that are there
 * @runs: the runs
 * @pfn: the first page
 * @npages: contiguous pages, at least 1 and at most VFIO_RUN_PAGES
 * @device: device memory
 *
 * Return: 0 or -ENOMEM.
 */
int vfio_runs_add(struct vfio_runs *runs, unsigned long pfn, u32 npages, bool device)
{
	if (!vfio_runs_grow(runs, runs->npages, pfn, npages, device))
		return -ENOMEM;
	runs->npages += npages;
	if (!device)
		runs->pinned += npages;
	return 0;
}

/**
 * vfio_runs_append - add pages behind those that are there
 * @runs: the runs
 * @pfn: the first page
 * @npages: contiguous pages, at least 1 and at most VFIO_RUN_PAGES
 * @device: device memory
 *
 * Pages that continue the last run extend it.
 *
 * Return: 0 or -ENOMEM.
 */
int vfio_runs_append(struct vfio_runs *runs, unsigned long pfn, u32 npages, bool device)
{
	struct vfio_run *run = runs->last;

	if (!vfio_run_continues(run, pfn, device))
		return vfio_runs_add(runs, pfn, npages, device);
	run->bits += npages;
	runs->npages += npages;
	if (!device)
		runs->pinned += npages;
	return 0;
}

/* Adds pages that continue the last run, behind pages[-1]. Returns how many. */
static unsigned long vfio_runs_extend(struct vfio_runs *runs, struct page **pages,
				      unsigned long npages)
{
	unsigned long pfn = page_to_pfn(pages[-1]), i = 0;

	while (i < npages && page_to_pfn(pages[i]) == pfn + i + 1)
		i++;
	runs->last->bits += i;
	runs->npages += i;
	runs->pinned += i;
	return i;
}

/* Adds pages behind pages[-1]. There is room for as many runs. */
static void vfio_runs_fill(struct vfio_runs *runs, struct page **pages, unsigned long npages)
{
	unsigned long pfn = page_to_pfn(pages[-1]), expected, i;
	struct vfio_run *run = runs->last;

#pragma GCC unroll 4
	for (i = 0; i < npages; i++) {
		expected = pfn + 1;
		pfn = page_to_pfn(pages[i]);
		if (pfn == expected)
			run->bits++;
		else
			(++run)->bits = vfio_run_bits(pfn, 1, false);
	}
	runs->count += run - runs->last;
	runs->last = run;
	runs->npages += npages;
	runs->pinned += npages;
}

/**
 * vfio_runs_append_pages - add pinned pages behind those that are there
 * @runs: the runs
 * @pages: the pages
 * @npages: how many, at least 1 and at most VFIO_RUN_PAGES
 *
 * Return: how many were added; fewer than @npages without memory.
 */
unsigned long vfio_runs_append_pages(struct vfio_runs *runs, struct page **pages,
				     unsigned long npages)
{
	unsigned long done = 0, n;

	/* Only the first page may find a run too long: see VFIO_RUN_PAGES. */
	while (done < npages) {
		if (vfio_runs_append(runs, page_to_pfn(pages[done]), 1, false))
			break;
		done++;
		done += vfio_runs_extend(runs, pages + done, npages - done);
		n = min_t(unsigned long, npages - done, runs->end - runs->last);
		vfio_runs_fill(runs, pages + done, n);
		done += n;
	}
	return done;
}

/**
 * vfio_runs_end - a walk that begins behind the last run
 * @runs: the runs
 *
 * Return: the walk; vfio_runs_next() returns the run that is added next.
 */
struct vfio_runs_iter vfio_runs_end(const struct vfio_runs *runs)
{
	struct vfio_runs_iter iter = { .runs = runs, .run = runs->last, .end = runs->last };

	if (runs->count > 1)
		iter.chunk = list_last_entry(&runs->chunks, struct vfio_run_chunk, list);
	return iter;
}

/**
 * vfio_runs_next_chunk - vfio_runs_next() where no run is known to follow
 * @iter: the walk
 *
 * Return: the run, NULL behind the last.
 */
const struct vfio_run *vfio_runs_next_chunk(struct vfio_runs_iter *iter)
{
	const struct vfio_runs *runs = iter->runs;

	if (iter->run == runs->last)
		return NULL;
	if (!iter->run) {
		iter->run = &runs->first;
		iter->end = iter->run;
		return iter->run;
	}
	if (iter->chunk && iter->run != vfio_run_chunk_end(iter->chunk)) {
		/* Runs were added since. */
		iter->run++;
	} else {
		iter->chunk =
			iter->chunk ? list_next_entry(iter->chunk, list)
				    : list_first_entry(&runs->chunks, struct vfio_run_chunk, list);
		iter->run = &iter->chunk->run[0];
	}
	iter->end = list_is_last(&iter->chunk->list, &runs->chunks)
			    ? runs->last
			    : vfio_run_chunk_end(iter->chunk);
	return iter->run;
}

/**
 * vfio_runs_find - where a page of a mapping is
 * @runs: the runs
 * @index: number of the page
 * @pfn: gets its page frame
 *
 * Return: the run that the page is in, or NULL if none is.
 */
const struct vfio_run *vfio_runs_find(const struct vfio_runs *runs, unsigned long index,
				      unsigned long *pfn)
{
	const struct vfio_run *run = &runs->first;
	const struct vfio_run_chunk *chunk;

	if (index >= runs->npages)
		return NULL;
	if (index >= vfio_run_npages(run)) {
		list_for_each_entry_reverse(chunk, &runs->chunks, list) {
			if (chunk->before <= index)
				break;
		}
		index -= chunk->before;
		for (run = chunk->run; index >= vfio_run_npages(run); run++)
			index -= vfio_run_npages(run);
	}
	*pfn = vfio_run_pfn(run) + index;
	return run;
}
