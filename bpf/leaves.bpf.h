/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The leaves by which an IOMMU maps physically contiguous runs: the kernel takes the largest
 * that both addresses are multiples of and that still fit.
 */
#ifndef VFIOTOP_LEAVES_BPF_H
#define VFIOTOP_LEAVES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vfiotop.h"

#define LEAF_SLOTS     32 /* for VFIO_LEAF_SIZES, as a power of two */
#define LEAF_BYTES_MIN (1ULL << VFIO_LEAF_SHIFT_MIN)

/*
 * struct leaves - those of one map
 * @pgsizes: sizes that the IOMMU supports, a bit each
 * @bytes: by size, as in struct vfio_dma_map_record; of those in @mask
 * @mask: the sizes that there are
 * @pad: 0
 */
struct leaves {
	__u64 pgsizes;
	__u64 bytes[LEAF_SLOTS];
	__u32 mask;
	__u32 pad;
};

/* What is left of a run whose leaves are being counted. */
struct run {
	struct leaves *leaves;
	__u64 iova;
	__u64 phys;
	__u64 size;
	__u32 top;
};

static __always_inline void take_leaves(struct run *run, __u32 index, __u64 bytes)
{
	struct leaves *leaves = run->leaves;

	index &= LEAF_SLOTS - 1;
	if (!bytes)
		return;
	if (!(leaves->mask & (1U << index)))
		leaves->bytes[index] = 0;
	leaves->bytes[index] += bytes;
	leaves->mask |= 1U << index;
	run->iova += bytes;
	run->phys += bytes;
	run->size -= bytes;
}

/*
 * Smallest leaves first, up to where the next size takes over: where both addresses
 * are multiples of it, and as much as that is left.
 */
static int leaves_up(__u32 index, struct run *run)
{
	__u64 pgsizes = run->leaves->pgsizes & ((LEAF_BYTES_MIN << VFIO_LEAF_SIZES) - 1);
	__u64 leaf = LEAF_BYTES_MIN << index, larger, next, head;

	if (!(pgsizes & leaf))
		return 0;
	run->top = index;
	larger = pgsizes & ~((leaf << 1) - 1);
	next = larger & -larger;
	head = -run->iova & (next - 1);
	if (!next || (run->iova ^ run->phys) & (next - 1) || head > run->size ||
	    run->size - head < next)
		return 1;
	take_leaves(run, index, head);
	return 0;
}

/* Then the largest, and what is too small for them by smaller ones. */
static int leaves_down(__u32 step, struct run *run)
{
	__u32 index = run->top - step;
	__u64 leaf = LEAF_BYTES_MIN << (index & (LEAF_SLOTS - 1));

	if (step > run->top)
		return 1;
	if (run->leaves->pgsizes & leaf)
		take_leaves(run, index, run->size & ~(leaf - 1));
	return 0;
}

/* One more run. */
static __always_inline void leaves_add(struct leaves *leaves, __u64 iova, __u64 phys, __u64 size)
{
	struct run run = { .leaves = leaves, .iova = iova, .phys = phys, .size = size };

	bpf_loop(VFIO_LEAF_SIZES, leaves_up, &run, 0);
	bpf_loop(VFIO_LEAF_SIZES, leaves_down, &run, 0);
}

#endif /* VFIOTOP_LEAVES_BPF_H */
