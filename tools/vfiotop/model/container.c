// SPDX-License-Identifier: GPL-2.0-only
#include "container.h"

#include <string.h>

#include "cgroup_names.h"
#include "figure.h"
#include "percentile.h"
#include "superpages.h"

static struct figure rate(uint64_t now, uint64_t before, uint64_t interval_ns)
{
	double value;

	if (!interval_ns || now < before)
		return (struct figure){ 0 };
	value = (double)(now - before) * 1e12 / (double)interval_ns + 0.5;
	return known_if(value < 0x1p64, value < 0x1p64 ? (uint64_t)value : 0);
}

static void view_requests(struct requests_view *v, const struct vt_requests *q,
			  const struct vt_requests *last, uint64_t interval_ns)
{
	bool sampled;

	v->count = known(q->count);
	v->errors = known(q->errors);
	v->bytes = known(q->bytes);
	v->per_second = rate(q->count, last->count, interval_ns);
	v->bytes_per_second = rate(q->bytes, last->bytes, interval_ns);
	v->bytes_per_second.value /= 1000;
	v->p50 = percentile(q, 50);
	v->p90 = percentile(q, 90);
	v->p99 = percentile(q, 99);
	sampled = v->p50.known;
	v->max = known_if(sampled, q->ns_max);
	/* Without any request the sum is 0; of requests without a latency it is unknown. */
	v->sum = known_if(sampled || !q->count, q->ns_sum);
	v->mean_bytes = known_if(q->count, q->count ? q->bytes / q->count : 0);
	v->buckets = sampled ? (const uint64_t *)q->buckets : NULL;
}

/*
 * Both sides of the ledger. Pins for emulated devices are known only as what is left of them,
 * so that with them neither side is.
 */
static void view_ledger(struct container_view *v, const struct vt_container *c)
{
	bool counted = !c->pins_standalone && !(c->flags & VT_CONTAINER_ENDS_LOST);
	int64_t unpinned;

	if (__builtin_sub_overflow((int64_t)c->map.pages, c->pinned, &unpinned))
		counted = false;
	v->maps_pinned = bytes_if(counted && unpinned >= 0, (int64_t)c->map.pages);
	v->unpinned = bytes_if(counted, unpinned);
}

static void view_runs(struct container_view *v, const struct vt_container *c, const char *missed)
{
	bool runs = !(c->flags & VT_CONTAINER_RUNS_MISSED);

	v->runs = known_if(runs, c->runs);
	v->mean_run = known_if(runs && c->runs, c->runs ? c->map.bytes / c->runs : 0);
	for (size_t i = 0; i < VIEW_LEAF_SIZES; i++)
		v->leaf_bytes[i] = known_if(runs, c->leaf_bytes[i]);
	if (!runs)
		copy_text(v->superpage_hint, sizeof(v->superpage_hint), missed);
}

static void view_pins(struct container_view *v, const struct vt_container *c)
{
	int64_t pinned = stats_pinned(c), mappings = stats_mappings(c);
	bool pins = stats_know_pins(c);

	v->mappings = known_if(pins && mappings >= 0 && !(c->flags & VT_CONTAINER_CUT),
			       (uint64_t)mappings);
	v->mappings_limit = known_if(c->mappings_limit, c->mappings_limit);
	v->pinned = bytes_if(pins, pinned);
	v->pinned_peak = bytes_if(pins, pinned > c->pinned_peak ? pinned : c->pinned_peak);
	if (c->flags & VT_CONTAINER_PHASES) {
		v->pin_ns = known(c->pin_ns);
		v->iommu_ns = known(c->iommu_ns);
	}
	if (c->flags & VT_CONTAINER_IOAS && c->flags & VT_CONTAINER_PHASES)
		view_runs(v, c, "not counted: mappings were made before a device was there");
	else if (c->flags & VT_CONTAINER_IOAS)
		copy_text(v->superpage_hint, sizeof(v->superpage_hint),
			  "not counted: --runs counts them");
	/* Of iommufd neither is known, nor the following; nor of backends of others. */
	if (c->flags & (VT_CONTAINER_IOAS | VT_CONTAINER_OPAQUE))
		return;
	view_ledger(v, c);
	view_runs(v, c, "not counted: short runs made that too costly; --runs counts them all");
	v->incongruent = known_if(c->congruent || c->incongruent, c->incongruent);
	v->pin_ns = known(c->pin_ns);
	v->iommu_ns = known(c->iommu_ns);
	v->account_ns = known(c->account_ns);
	v->left_pinned = bytes_if(c->released_ns && !(c->flags & VT_CONTAINER_PINS_UNSEEN),
				  (int64_t)c->left_pinned);
}

/* What a map is of, where each tells. */
static void view_backing(struct container_view *v, const struct vt_container *c)
{
	uint64_t rest = c->bar_bytes + c->other_bytes;
	bool told = c->flags & VT_CONTAINER_BACKING && c->map.bytes >= rest;

	v->ram_bytes = known_if(told, c->map.bytes - rest);
	v->bar_bytes = known_if(told, c->bar_bytes);
	v->other_bytes = known_if(told, c->other_bytes);
}

/* What is mapped now, where all that was mapped and unmapped is known. */
static void view_mapped(struct container_view *v, const struct vt_container *c)
{
	bool counted = c->flags & (VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_CENSUS) &&
		       !(c->flags & VT_CONTAINER_ENDS_LOST);
	uint64_t gone = c->unmap.bytes + c->teardown_bytes;
	uint64_t made = c->census_bytes + c->map.bytes;
	uint64_t n = v->mappings.value;

	v->mapped = known_if(counted && made >= gone, made - gone);
	v->mapping_bytes =
		known_if(v->mapped.known && v->mappings.known && n, n ? v->mapped.value / n : 0);
}

/* Of mappings that were made before the watch nothing is known. */
static void view_oldest(struct container_view *v, const struct vt_container *c)
{
	int oldest = -1;

	if (!(c->flags & VT_CONTAINER_OPEN_SEEN) || c->oldest_lost || c->released_ns)
		return;
	/* While there is none, those that were the last are still known. */
	if (c->mappings <= 0)
		return;
	for (int i = 0; i < VT_OLDEST; i++)
		if (c->oldest_size[i] && (oldest < 0 || c->oldest_ns[i] < c->oldest_ns[oldest]))
			oldest = i;
	if (oldest < 0)
		return;
	v->oldest_iova = known(c->oldest_iova[oldest]);
	v->oldest_size = known(c->oldest_size[oldest]);
	v->oldest_ns = known(c->oldest_ns[oldest]);
	v->oldest_tid = known(c->oldest_tid[oldest]);
}

static void view_accounting(struct container_view *v, const struct vt_container *c)
{
	static const char *const payers[] = {
		[VT_LOCKED_BY_UNKNOWN] = "",
		[VT_LOCKED_BY_NONE] = "none",
		[VT_LOCKED_BY_USER] = "user",
		[VT_LOCKED_BY_MM] = "mm",
	};
	bool accounted = c->flags & VT_CONTAINER_ACCOUNTED;
	bool from_start = c->flags & VT_CONTAINER_OPEN_SEEN;

	/* A container's charge is always the process's. */
	if (!(c->flags & VT_CONTAINER_IOAS))
		copy_text(v->locked_by, sizeof(v->locked_by), accounted ? "mm" : "");
	else if (c->locked_by < sizeof(payers) / sizeof(payers[0]))
		copy_text(v->locked_by, sizeof(v->locked_by), payers[c->locked_by]);
	v->charged = bytes_if(accounted && from_start && !(c->flags & VT_CONTAINER_PINS_UNSEEN),
			      c->charged);
	v->locked = bytes_if(accounted, (int64_t)c->locked);
	v->locked_unlimited = known_if(accounted, c->ipc_lock || c->locked_limit == ~0ULL);
	v->locked_limit = known_if(accounted && c->locked_limit != ~0ULL, c->locked_limit);
}

/* What the census found; 0 where the opening was watched. */
static void view_census(struct container_view *v, const struct vt_container *c)
{
	bool from_start = c->flags & VT_CONTAINER_OPEN_SEEN;
	bool counted = from_start || c->flags & VT_CONTAINER_CENSUS;

	v->before_watch = known(!from_start);
	v->census_mappings = known_if(counted, c->census_mappings);
	v->census_bytes = known_if(counted, c->census_bytes);
	v->census_pinned = bytes_if(counted, c->census_pinned);
}

static void view_holders(struct container_view *v, const struct container_snapshot *cs)
{
	v->holders = known_if(cs->holders_known, cs->holders);
	v->holder_pid = known_if(cs->holder_pid, cs->holder_pid);
	copy_text(v->holder_comm, sizeof(v->holder_comm), cs->holder_comm);
	copy_text(v->cgroup, sizeof(v->cgroup), cs->cgroup);
	cgroup_parse(v->cgroup, &v->names);
}

/* Of iommufd it is not watched. */
static void view_dirty_log(struct container_view *v, const struct vt_container *c)
{
	const struct vt_dirty_log *d = &c->dirty_log;

	if (c->flags & VT_CONTAINER_IOAS)
		return;
	v->dirty_log = (struct dirty_log_view){
		.starts = known(d->starts),
		.stops = known(d->stops),
		.bitmaps = known(d->bitmaps),
		.errors = known(d->errors),
		.range = known(d->range_bytes),
		.bytes = known(d->bitmap_bytes),
		.last = known_if(d->ns_last, d->ns_last),
		.max = known_if(d->ns_max, d->ns_max),
		/* Without any the sum is 0; of those without a latency it is unknown. */
		.sum = known_if(d->ns_max || !d->bitmaps, d->ns_sum),
	};
}

/* The smallest superpage of the IOMMU that takes a huge page. */
static void view_leaf_sizes(struct container_view *v, uint64_t pgsizes)
{
	uint64_t superpages = pgsizes & ~(v->sizes.superpage - 1);

	if (superpages)
		v->sizes.superpage = superpages & -superpages;
	else
		v->lacks_superpages = pgsizes;
}

void view_container(struct container_view *v, const struct container_snapshot *cs,
		    const struct vt_container *last, uint64_t interval_ns,
		    const struct page_sizes *sizes)
{
	const struct vt_container *c = &cs->stats;
	bool ends = !(c->flags & VT_CONTAINER_ENDS_LOST);
	bool ioas = c->flags & VT_CONTAINER_IOAS;

	memset(v, 0, sizeof(*v));
	v->id = known(c->id);
	v->sizes = *sizes;
	view_leaf_sizes(v, c->pgsizes);
	/* One that was never named by its ID has none here. */
	v->ioas = known_if(ioas && c->ioas, c->ioas);
	v->context = known_if(ioas && c->context, c->context);
	copy_text(v->api, sizeof(v->api), ioas ? "iommufd" : "vfio");
	v->pid = known_if(cs->owner_pid, cs->owner_pid);
	v->owner_alive = known_if(cs->owner_pid && cs->owner.known, cs->owner.alive);
	v->rss = known_if(v->owner_alive.value && cs->owner.rss, cs->owner.rss);
	v->opener_pid = known_if(c->opener_pid, c->opener_pid);
	v->opened_ns = known_if(c->opened_ns, c->opened_ns);
	v->released_ns = known_if(c->released_ns, c->released_ns);
	view_pins(v, c);
	view_mapped(v, c);
	view_backing(v, c);
	view_oldest(v, c);
	view_superpages(v);
	view_accounting(v, c);
	view_census(v, c);
	view_holders(v, cs);
	v->unmap_differs = known(c->unmap_differs);
	v->teardowns = known_if(ends, c->teardowns);
	v->teardown_mappings = known_if(ends, c->teardown_mappings);
	v->teardown_bytes = known(c->teardown_bytes);
	v->teardown_pinned = bytes_if(!(c->flags & (VT_CONTAINER_IOAS | VT_CONTAINER_OPAQUE)),
				      (int64_t)c->teardown_pages);
	v->teardown_ns = known_if(ends, c->teardown_ns);
	copy_text(v->comm, sizeof(v->comm), cs->owner.comm);
	copy_text(v->opener_comm, sizeof(v->opener_comm), c->opener_comm);
	copy_text(v->backend, sizeof(v->backend), c->backend);
	if (ioas)
		copy_text(v->backend, sizeof(v->backend), "iommufd");
	view_requests(&v->map, &c->map, &last->map, interval_ns);
	view_requests(&v->unmap, &c->unmap, &last->unmap, interval_ns);
	view_dirty_log(v, c);
}
