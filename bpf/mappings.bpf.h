/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mappings that a container has from before the watch: a walk along its tree.
 *
 * Each step goes down from the root to the first mapping at or after an address, which
 * only grows. So whatever changes on the way, no mapping counts twice, no step follows
 * a pointer out of a mapping that is gone, and the walk ends. A walk during which
 * requests of this container began or ended is made anew.
 */
#ifndef VFIOTOP_MAPPINGS_BPF_H
#define VFIOTOP_MAPPINGS_BPF_H

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
	__u64 mappings;
	__u64 bytes;
	__u64 pinned;
	__u32 pid;
	__u32 tries;
	__u32 ended;
} walk;

/* Of other backends this knows no structures. */
static __always_inline int is_type1(struct vt_container *c)
{
	return !bpf_strncmp(c->backend, sizeof("vfio-iommu-type1"), "vfio-iommu-type1");
}

static __always_inline __u64 requests_of(struct vt_container *c)
{
	return c->map.count + c->map.errors + c->unmap.count + c->unmap.errors + c->teardowns;
}

static __always_inline void walk_begin(struct vt_container *c)
{
	walk.from = 0;
	walk.requests = requests_of(c);
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
	const struct rb_node *node = BPF_CORE_READ(iommu, mappings.rb_node);
	const struct vfio_dma *first = NULL;
	int depth;

	for (depth = 0; depth < WALK_DEPTH && node; depth++) {
		const struct vfio_dma *dma = (const void *)node;

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
	walk.pinned += BPF_CORE_READ(dma, runs.pinned);
	walk.pid = BPF_CORE_READ(dma, pid);
	/* The mapping went in between, or reaches to the end of all addresses. */
	if (iova < walk.from || iova + size <= iova) {
		walk.ended = 1;
		return 1;
	}
	walk.from = iova + size;
	return 0;
}

/* Keeps what the walk found, unless the mappings changed meanwhile. */
static __always_inline int walk_keep(struct vt_container *c, __u64 mappings)
{
	if (!walk.ended || walk.requests != requests_of(c) || walk.mappings != mappings)
		return 0;
	c->before_mappings = walk.mappings - c->mappings;
	c->before_bytes = walk.bytes - c->map.bytes + c->unmap.bytes + c->teardown_bytes;
	c->before_pinned = walk.pinned - c->pinned;
	c->before_pid = walk.pid;
	container_flag(c, VT_CONTAINER_WALKED);
	return 1;
}

/* Walks on. Returns 1 if the program is to run again for the same container. */
static __always_inline int mappings_walk(struct vt_container *c,
					 const struct vfio_container *container)
{
	const struct vfio_iommu *iommu = BPF_CORE_READ(container, iommu_data);

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
	if (!walk_keep(c, BPF_CORE_READ(container, ledger.mappings.counter))) {
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
