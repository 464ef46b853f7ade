/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that are rare: what each was about is kept from its begin to its end.
 */
#ifndef VFIOTOP_STOCK_CALLS_BPF_H
#define VFIOTOP_STOCK_CALLS_BPF_H

#include <stdbool.h>

#include "tables.bpf.h"

/* What a thread's call was about, for the calls that are rare. */
struct call {
	__u64 start_ns;
	__u64 key; /* of its container, 0 when there is none */
	__u32 group;
	__u32 users;
	char name[VFIO_RECORD_NAME_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline void call_begin(struct call *call)
{
	__u32 tid = bpf_get_current_pid_tgid();

	call->start_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&calls, &tid, call, BPF_ANY);
}

/* The call that is about to end, if its begin was seen. */
static __always_inline bool call_end(struct call *call)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *begun = bpf_map_lookup_elem(&calls, &tid);

	if (!begun)
		return false;
	*call = *begun;
	bpf_map_delete_elem(&calls, &tid);
	return true;
}

#endif /* VFIOTOP_STOCK_CALLS_BPF_H */
