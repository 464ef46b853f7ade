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

static __always_inline struct vt_container *container_get_with_id(__u64 key)
{
	struct vt_container *c = container_find(key);
	__u32 index = 0;
	__u64 *last;

	if (c || !key)
		return c;
	last = bpf_map_lookup_elem(&container_ids, &index);
	return last ? container_claim(key, __sync_fetch_and_add(last, 1) + 1) : NULL;
}

#endif /* VFIOTOP_CONTAINER_IDS_BPF_H */
