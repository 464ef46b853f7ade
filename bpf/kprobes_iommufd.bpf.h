/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommufd, as far as the arguments of its ioctls tell.
 *
 * An IOAS exists here from its ioctl on; one that was there before, from the first request that
 * succeeds. Until then its ID may be one of nothing.
 */
#ifndef VFIOTOP_KPROBES_IOMMUFD_BPF_H
#define VFIOTOP_KPROBES_IOMMUFD_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/ioctl.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "failures.bpf.h"
#include "iommufd_contexts.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "kprobes_calls.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/* As <linux/iommufd.h> numbers them. */
#define IOCTL_DESTROY	    _IO(';', 0x80)
#define IOCTL_IOAS_ALLOC    _IO(';', 0x81)
#define IOCTL_IOAS_COPY	    _IO(';', 0x83)
#define IOCTL_IOAS_MAP	    _IO(';', 0x85)
#define IOCTL_IOAS_UNMAP    _IO(';', 0x86)
#define IOCTL_VFIO_IOAS	    _IO(';', 0x88)
#define IOCTL_IOAS_MAP_FILE _IO(';', 0x8f)

/* What a call is that is no request to an address space, beside enum vt_operation. */
enum {
	CALL_OTHER = 0x100,
	CALL_ALLOC,
	CALL_DESTROY,
	CALL_VFIO_IOAS,
};

/* An unmap of all. */
#define WHOLE (~0ULL)

/* IOASes are seen to be destroyed; set before loading. */
const volatile __u32 sees_destroy = 0;

/* --- Address spaces --------------------------------------------------------------- */

/* The kernel's address of an IOAS: its key here. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} objects SEC(".maps");

/* The IOAS that VFIO's requests to a file use, as far as an ioctl has said so. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} vfio_ioases SEC(".maps");

/* The key of a row whose container was released has bit 0. */
static __always_inline __u64 ioas_key(__u64 file, __u32 id)
{
	return (file ^ (id + 1) * 0x9e3779b97f4a7c15ULL) & ~1ULL;
}

static __always_inline struct vt_container *ioas_row(__u64 file, __u32 id)
{
	struct vt_container *c = container_get_with_id(ioas_key(file, id));

	if (!c || c->flags & VT_CONTAINER_IOAS)
		return c;
	c->ioas = id;
	c->context = context_number(file);
	c->context_key = file;
	container_flag(c, VT_CONTAINER_IOAS);
	return c;
}

static __always_inline void ioas_released(struct vt_container *c)
{
	__u64 key = c->key;

	on_container_release(key, c->id, 0, 0, 0);
	vt_store(c->key, key | 1);
}

/* The call to iommufd that this thread is in, or NULL. */
static __always_inline struct call *call_of_iommufd(void)
{
	struct call *call = watching ? call_find() : NULL;

	return call && call->file ? call : NULL;
}

/* --- What calls ask for ------------------------------------------------------------- */

#define READ_USER(to, call) bpf_probe_read_user(&(to), sizeof(to), (void *)(call)->arg)

/* The IOAS of VFIO's requests; 0 stands for the one that the kernel made by itself. */
static __always_inline void asks_vfio_ioas(struct call *call)
{
	__u32 *id = bpf_map_lookup_elem(&vfio_ioases, &call->file);

	call->ioas = id ? *id : 0;
	call->key = ioas_key(call->file, call->ioas);
}

static __always_inline void asks_ioas(struct call *call, __u32 id, __u64 iova, __u64 size)
{
	call->ioas = id;
	call->key = ioas_key(call->file, id);
	call->iova = iova;
	call->size = size;
}

static __always_inline void asks_map(struct call *call)
{
	struct ioas_map_request map = {};

	if (!READ_USER(map, call))
		asks_ioas(call, map.ioas_id, map.iova, map.length);
}

static __always_inline void asks_map_file(struct call *call)
{
	struct ioas_map_file_request map = {};

	if (!READ_USER(map, call))
		asks_ioas(call, map.ioas_id, map.iova, map.length);
}

static __always_inline void asks_copy(struct call *call)
{
	struct ioas_copy_request copy = {};

	if (!READ_USER(copy, call))
		asks_ioas(call, copy.dst_ioas_id, copy.dst_iova, copy.length);
}

static __always_inline void asks_unmap(struct call *call)
{
	struct ioas_unmap_request unmap = {};

	if (READ_USER(unmap, call))
		return;
	asks_ioas(call, unmap.ioas_id, unmap.iova, unmap.length);
	call->all = unmap.length == WHOLE;
}

static __always_inline void asks_vfio_map(struct call *call)
{
	struct vfio_iommu_type1_dma_map map = {};

	asks_vfio_ioas(call);
	if (!READ_USER(map, call)) {
		call->iova = map.iova;
		call->size = map.size;
	}
}

static __always_inline void asks_vfio_unmap(struct call *call)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};

	asks_vfio_ioas(call);
	if (!READ_USER(unmap, call)) {
		call->iova = unmap.iova;
		call->size = unmap.size;
		call->all = unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL;
	}
}

static __always_inline void asks_destroy(struct call *call)
{
	struct {
		__u32 size;
		__u32 id;
	} destroy = {};

	if (!READ_USER(destroy, call))
		asks_ioas(call, destroy.id, 0, 0);
}

/* Also at its end: a page was not present before, which the kernel has read since. */
static __noinline int call_asks(struct call *call, __u32 cmd)
{
	if (!call)
		return 0;
	switch (cmd) {
	case IOCTL_IOAS_MAP:
		asks_map(call);
		return VT_OP_MAP;
	case IOCTL_IOAS_MAP_FILE:
		asks_map_file(call);
		return VT_OP_MAP;
	case IOCTL_IOAS_COPY:
		asks_copy(call);
		return VT_OP_MAP;
	case IOCTL_IOAS_UNMAP:
		asks_unmap(call);
		return VT_OP_UNMAP;
	case VFIO_IOMMU_MAP_DMA:
		asks_vfio_map(call);
		return VT_OP_MAP;
	case VFIO_IOMMU_UNMAP_DMA:
		asks_vfio_unmap(call);
		return VT_OP_UNMAP;
	case IOCTL_IOAS_ALLOC:
		return CALL_ALLOC;
	case IOCTL_DESTROY:
		asks_destroy(call);
		return CALL_DESTROY;
	case IOCTL_VFIO_IOAS:
		return CALL_VFIO_IOAS;
	default:
		return CALL_OTHER;
	}
}

static __always_inline void ioctl_begins(__u64 file, __u32 cmd, __u64 arg)
{
	struct call call = { .file = file, .arg = arg, .users = cmd };
	struct vt_container *c = NULL;

	call.operation = call_asks(&call, cmd);
	if (call.key && call.operation < CALL_OTHER)
		c = container_find(call.key);
	operation_begin(&call, c);
}

/* --- What calls have done ----------------------------------------------------------- */

/* Of an address space that does not exist, or was there before the watch. */
static __always_inline void request_unknown(const struct call *call, __s32 ret)
{
	struct vt_failure *f = failure_new(call->operation, ret, current_pid());

	if (!f)
		return;
	f->iova = call->iova;
	f->size = call->size;
	f->stage = call->operation == VT_OP_MAP ? VT_STAGE_UNKNOWN : 0;
	f->locked_limit = VT_UNKNOWN;
	failure_send(f);
}

/* Makes a row only for what exists. */
static __always_inline struct vt_container *row_of_call(const struct call *call, __s32 ret)
{
	return ret ? container_find(call->key) : ioas_row(call->file, call->ioas);
}

/* The kernel has answered in the request; the address space is the one asked for first. */
static __always_inline void call_asks_again(struct call *call)
{
	__u32 ioas = call->ioas;

	call_asks(call, call->users);
	if (!ioas)
		return;
	call->ioas = ioas;
	call->key = ioas_key(call->file, ioas);
}

static __noinline int ioas_map_ends(struct call *call, __s32 ret)
{
	struct vt_container *c;

	if (!call)
		return 0;
	/* The kernel has chosen the IOVA where it was not fixed. */
	call_asks_again(call);
	if (ret == -EFAULT && call->made && call->users == IOCTL_IOAS_MAP)
		ret = 0;
	c = row_of_call(call, ret);
	if (!c) {
		request_unknown(call, ret);
		return 0;
	}
	/* How many mappings a copy makes is not known, nor whether it was made after all. */
	if ((call->users == IOCTL_IOAS_COPY && !ret) ||
	    (call->users == IOCTL_IOAS_MAP_FILE && ret == -EFAULT))
		container_flag(c, VT_CONTAINER_CUT | VT_CONTAINER_SIZES_LOST);
	return map_ends(call, c, ret);
}

static __noinline int ioas_unmap_ends(struct call *call, __s32 ret)
{
	struct vt_container *c;
	__u64 asked, done;
	__u32 all;

	if (!call)
		return 0;
	asked = call->size;
	all = call->all;
	/* The kernel has replaced the size requested by the size unmapped. */
	call_asks_again(call);
	done = call->size;
	call->size = asked;
	call->all = all;
	c = row_of_call(call, ret);
	if (c)
		return unmap_ends(call, c, done, ret);
	request_unknown(call, ret);
	return 0;
}

/* The IOAS that was made. */
static __noinline int ioas_alloc_ends(struct call *call)
{
	struct {
		__u32 size;
		__u32 flags;
		__u32 id;
	} alloc = {};
	__u64 key, object;
	struct vt_container *c;

	if (!call || READ_USER(alloc, call))
		return 0;
	c = ioas_row(call->file, alloc.id);
	if (!c)
		return 0;
	key = c->key;
	object = call->iova;
	if (object && sees_destroy && !bpf_map_update_elem(&objects, &object, &key, BPF_ANY))
		c->backend_key = object;
	on_container_open(key, c->id, current_pid());
	return 0;
}

/* What it was before, the kernel has destroyed, as far as that was seen. */
static __always_inline void ioas_destroy_ends(struct call *call)
{
	struct vt_container *c = container_find(call->key);

	if (!c)
		return;
	teardown_ends(call, c);
	ioas_released(c);
}

#define VFIO_IOAS_GET	0
#define VFIO_IOAS_SET	1
#define VFIO_IOAS_CLEAR 2

static __always_inline void vfio_ioas_ends(struct call *call)
{
	struct {
		__u32 size;
		__u32 id;
		__u16 op;
	} request = {};

	if (READ_USER(request, call))
		return;
	/* What VFIO's requests went to without a name keeps its row. */
	if (request.op == VFIO_IOAS_SET ||
	    (request.op == VFIO_IOAS_GET && !container_find(ioas_key(call->file, 0))))
		bpf_map_update_elem(&vfio_ioases, &call->file, &request.id, BPF_ANY);
	else if (request.op == VFIO_IOAS_CLEAR)
		bpf_map_delete_elem(&vfio_ioases, &call->file);
}

static __always_inline void ioctl_ends(struct call *call, __s32 ret)
{
	if (call->operation == VT_OP_MAP)
		ioas_map_ends(call, ret);
	else if (call->operation == VT_OP_UNMAP)
		ioas_unmap_ends(call, ret);
	else if (ret)
		return;
	else if (call->operation == CALL_ALLOC)
		ioas_alloc_ends(call);
	else if (call->operation == CALL_DESTROY)
		ioas_destroy_ends(call);
	else if (call->operation == CALL_VFIO_IOAS)
		vfio_ioas_ends(call);
}

/* --- The end ------------------------------------------------------------------------- */

/* The kernel destroys an IOAS: by request, or with its context. */
static __always_inline void ioas_ends(__u64 object)
{
	__u64 *key = bpf_map_lookup_elem(&objects, &object);
	struct vt_container *c = key ? container_find(*key) : NULL;
	struct call *within = call_of_iommufd();
	struct call call = { .operation = VT_OP_TEARDOWN, .key = key ? *key : 0 };

	if (!c)
		return;
	call.file = c->context_key;
	if (!within) {
		operation_begin(&call, c);
		return;
	}
	within->operation = VT_OP_TEARDOWN;
	within->key = call.key;
	within->start_ns = bpf_ktime_get_ns();
	operation_shown(within, c);
}

static __always_inline void ioas_ended(void)
{
	struct call *within = call_of_iommufd();
	struct vt_container *c;
	__u64 object;

	if (!within || within->operation != VT_OP_TEARDOWN)
		return;
	c = container_find(within->key);
	if (c) {
		teardown_ends(within, c);
		object = c->backend_key;
		bpf_map_delete_elem(&objects, &object);
		ioas_released(c);
	}
	/* The call that asked for it goes on. */
	if (within->arg) {
		within->operation = CALL_OTHER;
		return;
	}
	count_under_way(within->file, -1);
	call_forget();
}

static long slot_step(__u32 index, void *data)
{
	struct vt_container *c = container_slot(index);
	__u64 file = *(__u64 *)data;

	if (!c || !(c->flags & VT_CONTAINER_IOAS) || c->context_key != file || c->released_ns ||
	    c->backend_key)
		return 0;
	/* What goes with it was not told. */
	container_flag(c, VT_CONTAINER_ENDS_LOST);
	ioas_released(c);
	return 0;
}

/* Those of its IOASes that are not seen to be destroyed end now. */
static __always_inline void context_ends(__u64 file)
{
	bpf_loop(container_mask() + 1, slot_step, &file, 0);
	bpf_map_delete_elem(&contexts, &file);
	bpf_map_delete_elem(&vfio_ioases, &file);
	forget_under_way(file);
}

#endif /* VFIOTOP_KPROBES_IOMMUFD_BPF_H */
