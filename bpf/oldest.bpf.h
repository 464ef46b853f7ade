/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oldest mappings of a container: the first ones that were made when it had none. While one
 * of them is there, the oldest of all is among them.
 */
#ifndef VFIOTOP_OLDEST_BPF_H
#define VFIOTOP_OLDEST_BPF_H

#include <bpf/bpf_helpers.h>

#include "vfiotop.h"

/*
 * Threads of one process may map at once. One that would have to wait gives up: from then on
 * the oldest mapping is not known. The number is odd while they are being changed.
 */
static __always_inline bool oldest_begin(struct vt_container *c)
{
	__u64 seq = *(volatile __u64 *)&c->oldest_seq;

	if (!(seq & 1) && __sync_val_compare_and_swap(&c->oldest_seq, seq, seq + 1) == seq)
		return true;
	c->oldest_lost = 1;
	return false;
}

static __always_inline void oldest_end(struct vt_container *c)
{
	__sync_fetch_and_add(&c->oldest_seq, 1);
}

static __always_inline void oldest_set(struct vt_container *c, int i, __u64 iova, __u64 size,
				       __u64 ns, __u32 tid)
{
	c->oldest_iova[i] = iova;
	c->oldest_size[i] = size;
	c->oldest_ns[i] = ns;
	c->oldest_tid[i] = tid;
}

/* Without room it is younger than the others, as all that follow. */
static __noinline __attribute__((unused)) int oldest_add_another(struct vt_container *c, __u64 iova,
								 __u64 size, __u64 ns, __u32 tid)
{
	int i;

	if (!c || !oldest_begin(c))
		return 0;
	for (i = 0; i < VT_OLDEST && c->oldest_size[i]; i++)
		;
	if (i < VT_OLDEST)
		oldest_set(c, i, iova, size, ns, tid);
	else
		c->oldest_more = 1;
	oldest_end(c);
	return 0;
}

/* A new mapping is the only one: there are no others, whatever was believed. */
static __always_inline void oldest_set_only(struct vt_container *c, __u64 iova, __u64 size,
					    __u64 ns, __u32 tid)
{
	int i;

	if (!oldest_begin(c))
		return;
	c->oldest_more = 0;
	oldest_set(c, 0, iova, size, ns, tid);
	for (i = 1; i < VT_OLDEST; i++)
		c->oldest_size[i] = 0;
	oldest_end(c);
}

/* A new mapping, counted already. */
static __always_inline void oldest_add(struct vt_container *c, __u64 iova, __u64 size, __u64 ns,
				       __u32 tid)
{
	if (c->mappings == 1)
		oldest_set_only(c, iova, size, ns, tid);
	else if (!c->oldest_more)
		oldest_add_another(c, iova, size, ns, tid);
}

/*
 * A new mapping that is counted next. What is known of others counts for nothing while there is no
 * mapping, so that the end of the only one costs nothing. Returns whether it is the only one.
 */
static __always_inline bool oldest_add_first(struct vt_container *c, __u64 iova, __u64 size,
					     __u64 ns, __u32 tid)
{
	if (c->mappings)
		return false;
	oldest_set_only(c, iova, size, ns, tid);
	return true;
}

/*
 * It was counted, and is not @first, or no longer alone. Of several threads that make the first
 * mapping at once each takes the place of the others'.
 */
static __noinline __attribute__((unused)) int oldest_counted(struct vt_container *c, bool first,
							     const struct vfio_dma_map_record *r)
{
	if (!c || !r)
		return 0;
	if (first)
		c->oldest_lost = 1;
	else
		oldest_add(c, r->iova, r->size, r->end_ns, r->tid);
	return 0;
}

static __always_inline bool oldest_is_in(const struct vt_container *c, int i, __u64 iova,
					 __u64 last)
{
	__u64 first = c->oldest_iova[i], size = c->oldest_size[i];

	return size && first <= last && first + (size - 1) >= iova;
}

/* The mapping of entry @i, if it still is that, is gone. */
static __always_inline void oldest_drop(struct vt_container *c, int i, __u64 iova)
{
	if (!oldest_begin(c))
		return;
	if (c->oldest_iova[i] == iova)
		c->oldest_size[i] = 0;
	oldest_end(c);
}

/* Mappings from @iova to @last are gone. */
static __noinline __attribute__((unused)) int oldest_remove(struct vt_container *c, __u64 iova,
							    __u64 last)
{
	bool all = !iova && last == ~0ULL;
	__u32 found = 0;
	int i;

	if (!c)
		return 0;
	for (i = 0; i < VT_OLDEST; i++)
		if (oldest_is_in(c, i, iova, last))
			found |= 1U << i;
	if ((!found && !all) || !oldest_begin(c))
		return 0;
	for (i = 0; i < VT_OLDEST; i++)
		if (found & 1U << i && oldest_is_in(c, i, iova, last))
			c->oldest_size[i] = 0;
	/* Of nothing all is known. */
	if (all) {
		c->oldest_more = 0;
		c->oldest_lost = 0;
	}
	oldest_end(c);
	return 0;
}

/* A mapping is gone, which is the only one that begins at @iova. */
static __always_inline void oldest_remove_one(struct vt_container *c, __u64 iova)
{
	int i;

#pragma unroll
	for (i = 0; i < VT_OLDEST; i++)
		if (c->oldest_iova[i] == iova && c->oldest_size[i]) {
			oldest_drop(c, i, iova);
			return;
		}
}

static __always_inline void oldest_range(struct vt_container *c,
					 const struct vfio_dma_unmap_record *r)
{
	if (r->removed == 1)
		oldest_remove_one(c, r->iova);
	else
		oldest_remove(c, r->iova, r->iova + (r->size - 1));
}

/* The end of an unmap. One that did another size than it was asked for is a riddle. */
static __always_inline void oldest_unmapped(struct vt_container *c,
					    const struct vfio_dma_unmap_record *r)
{
	if (r->cause == VFIO_CAUSE_ALL)
		oldest_remove(c, 0, ~0ULL);
	else if (r->done == r->size)
		oldest_range(c, r);
	else if (r->done)
		c->oldest_lost = 1;
}

#endif /* VFIOTOP_OLDEST_BPF_H */
