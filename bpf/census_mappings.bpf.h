/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census of a container: the mappings that it had when the watch began.
 *
 * Its tree of mappings is walked. Each step goes down from the root to the first mapping at
 * or after an address, which only grows. So whatever changes meanwhile, no mapping counts
 * twice, no step follows a pointer in a mapping that was freed, and the walk ends. It is
 * repeated when requests of this container were in flight meanwhile.
 */
#ifndef VFIOTOP_CENSUS_MAPPINGS_BPF_H
#define VFIOTOP_CENSUS_MAPPINGS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "backends.bpf.h"
#include "census_walk.bpf.h"
#include "containers.bpf.h"
#include "kernel.bpf.h"
#include "ranges.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

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

/* A thread is changing mappings, perhaps since before the watch. */
static __always_inline int is_busy(const struct vfio_iommu *iommu)
{
	const struct mutex___rt *rt = (const void *)&iommu->lock;

	if (bpf_core_field_exists(rt->rtmutex))
		return BPF_CORE_READ(rt, rtmutex.owner) != 0;
	return BPF_CORE_READ(iommu, lock.owner.counter) != 0;
}

static __always_inline void census_begin(struct vt_container *c)
{
	count_begins(c, is_busy(census.iommu));
	census.left = mappings_left(census.iommu);
	census.n_ranges = 0;
	census.ranges_lost = 0;
	__builtin_memset(census.range_size, 0, sizeof(census.range_size));
}

/*
 * The first mapping at or after an address, 0 after the last. The kernel checks a function
 * that is not static only once, wherever it is called from.
 */
__noinline __u64 mapping_from(__u64 iommu, __u64 from)
{
	const struct rb_node *node = mappings_root((const void *)iommu);
	const struct vfio_dma *first = NULL;
	int depth;

	for (depth = 0; depth < CENSUS_DEPTH && node; depth++) {
		const struct vfio_dma *dma =
			(const void *)node - bpf_core_field_offset(struct vfio_dma, node);

		if (BPF_CORE_READ(dma, iova) >= from) {
			first = dma;
			node = BPF_CORE_READ(node, rb_left);
		} else {
			node = BPF_CORE_READ(node, rb_right);
		}
	}
	return (__u64)first;
}

/* Mappings come in order: a neighbour is one of the last range. */
static __always_inline void census_range(__u64 iova, __u64 size)
{
	__u32 i = census.n_ranges, last = (i - 1) & (VT_RANGES - 1);

	if (size < superpage)
		return;
	if (i && census.range_iova[last] + census.range_size[last] == iova) {
		census.range_size[last] += size;
		return;
	}
	if (i >= VT_RANGES) {
		census.ranges_lost = 1;
		return;
	}
	census.range_iova[i] = iova;
	census.range_size[i] = size;
	census.n_ranges = i + 1;
}

static long census_step(__u32 index, void *data)
{
	const struct vfio_dma *dma = (void *)mapping_from((__u64)census.iommu, census.from);
	__u64 iova, size;

	if (!dma) {
		census.ended = 1;
		return 1;
	}
	iova = BPF_CORE_READ(dma, iova);
	size = BPF_CORE_READ(dma, size);
	census.mappings++;
	census.bytes += size;
	census.pinned += mapping_pages(dma);
	census.pid = mapping_pid(dma);
	census_range(iova, size);
	/* The mapping was removed meanwhile, or reaches to the last address. */
	if (iova < census.from || iova + size <= iova) {
		census.ended = 1;
		return 1;
	}
	census.from = iova + size;
	return 0;
}

/* Nothing has changed since the walk began. */
static __always_inline int census_is_stable(struct vt_container *c)
{
	bpf_loop(in_flight_mask + 1, in_flight_step, &c, 0);
	return !census.busy && census.requests == requests_of(c) &&
	       census.left == mappings_left(census.iommu) && !is_busy(census.iommu);
}

/* Those from before the watch are among them; of none the sizes of leaves are known. */
static __noinline int census_ranges(struct vt_container *c)
{
	if (!c || !ranges_begin(c))
		return 0;
	__builtin_memcpy(c->range_iova, census.range_iova, sizeof(c->range_iova));
	__builtin_memcpy(c->range_size, census.range_size, sizeof(c->range_size));
	__builtin_memset(c->range_leaves, 0, sizeof(c->range_leaves));
	/* A request that has ended meanwhile has changed those that were there before. */
	c->ranges_lost = census.ranges_lost || census.requests != requests_of(c);
	ranges_end(c);
	return 0;
}

/* Keeps what was found, unless something changed meanwhile. */
static __always_inline int census_keep(struct vt_container *c)
{
	__u64 mappings = census.mappings - c->mappings;
	__u64 bytes = census.bytes - c->map.bytes + c->unmap.bytes + c->teardown_bytes;
	__s64 pinned = census.pinned - c->pinned;
	__u64 limit = census.mappings + census.left;

	if (!census.ended || !census_is_stable(c) ||
	    (c->mappings_limit && c->mappings_limit != limit))
		return 0;
	c->census_mappings = mappings;
	c->census_bytes = bytes;
	c->census_pinned = pinned;
	c->census_pid = census.pid;
	c->mappings_limit = limit;
	atomic_max((__u64 *)&c->pinned_peak, census.pinned);
	census_ranges(c);
	container_flag(c, VT_CONTAINER_CENSUS);
	return 1;
}

/* Continues the walk. Returns 1 if the program is to run again for the same container. */
static __always_inline int census_mappings(struct vt_container *c, const struct vfio_iommu *iommu)
{
	if (!iommu || iommu == census.given_up || !backend_is_type1(c->backend) ||
	    !bpf_core_type_exists(struct vfio_dma))
		return 0;
	if (census.iommu != iommu) {
		census.iommu = iommu;
		census.tries = 0;
		census_begin(c);
	}
	bpf_loop(CENSUS_CHUNK, census_step, NULL, 0);
	if (!census.ended && census.requests == requests_of(c))
		return 1;
	if (!census_keep(c)) {
		if (census.tries < CENSUS_TRIES) {
			census_begin(c);
			return 1;
		}
		census.given_up = iommu;
	}
	census.iommu = NULL;
	return 0;
}

#endif /* VFIOTOP_CENSUS_MAPPINGS_BPF_H */
