// SPDX-License-Identifier: GPL-2.0-only
#include "rows.h"

#include <string.h>

#include "cgroup_names.h"
#include "failures.h"
#include "figure.h"

void view_operation(struct in_flight_view *v, const struct vt_in_flight *f, uint64_t now_ns)
{
	v->container = known_if(f->container, f->container);
	v->pid = known(f->pid);
	v->tid = known(f->tid);
	v->iova = known(f->iova);
	/* The size of a teardown, or of an unmap of all, is not known before its end. */
	v->size = known_if(f->size, f->size);
	v->done = bytes_if(f->operation == VT_OP_MAP, (int64_t)f->pages);
	v->elapsed = known_if(now_ns >= f->start_ns, now_ns - f->start_ns);
	snprintf(v->operation, sizeof(v->operation), "%s", operation_name(f->operation));
}

static enum leaf_class leaf_class(uint64_t mask, const struct page_sizes *sizes)
{
	const uint64_t large = ~0ULL << page_sizes_leaf(sizes->superpage);
	const uint64_t giant = ~0ULL << page_sizes_leaf(page_sizes_giant(sizes));

	if (!mask)
		return LEAVES_UNKNOWN;
	if (!(mask & large))
		return LEAVES_SMALL;
	if (mask & ~large)
		return LEAVES_MIXED;
	return mask & ~giant ? LEAVES_LARGE : LEAVES_GIANT;
}

/* A size in short, e.g. "64K". */
static void size_word(uint64_t bytes, char *word, size_t size)
{
	static const char units[] = "KMGT";
	size_t unit = 0;

	for (bytes >>= 10; bytes >= 1024 && unit < 3; bytes >>= 10)
		unit++;
	snprintf(word, size, "%u%c", (unsigned int)bytes & 1023, units[unit]);
}

/* The sizes that matter: with and without superpages. */
static void leaves_word(struct range_view *v, uint64_t mask, const struct page_sizes *sizes)
{
	v->class = leaf_class(mask, sizes);
	if (v->class == LEAVES_SMALL)
		size_word(sizes->page, v->leaves, sizeof(v->leaves));
	else if (v->class == LEAVES_MIXED)
		snprintf(v->leaves, sizeof(v->leaves), "mixed");
	else if (v->class != LEAVES_UNKNOWN)
		size_word(1ULL << (VFIO_LEAF_SHIFT_MIN + __builtin_ctzll(mask)), v->leaves,
			  sizeof(v->leaves));
}

void view_range(struct range_view *v, const struct vt_container *c, size_t range,
		const struct page_sizes *sizes)
{
	memset(v, 0, sizeof(*v));
	v->iova = known(c->range_iova[range]);
	v->size = known(c->range_size[range]);
	/* A recording may have bits of sizes that there are not. */
	leaves_word(v, c->range_leaves[range] & ((1ULL << VFIO_LEAF_SIZES) - 1), sizes);
}

/* A recording may say anything. */
static size_t view_reserved(struct reserved_view *v, const struct reserved_regions *r)
{
	static const char *const kinds[RESERVED_KINDS] = {
		[RESERVED_DIRECT] = "direct", [RESERVED_RELAXABLE] = "direct-relaxable",
		[RESERVED_MSI] = "msi",	      [RESERVED_PLAIN] = "reserved",
		[RESERVED_OTHER] = "other",
	};
	size_t n = 0;

	for (; n < RESERVED_MAX && r->kind[n] != RESERVED_NONE; n++) {
		if (r->kind[n] >= RESERVED_KINDS || r->last[n] < r->first[n])
			break;
		v[n].iova = known(r->first[n]);
		/* All addresses are one byte too many. */
		v[n].size = known_if(r->last[n] - r->first[n] != UINT64_MAX,
				     r->last[n] - r->first[n] + 1);
		copy_text(v[n].kind, sizeof(v[n].kind), kinds[r->kind[n]]);
	}
	return n;
}

void view_group(struct group_view *v, const struct group_snapshot *gs,
		struct reserved_view *reserved)
{
	const struct vt_group *g = &gs->stats;

	v->reserved = gs->reserved.known ? reserved : NULL;
	v->n_reserved = gs->reserved.known ? view_reserved(reserved, &gs->reserved) : 0;

	v->id = known(gs->id);
	v->pid = known_if(g->pid, g->pid);
	v->owner_alive = known_if(g->pid && gs->owner.known, gs->owner.alive);
	v->container = known_if(g->container, g->container);
	v->opened_ns = known_if(g->opened_ns, g->opened_ns);
	v->opens = known(g->opens);
	v->open_errors = known(g->open_errors);
	copy_text(v->comm, sizeof(v->comm), gs->owner.comm);
}

static void view_actions(struct actions_view *v, const struct vt_actions *a)
{
	v->count = known(a->count);
	v->errors = known(a->errors);
	v->last = known_if(a->ns_last, a->ns_last);
	v->max = known_if(a->ns_last, a->ns_max);
	/* Without any action the sum is 0; of actions without a latency it is unknown. */
	v->sum = known_if(a->ns_last || !a->count, a->ns_sum);
}

static const char *state_word(uint32_t state)
{
	switch (state) {
	case VT_STATE_OPEN:
		return "open";
	case VT_STATE_CLOSED:
		return "closed";
	default:
		return "";
	}
}

void view_device(struct device_view *v, const struct device_snapshot *ds, unsigned int knowledge)
{
	const struct vt_device *d = &ds->stats;

	copy_text(v->address, sizeof(v->address), ds->key.name);
	snprintf(v->state, sizeof(v->state), "%s", state_word(d->state));
	/* Without a state only failed opens were seen, perhaps in no group. */
	v->group = known_if(d->group != VT_NO_GROUP && (d->state || knowledge & KNOWS_PROCESSES),
			    d->group);
	v->container = known_if(d->container, d->container);
	v->pid = known_if(d->pid, d->pid);
	v->owner_alive = known_if(d->pid && ds->owner.known, ds->owner.alive);
	copy_text(v->comm, sizeof(v->comm), ds->owner.comm);
	v->vendor_id = known_if(ds->pci.known, ds->pci.vendor);
	v->device_id = known_if(ds->pci.known, ds->pci.device);
	copy_text(v->pci_name, sizeof(v->pci_name), ds->pci.name);
	copy_text(v->driver, sizeof(v->driver), ds->pci.driver);
	copy_text(v->cdev, sizeof(v->cdev), ds->pci.cdev);
	v->opened_ns = known_if(d->opened_ns, d->opened_ns);
	view_actions(&v->open, &d->open);
	view_actions(&v->close, &d->close);
	view_actions(&v->reset, &d->reset);
}

/* Through which of the two it maps memory; unknown where it has neither's files. */
static const char *api_of(const struct process_snapshot *p)
{
	bool iommufd = p->iommufds || p->cdevs;

	if (p->containers)
		return iommufd ? "vfio and iommufd" : "vfio";
	return iommufd ? "iommufd" : "";
}

void view_process(struct process_view *v, const struct process_snapshot *p)
{
	bool unlimited = p->ipc_lock || p->locked_limit == ~0ULL;
	bool counted = p->iommu.since_ns;

	v->pid = known(p->pid);
	v->containers = known(p->containers);
	v->groups = known(p->groups);
	v->devices = known(p->devices);
	v->iommufds = known_if(p->iommufd_known, p->iommufds);
	v->pinned = known_if(p->iommufd_known, p->pinned);
	copy_text(v->api, sizeof(v->api), api_of(p));
	v->locked = known_if(p->locks_known, p->locked);
	v->locked_unlimited = known_if(p->locks_known, unlimited);
	v->locked_limit = known_if(p->locks_known && p->locked_limit != ~0ULL, p->locked_limit);
	v->since_ns = known_if(counted, p->iommu.since_ns);
	v->iommu_maps = known_if(counted, p->iommu.maps);
	v->iommu_map_bytes = known_if(counted, p->iommu.map_bytes);
	v->iommu_unmaps = known_if(counted, p->iommu.unmaps);
	v->iommu_unmap_bytes = known_if(counted, p->iommu.unmap_bytes);
	copy_text(v->comm, sizeof(v->comm), p->process.comm);
	copy_text(v->cgroup, sizeof(v->cgroup), p->cgroup);
	cgroup_parse(v->cgroup, &v->names);
}
