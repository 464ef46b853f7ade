/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which container a backend's data belongs to: events of a backend name only that.
 */
#ifndef VFIOTOP_BACKENDS_BPF_H
#define VFIOTOP_BACKENDS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vfiotop.h"

/* Keys of containers by the address of their backend's data. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} backends SEC(".maps");

static __always_inline void backend_note(struct vt_container *c, __u64 backend)
{
	__u64 key = c->key;

	c->backend_key = backend;
	bpf_map_update_elem(&backends, &backend, &key, BPF_ANY);
}

#endif /* VFIOTOP_BACKENDS_BPF_H */
