// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source iommu: the kernel's own IOMMU tracepoints, for kernels where programs cannot be
 * attached to VFIO. They tell neither container nor request, so calls are counted per
 * process, for processes that vfiotop has found to have open VFIO files.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "vfiotop.h"

/* By process; vfiotop makes and removes the rows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct vt_iommu_calls);
} processes SEC(".maps");

static __always_inline struct vt_iommu_calls *calls_of_process(void)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_lookup_elem(&processes, &pid);
}

SEC("raw_tp/map")
int BPF_PROG(iommu_map, unsigned long iova, __u64 paddr, __u64 size)
{
	struct vt_iommu_calls *calls = calls_of_process();

	if (!calls)
		return 0;
	__sync_fetch_and_add(&calls->maps, 1);
	__sync_fetch_and_add(&calls->map_bytes, size);
	return 0;
}

SEC("raw_tp/unmap")
int BPF_PROG(iommu_unmap, unsigned long iova, __u64 size, __u64 unmapped)
{
	struct vt_iommu_calls *calls = calls_of_process();

	if (!calls)
		return 0;
	__sync_fetch_and_add(&calls->unmaps, 1);
	__sync_fetch_and_add(&calls->unmap_bytes, unmapped);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
