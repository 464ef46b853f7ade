// SPDX-License-Identifier: GPL-2.0-only
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

/* What was counted of a container until the last report. */
struct story_last {
	uint64_t id;
	uint64_t count;
	uint64_t bytes;
	uint64_t buckets[VT_HIST_BUCKETS];
};

uint64_t story_latency(size_t class)
{
	return STORY_LATENCY_0 << 2 * class;
}

uint64_t story_size(size_t class)
{
	return STORY_SIZE_0 << 2 * class;
}

static size_t latency_class(uint64_t ns)
{
	size_t class = 0;

	while (class < STORY_LATENCIES - 1 && ns >= story_latency(class))
		class ++;
	return class;
}

static size_t size_class(uint64_t bytes)
{
	size_t class = 0;

	while (class < STORY_SIZES - 1 && bytes >= story_size(class))
		class ++;
	return class;
}

/* The part of the time that a report is in. */
static struct story_bin *bin_of(struct story *story, uint64_t time_ns)
{
	uint64_t all = story->end_ns - story->start_ns, past = time_ns - story->start_ns;
	size_t bin = all ? (size_t)((double)past / (double)all * STORY_BINS) : 0;

	return &story->bins[bin < STORY_BINS ? bin : STORY_BINS - 1];
}

/* One more element of an array, all zeros; NULL when out of memory. */
static void *grow(void *array, size_t *n, size_t size)
{
	char **to = array, *more = realloc(*to, (*n + 1) * size);

	if (!more)
		return NULL;
	*to = more;
	return memset(more + (*n)++ * size, 0, size);
}

static struct story_last *last_of(struct story *story, uint64_t id)
{
	struct story_last *last;

	for (size_t i = 0; i < story->n_last; i++)
		if (story->last[i].id == id)
			return &story->last[i];
	last = grow(&story->last, &story->n_last, sizeof(*last));
	if (last)
		last->id = id;
	return last;
}

static void add_sizes(struct story_bin *bin, const struct container_view *c)
{
	for (size_t i = 0; i < c->n_map_sizes; i++)
		bin->sizes[size_class(c->map_sizes[i].from.value)] += c->map_sizes[i].recent.value;
}

/* The maps since the last report. Another watch counts from 0. */
static bool add_maps(struct story *story, struct story_bin *bin, const struct container_view *c)
{
	struct story_last *last = last_of(story, c->id.value);
	uint64_t maps;

	if (!last)
		return false;
	if (c->map.count.value < last->count)
		*last = (struct story_last){ .id = c->id.value };
	maps = c->map.count.value - last->count;
	for (uint32_t i = 0; c->map.buckets && i < VT_HIST_BUCKETS; i++)
		if (c->map.buckets[i] > last->buckets[i])
			bin->latencies[latency_class(vt_hist_low(i))] +=
				c->map.buckets[i] - last->buckets[i];
	if (c->map_sizes)
		add_sizes(bin, c);
	else if (maps && c->map.bytes.value >= last->bytes)
		bin->sizes[size_class((c->map.bytes.value - last->bytes) / maps)] += maps;
	story->mean_sizes = story->mean_sizes || (maps && !c->map_sizes);
	last->count = c->map.count.value;
	last->bytes = c->map.bytes.value;
	if (c->map.buckets)
		memcpy(last->buckets, c->map.buckets, sizeof(last->buckets));
	return true;
}

static void keep_ranges(struct story_container *container, const struct view *report,
			const struct container_view *view)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < view->n_ranges; i++)
		bytes += view->ranges[i].size.value;
	if (bytes <= container->ranges_bytes)
		return;
	container->n_ranges = iova_map_parts(report, view, container->ranges);
	container->ranges_bytes = bytes;
}

static bool keep_container(struct story *story, const struct view *report,
			   const struct container_view *view)
{
	struct story_container *container = NULL;

	for (size_t i = 0; i < story->n_containers && !container; i++)
		if (story->containers[i].view.id.value == view->id.value)
			container = &story->containers[i];
	if (!container)
		container = grow(&story->containers, &story->n_containers, sizeof(*container));
	if (!container)
		return false;
	container->view = *view;
	keep_ranges(container, report, view);
	return true;
}

static bool keep_leak(struct story *story, const struct leak_view *view)
{
	struct leak_view *leak = NULL;

	for (size_t i = 0; i < story->n_leaks && !leak; i++)
		if (story->leaks[i].kind == view->kind &&
		    story->leaks[i].container.value == view->container.value)
			leak = &story->leaks[i];
	if (!leak)
		leak = grow(&story->leaks, &story->n_leaks, sizeof(*leak));
	if (!leak)
		return false;
	*leak = *view;
	/* These last no longer than the report. */
	leak->groups = NULL;
	leak->devices = NULL;
	leak->n_groups = leak->n_devices = 0;
	return true;
}

static bool keep_failures(struct story *story, struct story_bin *bin, const struct view *view)
{
	story->failures_dropped += view->failures_dropped.value;
	bin->failures += view->n_new_failures + view->failures_dropped.value;
	for (size_t i = 0; i < view->n_new_failures; i++) {
		struct failure_view *failure =
			grow(&story->failures, &story->n_failures, sizeof(*failure));

		if (!failure)
			return false;
		*failure = view->new_failures[i];
	}
	return true;
}

/* Totals are of all containers, also of those that are not shown. */
static struct figure pinned(const struct view *view)
{
	struct figure sum = { 0, true };

	if (!view->only[0])
		return view->totals.pinned;
	for (size_t i = 0; i < view->n_containers; i++) {
		sum.value += view->containers[i].pinned.value;
		sum.known = sum.known && view->containers[i].pinned.known;
	}
	return sum;
}

bool story_add(struct story *story, const struct view *view)
{
	struct story_bin *bin = bin_of(story, view->time_ns.value);

	bin->reports++;
	if (!story->reports++)
		story->realtime_ns = view->realtime_ns.value;
	if (view->waiting_for[0])
		return true;
	story->knowledge = view->knowledge;
	snprintf(story->source, sizeof(story->source), "%s", view->source);
	story->hugepages_disabled = view->hugepages_disabled;
	story->lost = view->lost_sum;
	bin->pinned = pinned(view).value;
	bin->pinned_known = pinned(view).known;
	for (size_t i = 0; i < view->n_in_flight; i++) {
		const struct in_flight_view *f = &view->in_flight[i];

		if (!strcmp(f->operation, "map") && f->elapsed.value > bin->in_flight)
			bin->in_flight = f->elapsed.value;
	}
	for (size_t i = 0; i < view->n_containers; i++)
		if (!add_maps(story, bin, &view->containers[i]) ||
		    !keep_container(story, view, &view->containers[i]))
			return false;
	for (size_t i = 0; i < view->n_leaks; i++)
		if (!keep_leak(story, &view->leaks[i]))
			return false;
	return keep_failures(story, bin, view);
}

void story_free(struct story *story)
{
	free(story->containers);
	free(story->failures);
	free(story->leaks);
	free(story->last);
	memset(story, 0, sizeof(*story));
}
