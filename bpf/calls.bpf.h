/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of kernel functions: what each is about is kept from its begin to its end, where a
 * program sees only the result.
 */
#ifndef VFIOTOP_CALLS_BPF_H
#define VFIOTOP_CALLS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "vfio_records.h"

/* What the ioctls read of their arguments; newer kernels have longer structures. */
#define MAP_ARGSZ   (sizeof(struct vfio_iommu_type1_dma_map))
#define UNMAP_ARGSZ (sizeof(struct vfio_iommu_type1_dma_unmap))

/*
 * struct call - the call that a thread is in
 * @start_ns: when it began
 * @key: key of its container, 0 when there is none
 * @arg: map, unmap: address of the argument; device: key of the container of its group
 * @iova: map, unmap: start of the range
 * @size: map, unmap: bytes asked for
 * @removed: mappings removed so far
 * @operation: enum vt_operation
 * @all: unmap: of all
 * @group: number of the group
 * @users: device: how often it is open
 * @name: device: its name
 * @file: iommufd, by kprobes, which see no devices: the open file that the call is of, else 0
 * @ioas: likewise, ID of its IOAS, 0 when that is unknown
 * @made: likewise, its mapping was made
 */
struct call {
	__u64 start_ns;
	__u64 key;
	__u64 arg;
	__u64 iova;
	__u64 size;
	__u64 removed;
	__u32 operation;
	__u32 all;
	__u32 group;
	__u32 users;
	union {
		char name[VFIO_RECORD_NAME_LEN];
		struct {
			__u64 file;
			__u32 ioas;
			__u32 made;
		};
	};
};

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline __u32 current_pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* The call that this thread is in, or NULL. */
static __always_inline struct call *call_find(void)
{
	__u32 tid = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&calls, &tid);
}

/* Returns false when there is no room for it. */
static __always_inline bool call_begin(struct call *call)
{
	__u32 tid = bpf_get_current_pid_tgid();

	call->start_ns = bpf_ktime_get_ns();
	return !bpf_map_update_elem(&calls, &tid, call, BPF_ANY);
}

static __always_inline void call_forget(void)
{
	__u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls, &tid);
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

#endif /* VFIOTOP_CALLS_BPF_H */
