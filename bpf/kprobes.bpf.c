// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source kprobes: the kernel's own VFIO modules where there is no type information.
 *
 * A kprobe gets only the registers, and no structure of the kernel is read, as its layout
 * is not known. A container is known by the address of its backend's data: it exists here
 * from the choice of a backend until that backend is released, and gets a number when it is
 * first seen. An IOAS of iommufd is known by the open file of its context and by its ID.
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
#include "kprobes_calls.bpf.h"
#include "kprobes_iommufd.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

#define MAX_ERRNO 4095

/* Not static: libbpf would give the kernel a wrong place of it. */
const char type1_name[] = "vfio-iommu-type1";

static __always_inline struct vt_container *container_of_backend(__u64 key)
{
	struct vt_container *c = container_get_with_id(key);

	if (c && !c->backend[0])
		__builtin_memcpy(c->backend, type1_name, sizeof(type1_name));
	return c;
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
		operation_begin(&call, container_of_backend(call.key));
	return 0;
}

static __always_inline void map_end(struct call *call, __s64 ret)
{
	/* The page was not present before; now the kernel has read it. */
	if (!call->size)
		read_map(call);
	map_ends(call, container_of_backend(call->key), ret);
}

static __always_inline void unmap_end(struct call *call, __s64 ret)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};

	/* The kernel has replaced the size requested by the size unmapped. */
	if (bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)call->arg)) {
		count_lost(VT_LOST_READ);
		unmap.iova = call->iova;
		unmap.size = call->size;
	}
	call->iova = unmap.iova;
	unmap_ends(call, container_of_backend(call->key), unmap.size, ret);
}

static __noinline int dirty_end(struct call *call, __s64 ret)
{
	struct vt_container *c = call ? container_of_backend(call->key) : NULL;

	if (call && c)
		dirty_request_end(c, call->arg, bpf_ktime_get_ns() - call->start_ns, ret);
	return 0;
}

SEC("kretprobe/vfio_iommu_type1_ioctl")
int BPF_KRETPROBE(kprobes_ioctl_end, long ret)
{
	struct call call;

	if (!watching || !operation_returns(&call))
		return 0;
	if (call.operation == VT_OP_DIRTY_LOG)
		dirty_end(&call, ret);
	else if (call.operation == VT_OP_MAP)
		map_end(&call, ret);
	else
		unmap_end(&call, ret);
	return 0;
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
		operation_begin(&call, container_of_backend(call.key));
	return 0;
}

SEC("kretprobe/vfio_iommu_type1_detach_group")
int BPF_KRETPROBE(kprobes_detach_end)
{
	struct call call;

	if (watching && operation_returns(&call))
		teardown_ends(&call, container_of_backend(call.key));
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

/* --- iommufd ------------------------------------------------------------------------ */

SEC("kprobe/iommufd_fops_ioctl")
int BPF_KPROBE(kprobes_iommufd_ioctl, void *file, unsigned int cmd, unsigned long arg)
{
	if (watching)
		ioctl_begins((__u64)file, cmd, arg);
	return 0;
}

SEC("kretprobe/iommufd_fops_ioctl")
int BPF_KRETPROBE(kprobes_iommufd_ioctl_end, long ret)
{
	struct call call;

	if (watching && operation_returns(&call))
		ioctl_ends(&call, ret);
	return 0;
}

/* A map is done, but perhaps its answer cannot be written. */
SEC("kretprobe/iopt_map_user_pages")
int BPF_KRETPROBE(kprobes_iommufd_mapped, int ret)
{
	struct call *call = call_of_iommufd();

	if (call && !ret)
		call->made = 1;
	return 0;
}

SEC("kprobe/iopt_area_unfill_domains")
int BPF_KPROBE(kprobes_iommufd_unfilled)
{
	struct call *call = call_of_iommufd();

	if (call)
		call->removed++;
	return 0;
}

/* VFIO_IOMMU_UNMAP_DMA of type 1 cuts mappings in pieces. */
SEC("kprobe/iopt_cut_iova")
int BPF_KPROBE(kprobes_iommufd_cut)
{
	struct call *call = call_of_iommufd();
	struct vt_container *c = call ? container_find(call->key) : NULL;

	if (c)
		container_flag(c, VT_CONTAINER_CUT);
	return 0;
}

SEC("kprobe/iommufd_object_finalize")
int BPF_KPROBE(kprobes_iommufd_finalize, void *context, void *object)
{
	struct call *call = call_of_iommufd();

	if (call && call->operation == CALL_ALLOC)
		call->iova = (__u64)object;
	return 0;
}

SEC("kprobe/iommufd_ioas_destroy")
int BPF_KPROBE(kprobes_iommufd_destroy, void *object)
{
	if (watching)
		ioas_ends((__u64)object);
	return 0;
}

SEC("kretprobe/iommufd_ioas_destroy")
int BPF_KRETPROBE(kprobes_iommufd_destroy_end)
{
	if (watching)
		ioas_ended();
	return 0;
}

SEC("kprobe/iommufd_fops_release")
int BPF_KPROBE(kprobes_iommufd_release, void *inode, void *file)
{
	if (watching)
		context_ends((__u64)file);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
