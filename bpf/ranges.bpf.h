/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the large mappings of a container lie: ranges of neighbours, of a superpage and more,
 * so that the many small maps of a busy program pay nothing for it.
 */
#ifndef VFIOTOP_RANGES_BPF_H
#define VFIOTOP_RANGES_BPF_H

#include <bpf/bpf_helpers.h>

#include "vfiotop.h"

/*
 * Threads of one process may map at once. One that would have to wait gives up: from then on
 * the ranges are not known. The number is odd while they are being changed.
 */
static __always_inline bool ranges_begin(struct vt_container *c)
{
	__u64 seq = *(volatile __u64 *)&c->ranges_seq;

	if (!(seq & 1) && __sync_val_compare_and_swap(&c->ranges_seq, seq, seq + 1) == seq)
		return true;
	c->ranges_lost = 1;
	return false;
}

static __always_inline void ranges_end(struct vt_container *c)
{
	__sync_fetch_and_add(&c->ranges_seq, 1);
}

/*
 * A change of the ranges, one of them after the other. What is mapped or unmapped is from @first
 * to @last; @rest_first to @rest_last is what an unmap leaves behind a hole, if it leaves any.
 */
struct ranges_change {
	struct vt_container *c;
	__u64 first;
	__u64 last;
	__u64 leaves;
	__u64 rest_first;
	__u64 rest_last;
	__u32 unused;
	bool rest;
	bool done;
};

static __always_inline void range_set(struct vt_container *c, __u32 i, __u64 first, __u64 last,
				      __u64 leaves)
{
	if (i >= VT_RANGES) {
		c->ranges_lost = 1;
		return;
	}
	c->range_iova[i] = first;
	c->range_size[i] = last - first + 1;
	c->range_leaves[i] = leaves;
}

/* A new mapping may be the neighbour of a range with leaves of the same sizes. */
static long range_join(__u32 i, struct ranges_change *n)
{
	struct vt_container *c = n->c;
	__u64 iova, size;

	if (i >= VT_RANGES)
		return 1;
	iova = c->range_iova[i];
	size = c->range_size[i];
	if (!size) {
		n->unused = i;
		return 0;
	}
	if (c->range_leaves[i] != n->leaves)
		return 0;
	if (iova + size == n->first)
		c->range_size[i] = n->last - iova + 1;
	else if (n->last + 1 == iova)
		range_set(c, i, n->first, iova + size - 1, n->leaves);
	else
		return 0;
	n->done = true;
	return 1;
}

/* What a range has in common with an unmap is gone. */
static long range_cut(__u32 i, struct ranges_change *n)
{
	struct vt_container *c = n->c;
	__u64 first, last;

	if (i >= VT_RANGES)
		return 1;
	if (!c->range_size[i]) {
		n->unused = i;
		return 0;
	}
	first = c->range_iova[i];
	last = first + c->range_size[i] - 1;
	if (n->first > last || n->last < first)
		return 0;
	if (n->last < last) {
		n->rest = n->first > first;
		if (!n->rest) {
			range_set(c, i, n->last + 1, last, c->range_leaves[i]);
			return 0;
		}
		n->rest_first = n->last + 1;
		n->rest_last = last;
		n->leaves = c->range_leaves[i];
	}
	c->range_size[i] = n->first > first ? n->first - first : 0;
	return 0;
}

/* A new mapping; @leaves is the mask of its leaf sizes, 0 when unknown. */
static __noinline __attribute__((unused)) int range_add(struct vt_container *c, __u64 iova,
							__u64 size, __u64 leaves)
{
	struct ranges_change n = {
		.c = c,
		.first = iova,
		.last = iova + size - 1,
		.leaves = leaves,
		.unused = VT_RANGES,
	};

	if (!c || size < superpage || !ranges_begin(c))
		return 0;
	bpf_loop(VT_RANGES, range_join, &n, 0);
	if (!n.done)
		range_set(c, n.unused, n.first, n.last, leaves);
	ranges_end(c);
	return 0;
}

/* Mappings from @iova to @last are gone. What is left on both sides of a hole is two ranges. */
static __noinline __attribute__((unused)) int range_remove(struct vt_container *c, __u64 iova,
							   __u64 last)
{
	struct ranges_change n = {
		.c = c,
		.first = iova,
		.last = last,
		.unused = VT_RANGES,
	};

	if (!c || !ranges_begin(c))
		return 0;
	bpf_loop(VT_RANGES, range_cut, &n, 0);
	if (n.rest)
		range_set(c, n.unused, n.rest_first, n.rest_last, n.leaves);
	/* Of nothing all is known. */
	if (!iova && last == ~0ULL)
		c->ranges_lost = 0;
	ranges_end(c);
	return 0;
}

/* The end of an unmap of a range, or of all. One that did another size than it was asked for is a riddle. */
static __always_inline void ranges_unmapped(struct vt_container *c,
					    const struct vfio_dma_unmap_record *r)
{
	if (r->done < superpage)
		return;
	if (r->cause == VFIO_CAUSE_ALL)
		range_remove(c, 0, ~0ULL);
	else if (r->done == r->size)
		range_remove(c, r->iova, r->iova + r->size - 1);
	else
		c->ranges_lost = 1;
}

#endif /* VFIOTOP_RANGES_BPF_H */
