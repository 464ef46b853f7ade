/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers for the containers of modules that do not number them. Their key is an address: of
 * their struct vfio_container, or, where that is unknown, of their backend's data.
 */
#ifndef VFIOTOP_CONTAINER_IDS_BPF_H
#define VFIOTOP_CONTAINER_IDS_BPF_H

#include "containers.bpf.h"
#include "vfiotop.h"

/* The last number given. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} container_ids SEC(".maps");

/* A new container gets a slot and a number: the index of its slot, or -1. */
static __always_inline int container_number(__u64 key)
{
	__u32 zero = 0;
	__u64 *last = bpf_map_lookup_elem(&container_ids, &zero);

	return last && key ? container_claim(key, __sync_fetch_and_add(last, 1) + 1) : -1;
}

/* Gives the index of its slot, too, -1 when there is none free. */
static __always_inline struct vt_container *container_get_at(__u64 key, int *index)
{
	struct vt_container *c = container_find_at(key, index);

	if (c)
		return c;
	*index = container_number(key);
	return container_at(*index);
}

static __always_inline struct vt_container *container_get_with_id(__u64 key)
{
	int index;

	return container_get_at(key, &index);
}

/* Not inlined: each place that looks something up costs when a program is loaded. */
static __noinline __attribute__((unused)) struct vt_container *container_get_slowly(__u64 key)
{
	return container_get_with_id(key);
}

static __always_inline __u64 container_id_of(__u64 key)
{
	struct vt_container *c = key ? container_get_slowly(key) : NULL;

	return c ? c->id : 0;
}

#endif /* VFIOTOP_CONTAINER_IDS_BPF_H */
