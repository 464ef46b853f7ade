/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mappings that a container has from before the watch: a walk along its tree.
 *
 * Each step goes down from the root to the first mapping at or after an address, which
 * only grows. So whatever changes on the way, no mapping counts twice, no step follows
 * a pointer out of a mapping that is gone, and the walk ends. A walk during which
 * requests of this container were under way is made anew.
 */
#ifndef VFIOTOP_MAPPINGS_BPF_H
#define VFIOTOP_MAPPINGS_BPF_H

#include <bpf/bpf_core_read.h>

#include "containers.bpf.h"
#include "kernel.bpf.h"

#define WALK_CHUNK 4096 /* mappings at a time, so that other tasks get the CPU */
#define WALK_DEPTH 64	/* more than any red-black tree has */
#define WALK_TRIES 4

/* The walk that is going on, from one run of the program to the next. */
struct {
	const struct vfio_iommu *iommu;
	const struct vfio_iommu *given_up;
	__u64 from;
	__u64 requests;
	__u64 left;
	__u64 mappings;
	__u64 bytes;
	__u64 pinned;
	__u32 pid;
	__u32 tries;
	__u32 busy;
	__u32 ended;
} walk;

/* Of other backends this knows no structures. */
static __always_inline int is_type1(struct vt_container *c)
{
	return !bpf_strncmp(c->backend, sizeof("vfio-iommu-type1"), "vfio-iommu-type1") &&
	       bpf_core_type_exists(struct vfio_dma);
}

static __always_inline __u64 requests_of(struct vt_container *c)
{
	return c->map.count + c->map.errors + c->unmap.count + c->unmap.errors + c->teardowns;
}

/* --- What differs between our modules and others ---------------------------- */

/* Mappings that may still be made. */
static __always_inline __u64 mappings_left(const struct vfio_iommu *iommu)
{
	const struct vfio_iommu___ours *ours = (const void *)iommu;

	if (bpf_core_field_exists(ours->available))
		return BPF_CORE_READ(ours, available);
	return BPF_CORE_READ(iommu, dma_avail);
}

static __always_inline const struct rb_node *mappings_root(const struct vfio_iommu *iommu)
{
	const struct vfio_iommu___ours *ours = (const void *)iommu;

	if (bpf_core_field_exists(ours->mappings))
		return BPF_CORE_READ(ours, mappings.rb_node);
	return BPF_CORE_READ(iommu, dma_list.rb_node);
}

/* Pages that are pinned by a mapping, or charged for it, which is the same. */
static __always_inline __u64 mapping_pages(const struct vfio_dma *dma)
{
	const struct vfio_dma___ours *ours = (const void *)dma;

	if (bpf_core_field_exists(ours->runs))
		return BPF_CORE_READ(ours, runs.pinned);
	return BPF_CORE_READ(dma, locked_vm);
}

static __always_inline __u32 mapping_pid(const struct vfio_dma *dma)
{
	const struct vfio_dma___ours *ours = (const void *)dma;

	if (bpf_core_field_exists(ours->pid))
		return BPF_CORE_READ(ours, pid);
	return BPF_CORE_READ(dma, task, tgid);
}

/* --- The walk --------------------------------------------------------------- */

/* Somebody is changing mappings, perhaps since before the watch. */
static __always_inline int is_busy(const struct vfio_iommu *iommu)
{
	return BPF_CORE_READ(iommu, lock.owner.counter) != 0;
}

static __always_inline void walk_begin(struct vt_container *c)
{
	walk.busy = is_busy(walk.iommu);
	walk.requests = requests_of(c);
	walk.left = mappings_left(walk.iommu);
	walk.from = 0;
	walk.mappings = 0;
	walk.bytes = 0;
	walk.pinned = 0;
	walk.pid = 0;
	walk.ended = 0;
	walk.tries++;
}

/* The first mapping at or after an address, NULL behind the last. */
static __always_inline const struct vfio_dma *mapping_from(const struct vfio_iommu *iommu,
							   __u64 from)
{
	const struct rb_node *node = mappings_root(iommu);
	const struct vfio_dma *first = NULL;
	int depth;

	for (depth = 0; depth < WALK_DEPTH && node; depth++) {
		const struct vfio_dma *dma =
			(const void *)node - bpf_core_field_offset(struct vfio_dma, node);

		if (BPF_CORE_READ(dma, iova) >= from) {
			first = dma;
			node = BPF_CORE_READ(node, rb_left);
		} else {
			node = BPF_CORE_READ(node, rb_right);
		}
	}
	return first;
}

static long walk_step(__u32 index, void *data)
{
	const struct vfio_dma *dma = mapping_from(walk.iommu, walk.from);
	__u64 iova, size;

	if (!dma) {
		walk.ended = 1;
		return 1;
	}
	iova = BPF_CORE_READ(dma, iova);
	size = BPF_CORE_READ(dma, size);
	walk.mappings++;
	walk.bytes += size;
	walk.pinned += mapping_pages(dma);
	walk.pid = mapping_pid(dma);
	/* The mapping went in between, or reaches to the end of all addresses. */
	if (iova < walk.from || iova + size <= iova) {
		walk.ended = 1;
		return 1;
	}
	walk.from = iova + size;
	return 0;
}

/* One that is under way may have changed mappings, and has not told yet. */
static long flight_step(__u32 index, void *data)
{
	struct vt_container **c = data;
	struct vt_flight *f = bpf_map_lookup_elem(&flights, &index);

	if (!f || !f->holder || f->container != (*c)->id)
		return 0;
	walk.busy = 1;
	return 1;
}

/* Nothing has changed since the walk began. */
static __always_inline int walk_is_stable(struct vt_container *c)
{
	bpf_loop(flight_mask + 1, flight_step, &c, 0);
	return !walk.busy && walk.requests == requests_of(c) &&
	       walk.left == mappings_left(walk.iommu) && !is_busy(walk.iommu);
}

/* Keeps what the walk found, unless something changed meanwhile. */
static __always_inline int walk_keep(struct vt_container *c)
{
	__u64 mappings = walk.mappings - c->mappings;
	__u64 bytes = walk.bytes - c->map.bytes + c->unmap.bytes + c->teardown_bytes;
	__s64 pinned = walk.pinned - c->pinned;
	__u64 limit = walk.mappings + walk.left;

	if (!walk.ended || !walk_is_stable(c) || (c->mappings_limit && c->mappings_limit != limit))
		return 0;
	c->before_mappings = mappings;
	c->before_bytes = bytes;
	c->before_pinned = pinned;
	c->before_pid = walk.pid;
	c->mappings_limit = limit;
	atomic_max((__u64 *)&c->pinned_peak, walk.pinned);
	container_flag(c, VT_CONTAINER_WALKED);
	return 1;
}

/* Walks on. Returns 1 if the program is to run again for the same container. */
static __always_inline int mappings_walk(struct vt_container *c, const struct vfio_iommu *iommu)
{
	if (!iommu || iommu == walk.given_up || !is_type1(c))
		return 0;
	if (walk.iommu != iommu) {
		walk.iommu = iommu;
		walk.tries = 0;
		walk_begin(c);
	}
	bpf_loop(WALK_CHUNK, walk_step, NULL, 0);
	if (!walk.ended && walk.requests == requests_of(c))
		return 1;
	if (!walk_keep(c)) {
		if (walk.tries < WALK_TRIES) {
			walk_begin(c);
			return 1;
		}
		walk.given_up = iommu;
	}
	walk.iommu = NULL;
	return 0;
}

#endif /* VFIOTOP_MAPPINGS_BPF_H */
