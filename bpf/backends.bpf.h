/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which container a backend's data belongs to: events of a backend name only that.
 */
#ifndef VFIOTOP_BACKENDS_BPF_H
#define VFIOTOP_BACKENDS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "vfiotop.h"

/* Keys of containers by the address of their backend's data. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} backends SEC(".maps");

/* The structures of others, such as those for POWER, are not known here. */
static __always_inline bool backend_is_type1(const volatile char *name)
{
	static const char type1[] = "vfio-iommu-type1";
	unsigned int i;

#pragma unroll
	for (i = 0; i < sizeof(type1); i++)
		if (name[i] != type1[i])
			return false;
	return true;
}

static __always_inline void backend_note(struct vt_container *c, __u64 backend)
{
	__u64 key = c->key;

	c->backend_key = backend;
	bpf_map_update_elem(&backends, &backend, &key, BPF_ANY);
}

#endif /* VFIOTOP_BACKENDS_BPF_H */
