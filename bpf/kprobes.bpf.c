// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source kprobes: the kernel's own VFIO modules where there is no type information.
 *
 * A kprobe gets only the registers, and no structure of the kernel is read, as its layout
 * is not known. A container is known by the address of its backend's data: it exists here
 * from the choice of a backend until that backend is released, and gets a number when it is
 * first seen.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "dirty_calls.bpf.h"
#include "in_flight.bpf.h"
#include "requests.bpf.h"
#include "tables.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"

#define MAX_ERRNO 4095

/* Calls whose end was not seen, or whose begin did not fit. */
__u64 missed = 0;

/*
 * Calls that the kernel keeps a return probe for at once, of a kind; the ends of more are
 * lost without a word.
 */
const volatile __s64 returns_kept = 10;

/* Calls under way, those whose end was lost included, until their backend is released. */
__s64 under_way = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __s64);
} under_way_by_backend SEC(".maps");

/* Returns how many there were. */
static __always_inline __s64 count_under_way(__u64 backend, __s64 change)
{
	__s64 none = 0, *own;

	bpf_map_update_elem(&under_way_by_backend, &backend, &none, BPF_NOEXIST);
	own = bpf_map_lookup_elem(&under_way_by_backend, &backend);
	if (own)
		__sync_fetch_and_add(own, change);
	return __sync_fetch_and_add(&under_way, change);
}

static __always_inline void forget_under_way(__u64 backend)
{
	__s64 *own = bpf_map_lookup_elem(&under_way_by_backend, &backend);

	if (!own)
		return;
	__sync_fetch_and_add(&under_way, -*own);
	bpf_map_delete_elem(&under_way_by_backend, &backend);
}

static const char backend[] = "vfio-iommu-type1";

static __always_inline struct vt_container *container_of_backend(__u64 key)
{
	struct vt_container *c = container_get_with_id(key);

	if (c && !c->backend[0])
		__builtin_memcpy(c->backend, backend, sizeof(backend));
	return c;
}

/* An end was lost, or may be: what the container has is no longer known. */
static __always_inline void lose_end(struct vt_container *c)
{
	__sync_fetch_and_add(&missed, 1);
	if (c)
		container_flag(c, VT_CONTAINER_ENDS_LOST);
}

static __always_inline void operation_begin(struct call *call)
{
	struct vt_container *c = container_of_backend(call->key);
	struct call *before = call_find();

	if (before) {
		count_under_way(before->key, -1);
		lose_end(container_find(before->key));
	}
	if (!call_begin(call)) {
		lose_end(c);
		return;
	}
	if (count_under_way(call->key, 1) >= returns_kept)
		lose_end(c);
	if (!c)
		return;
	if (call->operation != VT_OP_TEARDOWN)
		container_caller(c, current_pid());
	if (call->operation == VT_OP_DIRTY_LOG)
		return;
	on_begin(call->operation, c->id, call->iova, call->size, call->start_ns);
}

static __always_inline void operation_end(void)
{
	in_flight_end(in_flight_own(bpf_get_current_pid_tgid()));
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
	} else if (cmd == VFIO_IOMMU_DIRTY_PAGES) {
		call.operation = VT_OP_DIRTY_LOG;
		wanted = true;
	}
	if (wanted)
		operation_begin(&call);
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
		.made = !ret,
	};

	if (!call || !c)
		return 0;
	r.total_ns = bpf_ktime_get_ns() - call->start_ns;
	/* The page was not present before; now the kernel has read it. */
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
	trace_map(c, &r);
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
	/* The kernel has replaced the size requested by the size unmapped. */
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
	trace_removal(c, &r, VT_OP_UNMAP);
	return 0;
}

static __noinline int dirty_end(struct call *call, __s64 ret)
{
	struct vt_container *c = call ? container_of_backend(call->key) : NULL;

	if (call && c)
		dirty_request_end(c, call->arg, bpf_ktime_get_ns() - call->start_ns, ret);
	return 0;
}

static __always_inline bool operation_returns(struct call *call)
{
	if (!call_end(call))
		return false;
	count_under_way(call->key, -1);
	return true;
}

SEC("kretprobe/vfio_iommu_type1_ioctl")
int BPF_KRETPROBE(kprobes_ioctl_end, long ret)
{
	struct call call;

	if (!watching || !operation_returns(&call))
		return 0;
	if (call.operation == VT_OP_DIRTY_LOG)
		return dirty_end(&call, ret);
	return call.operation == VT_OP_MAP ? map_end(&call, ret) : unmap_end(&call, ret);
}

/* --- Mappings that end ------------------------------------------------------------ */

SEC("kprobe/vfio_remove_dma")
int BPF_KPROBE(kprobes_remove_dma, void *iommu)
{
	struct call *call = call_find();
	struct vt_container *c;

	if (!watching)
		return 0;
	/* A call whose end was lost takes no other's. */
	if (call && call->key == (__u64)iommu) {
		call->removed++;
		return 0;
	}
	c = container_find((__u64)iommu);
	if (c) {
		container_mappings(c, -1, VT_UNKNOWN);
		container_flag(c, VT_CONTAINER_SIZES_LOST);
	}
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
		operation_begin(&call);
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

	if (!watching || !operation_returns(&call))
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
	trace_removal(c, &r, VT_OP_TEARDOWN);
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
	/* Nothing was mapped before: everything is counted from here on. */
	if (c)
		container_flag(c, VT_CONTAINER_OPEN_SEEN);
	return 0;
}

/* From here on its address may be used again. */
SEC("kprobe/vfio_iommu_type1_release")
int BPF_KPROBE(kprobes_release, void *iommu)
{
	__u64 key = (__u64)iommu;
	struct vt_container *c = container_find(key);

	forget_under_way(key);
	if (!watching || !c)
		return 0;
	on_container_release(key, c->id, 0, 0, 0);
	vt_store(c->key, key | 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
