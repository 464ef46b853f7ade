/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables, and what every program that fills them needs.
 *
 * Tables on the path of a map or unmap are arrays: an array lookup is a few inlined
 * instructions, a hash lookup more than a hundred. vfiotop has these arrays in memory, and
 * frees container slots itself: it zeroes everything, @key last.
 */
#ifndef VFIOTOP_TABLES_BPF_H
#define VFIOTOP_TABLES_BPF_H

#include <linux/bpf.h>
#include <asm-generic/errno.h>
#include <bpf/bpf_helpers.h>

#include "vfiotop.h"

/* A store that the compiler neither drops nor moves past another such store. */
#define vt_store(field, value) (*(volatile typeof(field) *)&(field) = (value))

/* A load that the compiler does not replace by what it has stored there. */
#define vt_load(field) (*(volatile typeof(field) *)&(field))

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vt_container);
} containers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vt_in_flight);
} in_flight SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct vt_group);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct vt_device_key);
	__type(value, struct vt_device);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} failures SEC(".maps");

/* The size of a page, a power of two; set before loading. */
const volatile __u32 page_shift = 0;

/*
 * A range of at least as many bytes can be mapped in larger pages, if it lies well. A power of
 * two; set before loading.
 */
const volatile __u64 superpage = 0;

/* How many containers have a slot, never more than @containers_max. vfiotop has it in memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} containers_used SEC(".maps");

/*
 * Sizes of the two arrays, powers of two; set before loading. An index of the first one is so
 * many of 64 bits shorter.
 */
const volatile __u32 container_shift = 0;
const volatile __u32 in_flight_mask = 0;

/* The most containers at once; set before loading. */
const volatile __u64 containers_max = 0;

/*
 * Set by vfiotop once every program is attached. Before that, a container would
 * be seen to pin and not to unpin.
 */
volatile __u32 watching = 0;

/*
 * Functions that are not static are verified once, not at every call. Loops are verified turn
 * by turn, so long ones are made of calls of short ones, which are made of calls.
 */
#define LOOP_PART 8

__u64 lost[VT_LOST_KINDS];

/* Pages that mappings of any container did not give back. */
__u64 pages_kept;

static __always_inline void count_lost(enum vt_lost kind)
{
	__sync_fetch_and_add(&lost[kind], 1);
}

/* The same where little is lost: what else is done prepares nothing for it. */
static __noinline __attribute__((unused)) int count_lost_rarely(enum vt_lost kind)
{
	if (kind < VT_LOST_KINDS)
		count_lost(kind);
	return 0;
}

/* Raises *max to at least value. Contention is rare: a container has one lock. */
static __always_inline void atomic_max(__u64 *max, __u64 value)
{
	__u64 seen = *(volatile __u64 *)max;
	int i;

	for (i = 0; i < 8 && seen < value; i++) {
		__u64 before = __sync_val_compare_and_swap(max, seen, value);

		if (before == seen)
			return;
		seen = before;
	}
}

#endif /* VFIOTOP_TABLES_BPF_H */
