// SPDX-License-Identifier: GPL-2.0-only
/*
 * Front end for the distribution's VFIO modules where there is no type information:
 * kprobes, which are told registers only.
 *
 * Nothing is read of the kernel's own structures, whose layout is not known. A
 * container is known by the address of its backend's data, so it is here from the
 * choice of a backend to that backend's end, and gets a number when it is first seen.
 */
#include "aggregate.bpf.h"

#include <linux/ptrace.h>

#include <bpf/bpf_tracing.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "numbers.bpf.h"

#define MAX_ERRNO   4095
#define MAP_ARGSZ   (sizeof(struct vfio_iommu_type1_dma_map))
#define UNMAP_ARGSZ (sizeof(struct vfio_iommu_type1_dma_unmap))

/* What a thread's call is about: its end is told the result only. */
struct call {
	__u64 start_ns;
	__u64 key;
	__u64 arg;
	__u64 iova;
	__u64 size;
	__u64 removed; /* mappings */
	__u32 operation;
	__u32 all; /* an unmap of all */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/* Calls whose end the kernel did not tell, or whose begin did not fit. */
__u64 missed = 0;

static const char backend[] = "vfio-iommu-type1";

static __always_inline __u32 current_pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline struct vt_container *container_of_backend(__u64 key)
{
	struct vt_container *c = numbered_container(key);

	if (c && !c->backend[0])
		__builtin_memcpy(c->backend, backend, sizeof(backend));
	return c;
}

static __always_inline void operation_end(void)
{
	struct vt_flight *f = flight_own(bpf_get_current_pid_tgid());

	if (f)
		flight_end(f);
}

static __always_inline void begin(struct call *call)
{
	struct vt_container *c = container_of_backend(call->key);
	__u32 tid = bpf_get_current_pid_tgid();

	call->start_ns = bpf_ktime_get_ns();
	if (bpf_map_lookup_elem(&calls, &tid))
		__sync_fetch_and_add(&missed, 1);
	if (bpf_map_update_elem(&calls, &tid, call, BPF_ANY)) {
		__sync_fetch_and_add(&missed, 1);
		return;
	}
	if (!c)
		return;
	if (call->operation != VT_OP_TEARDOWN)
		container_caller(c, current_pid());
	on_begin(call->operation, c->id, call->iova, call->size, call->start_ns);
}

/* The call that is about to end, if its begin was seen. */
static __always_inline bool end(struct call *call)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *begun = bpf_map_lookup_elem(&calls, &tid);

	if (!begun)
		return false;
	*call = *begun;
	bpf_map_delete_elem(&calls, &tid);
	return true;
}

/* --- Maps and unmaps -------------------------------------------------------------- */

static __always_inline bool read_map(struct call *call)
{
	struct vfio_iommu_type1_dma_map map = {};

	if (bpf_probe_read_user(&map, MAP_ARGSZ, (void *)call->arg))
		return true;
	call->iova = map.iova;
	call->size = map.size;
	return !(map.flags & VFIO_DMA_MAP_FLAG_VADDR);
}

static __always_inline bool read_unmap(struct call *call)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};

	if (bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)call->arg))
		return true;
	call->iova = unmap.iova;
	call->size = unmap.size;
	call->all = unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL;
	return !(unmap.flags & VFIO_DMA_UNMAP_FLAG_VADDR);
}

SEC("kprobe/vfio_iommu_type1_ioctl")
int BPF_KPROBE(kprobes_ioctl, void *iommu, unsigned int cmd, unsigned long arg)
{
	struct call call = { .key = (__u64)iommu, .arg = arg };
	bool wanted = false;

	if (!watching)
		return 0;
	if (cmd == VFIO_IOMMU_MAP_DMA) {
		call.operation = VT_OP_MAP;
		wanted = read_map(&call);
	} else if (cmd == VFIO_IOMMU_UNMAP_DMA) {
		call.operation = VT_OP_UNMAP;
		wanted = read_unmap(&call);
	}
	if (wanted)
		begin(&call);
	return 0;
}

static __noinline int map_end(struct call *call, __s64 ret)
{
	struct vt_container *c = call ? container_of_backend(call->key) : NULL;
	struct vfio_dma_map_record r = {
		.mappings = VT_UNKNOWN,
		.pinned = VT_UNKNOWN,
		.pid = current_pid(),
		.ret = ret,
		.stage = ret ? VT_STAGE_UNKNOWN : VFIO_STAGE_DONE,
	};

	if (!call || !c)
		return 0;
	r.total_ns = bpf_ktime_get_ns() - call->start_ns;
	/* By now the kernel has read it, too. */
	if (!call->size)
		read_map(call);
	r.container = c->id;
	r.iova = call->iova;
	r.size = call->size;
	operation_end();
	if (ret)
		on_map_failed(c, &r);
	else
		on_map_done(c, &r);
	return 0;
}

static __noinline int unmap_end(struct call *call, __s64 ret)
{
	struct vt_container *c = call ? container_of_backend(call->key) : NULL;
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_dma_unmap_record r = {
		.mappings = VT_UNKNOWN,
		.pinned = VT_UNKNOWN,
		.pid = current_pid(),
		.ret = ret,
	};

	if (!call || !c)
		return 0;
	r.total_ns = bpf_ktime_get_ns() - call->start_ns;
	/* The kernel has put what it unmapped in the place of what was asked for. */
	if (bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)call->arg)) {
		count_lost(VT_LOST_READ);
		unmap.iova = call->iova;
		unmap.size = call->size;
	}
	r.container = c->id;
	r.iova = unmap.iova;
	r.size = call->all || !call->size ? unmap.size : call->size;
	r.done = ret ? 0 : unmap.size;
	r.removed = call->removed;
	operation_end();
	if (ret)
		on_unmap_failed(c, &r);
	else
		on_unmap_done(c, &r);
	return 0;
}

SEC("kretprobe/vfio_iommu_type1_ioctl")
int BPF_KRETPROBE(kprobes_ioctl_end, long ret)
{
	struct call call;

	if (!watching || !end(&call))
		return 0;
	return call.operation == VT_OP_MAP ? map_end(&call, ret) : unmap_end(&call, ret);
}

/* --- Mappings that end ------------------------------------------------------------ */

SEC("kprobe/vfio_remove_dma")
int BPF_KPROBE(kprobes_remove_dma, void *iommu)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &tid);
	struct vt_container *c;

	if (!watching)
		return 0;
	if (call) {
		call->removed++;
		return 0;
	}
	c = container_find((__u64)iommu);
	if (c)
		container_mappings(c, -1, VT_UNKNOWN);
	return 0;
}

SEC("kprobe/vfio_iommu_type1_detach_group")
int BPF_KPROBE(kprobes_detach, void *iommu)
{
	struct call call = {
		.key = (__u64)iommu,
		.operation = VT_OP_TEARDOWN,
	};

	if (watching)
		begin(&call);
	return 0;
}

SEC("kretprobe/vfio_iommu_type1_detach_group")
int BPF_KRETPROBE(kprobes_detach_end)
{
	struct vfio_dma_unmap_record r = {
		.mappings = VT_UNKNOWN,
		.pinned = VT_UNKNOWN,
		.pid = current_pid(),
	};
	struct vt_container *c;
	struct call call;

	if (!watching || !end(&call))
		return 0;
	c = container_of_backend(call.key);
	if (!c)
		return 0;
	operation_end();
	if (!call.removed)
		return 0;
	r.total_ns = bpf_ktime_get_ns() - call.start_ns;
	r.container = c->id;
	r.removed = call.removed;
	on_teardown_end(c, &r);
	return 0;
}

/* --- Backends --------------------------------------------------------------------- */

SEC("kretprobe/vfio_iommu_type1_open")
int BPF_KRETPROBE(kprobes_open_end, unsigned long iommu)
{
	struct vt_container *c;

	if (!watching || iommu >= -(unsigned long)MAX_ERRNO)
		return 0;
	c = container_of_backend(iommu);
	/* Nothing was mapped before: what is counted from here on is all there is. */
	if (c)
		container_flag(c, VT_CONTAINER_OPEN_SEEN);
	return 0;
}

/* Its address may be another's from here on. */
SEC("kprobe/vfio_iommu_type1_release")
int BPF_KPROBE(kprobes_release, void *iommu)
{
	__u64 key = (__u64)iommu;
	struct vt_container *c = container_find(key);

	if (!watching || !c)
		return 0;
	on_container_release(key, c->id, 0, 0, 0);
	vt_store(c->key, key | 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
