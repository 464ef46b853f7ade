/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps and unmaps of stock modules, and the locked memory that they are charged.
 *
 * Requests that succeed and whose begin was seen take a short path.
 */
#ifndef VFIOTOP_STOCK_REQUESTS_BPF_H
#define VFIOTOP_STOCK_REQUESTS_BPF_H

#include <bpf/bpf_core_read.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "dirty_calls.bpf.h"
#include "in_flight.bpf.h"
#include "kernel.bpf.h"
#include "ranges.bpf.h"
#include "requests.bpf.h"
#include "stock_causes.bpf.h"
#include "stock_containers.bpf.h"
#include "stock_work.bpf.h"
#include "tables.bpf.h"
#include "tasks.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"
#include "words.bpf.h"

#define CAP_IPC_LOCK 14
#define TREE_DEPTH   64

#define MAP_FLAGS (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/* --- Locked memory ---------------------------------------------------------- */

/* Capabilities in another user namespace than the initial one do not count. */
static __always_inline bool may_lock(struct task_struct *task)
{
	__u64 capabilities = 0;

	bpf_probe_read_kernel(&capabilities, sizeof(capabilities), &task->cred->cap_effective);
	return capabilities & (1ULL << CAP_IPC_LOCK) && !BPF_CORE_READ(task, cred, user_ns, parent);
}

/* Would @pages more exceed the limit of the current process? */
static __always_inline bool over_limit(__u64 pages)
{
	struct task_struct *task = bpf_get_current_task_btf();
	return task_locked(task) + pages > task_lock_limit(task) && !may_lock(task);
}

/* --- Maps ------------------------------------------------------------------- */

/* Bytes of a struct vfio_dma up to its iova: one read, as each costs much. */
#define DMA_HEAD 32

#define DMA_WORD(head, field) \
	(*(__u64 *)((void *)(head) + bpf_core_field_offset(struct vfio_dma, field)))

/* In the address of a mapping: it is the one. */
#define FOUND 1

/* One step down the tree: gives the next node, 0 at its end, or the mapping. */
__noinline __u64 mapping_step(__u64 node, __u64 iova)
{
	__u64 dma = node - bpf_core_field_offset(struct vfio_dma, node);
	__u64 head[DMA_HEAD / sizeof(__u64)];

	bpf_probe_read_kernel(head, sizeof(head), (void *)dma);
	if (DMA_WORD(head, iova) == iova)
		return dma | FOUND;
	return iova < DMA_WORD(head, iova) ? DMA_WORD(head, node.rb_left)
					   : DMA_WORD(head, node.rb_right);
}

__noinline __u64 mapping_steps(__u64 node, __u64 iova)
{
	int i;

#pragma unroll
	for (i = 0; i < LOOP_PART; i++) {
		node = mapping_step(node, iova);
		if (!node || node & FOUND)
			return node;
	}
	return node;
}

/* The mapping that begins at @iova, 0 when there is none. Nothing is locked. */
__noinline __u64 mapping_find(__u64 iommu, __u64 iova)
{
	__u64 node = (__u64)BPF_CORE_READ((struct vfio_iommu *)iommu, dma_list.rb_node);
	int i;

#pragma unroll
	for (i = 0; i < TREE_DEPTH; i += LOOP_PART) {
		if (!node)
			return 0;
		node = mapping_steps(node, iova);
		if (node & FOUND)
			return node & ~FOUND;
	}
	return 0;
}

/* The step at which a map failed, where request and errno imply it. */
static __always_inline __u32 stage_of(const struct vfio_iommu_type1_dma_map *map, __s32 ret,
				      bool full)
{
	switch (ret) {
	case 0:
		return VFIO_STAGE_DONE;
	case -EFAULT:
		return map->argsz ? VFIO_STAGE_PIN : VFIO_STAGE_ARGUMENT;
	case -EEXIST:
		return VFIO_STAGE_OVERLAP;
	case -ENOSPC:
		return full ? VFIO_STAGE_LIMIT : VT_STAGE_UNKNOWN;
	case -ENOMEM:
		return over_limit(map->size >> page_shift) ? VFIO_STAGE_ACCOUNT : VT_STAGE_UNKNOWN;
	case -EINVAL:
	case -EOVERFLOW:
		break;
	default:
		return VT_STAGE_UNKNOWN;
	}
	if (map->argsz < MAP_ARGSZ || !map->flags || map->flags & ~MAP_FLAGS)
		return VFIO_STAGE_ARGUMENT;
	if (!map->size || (map->iova | map->vaddr | map->size) & (page_bytes - 1))
		return VFIO_STAGE_ALIGNMENT;
	if (map->iova + map->size - 1 < map->iova || map->vaddr + map->size - 1 < map->vaddr)
		return VFIO_STAGE_OVERFLOW;
	return VT_STAGE_UNKNOWN;
}

static __always_inline void map_begin(struct file *filep, unsigned long arg)
{
	struct vfio_iommu_type1_dma_map map;

	bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
	if (map.flags & VFIO_DMA_MAP_FLAG_VADDR)
		return;
	work_start(VT_OP_MAP, (__u64)filep->private_data, map.iova, map.size);
}

#define DMA_AT(field) bpf_core_field_offset(struct vfio_dma, field)

/*
 * struct charge - what a mapping tells
 * @iova: where it begins
 * @pages: what it is charged
 * @ipc_lock: whether CAP_IPC_LOCK lifts the limit
 */
struct charge {
	__u64 iova;
	__u64 pages;
	__u64 ipc_lock;
};

/* One read of all, as each costs much. Not inlined, as it needs much of the stack. */
static __noinline int charge_read_slowly(struct vfio_dma *dma, struct charge *charge)
{
	const __u32 first = DMA_AT(iova), lock_cap = DMA_AT(lock_cap) - first;
	__u32 between = DMA_AT(locked_vm) - first;
	char fields[128];

	if (!charge)
		return 0;
	barrier_var(between);
	if (between > sizeof(fields) - sizeof(__u64) || lock_cap >= sizeof(fields)) {
		charge->iova = BPF_CORE_READ(dma, iova);
		charge->pages = BPF_CORE_READ(dma, locked_vm);
		charge->ipc_lock = BPF_CORE_READ(dma, lock_cap);
		return 0;
	}
	bpf_probe_read_kernel(fields, between + sizeof(__u64), (void *)dma + first);
	__builtin_memcpy(&charge->iova, fields, sizeof(__u64));
	__builtin_memcpy(&charge->pages, fields + between, sizeof(__u64));
	charge->ipc_lock = fields[lock_cap];
	return 0;
}

static __always_inline void charge_read(__u64 dma, struct charge *charge)
{
	__u64 lock_cap = dma + DMA_AT(lock_cap);

	if (!word_type) {
		charge_read_slowly((void *)dma, charge);
		return;
	}
	charge->iova = word_cast(dma + DMA_AT(iova));
	charge->pages = word_cast(dma + DMA_AT(locked_vm));
	charge->ipc_lock = word_byte(word_cast(lock_cap & ~7ULL), lock_cap);
}

/* BARs are not pinned either, but are in the IOMMU. */
static __noinline int note_unpinned(struct vt_container *c, struct vfio_dma *dma)
{
	if (c && bpf_core_field_exists(dma->iommu_mapped) && !BPF_CORE_READ(dma, iommu_mapped))
		container_flag(c, VT_CONTAINER_UNPINNED);
	return 0;
}

/*
 * The mapping that begins at @iova, 0 when it is not found. It is @seen, unless that is 0 or was
 * removed by another thread meanwhile, and its memory is another mapping's.
 */
static __always_inline __u64 charge_find(__u64 iommu, __u64 seen, __u64 iova, struct charge *charge)
{
	__u64 dma = seen;

	if (dma) {
		charge_read(dma, charge);
		if (charge->iova == iova)
			return dma;
	}
	dma = mapping_find(iommu, iova);
	/* Another thread's map or unmap may have rebalanced the tree meanwhile. */
	if (!dma)
		dma = mapping_find(iommu, iova);
	if (dma)
		charge_read(dma, charge);
	return dma;
}

/*
 * @seen: the mapping, 0 when it was not. Returns the pages that it has pinned, VT_UNKNOWN when these
 * could not be read.
 */
static __always_inline __u64 map_done(struct vt_container *c, __u64 seen, __u64 iova, __u64 size,
				      __u64 ns, __u64 now, struct task_struct *task)
{
	struct vfio_dma_map_record r = {
		.container = c->id,
		.iova = iova,
		.size = size,
		.total_ns = ns,
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.pid = task->tgid,
		.stage = VFIO_STAGE_DONE,
		.made = 1,
		/* The process that maps is charged. */
		.locked = task_locked(task),
		.locked_limit = task_lock_limit(task),
	};
	__u64 iommu = (__u64)backend_of(c), pages = VT_UNKNOWN;
	const bool large = size >= superpage;
	struct charge charge = {};
	struct vfio_dma *dma = iommu ? (void *)charge_find(iommu, seen, iova, &charge) : NULL;

	/* The pages that a mapping was charged are those that it has pinned. */
	if (dma) {
		r.charged = charge.pages;
		r.ipc_lock = charge.ipc_lock;
		r.pages = charge.pages;
		pages = charge.pages;
		if (!pages)
			note_unpinned(c, dma);
		if (large)
			r.vaddr = BPF_CORE_READ(dma, vaddr);
	} else if (iommu) {
		count_lost(VT_LOST_READ);
	}
	on_map_done(c, &r);
	if (large)
		map_alignment(c, &r);
	oldest_add(c, iova, size, now, task->pid);
	return pages;
}

/*
 * Where a large mapping lies, and the sizes of its leaves, as far as its runs were counted. One
 * that was not found may have been removed by another thread, and that been seen, already.
 */
static __noinline int map_range(struct vt_container *c, struct vt_in_flight *f, __u64 pages)
{
	struct work *w = work_of(f);

	if (!c || !f || !w)
		return 0;
	if (pages == VT_UNKNOWN)
		c->ranges_lost = 1;
	else
		range_add(c, f->iova, f->size, count_runs && !runs_over ? w->leaves.mask : 0);
	return 0;
}

/* Not inlined: what it needs of the stack, which is short, it needs when all else is done. */
static __noinline int trace_map_done(const struct vt_container *c, __u64 iova, __u64 size, __u64 ns,
				     __u64 pages)
{
	struct vfio_dma_map_record r = {
		.iova = iova,
		.size = size,
		.total_ns = ns,
		.pages = pages,
		.pid = current_pid(),
	};

	if (c)
		trace_map(c, &r);
	return 0;
}

static __noinline int trace_unmap_done(const struct vt_container *c, const struct vt_in_flight *f,
				       __u64 size, __u64 ns, __u64 pages)
{
	struct vfio_dma_unmap_record r = {
		.size = size,
		.total_ns = ns,
		.pages = pages,
		.pid = current_pid(),
	};

	if (!c || !f)
		return 0;
	r.iova = f->iova;
	r.done = f->done;
	trace_removal(c, &r, VT_OP_UNMAP);
	return 0;
}

/* The begin was not seen, or the request was in a page that was not present then. */
__noinline int map_done_unseen(__u64 container, __u64 arg)
{
	struct vt_container *c = container_get_slowly(container);
	struct vfio_iommu_type1_dma_map map = {};
	__u64 pages;

	bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
	if (!c || map.flags & VFIO_DMA_MAP_FLAG_VADDR)
		return 0;
	pages = map_done(c, 0, map.iova, map.size, 0, bpf_ktime_get_ns(),
			 bpf_get_current_task_btf());
	if (map.size >= superpage)
		c->ranges_lost = 1;
	if (is_traced(0, current_pid()))
		trace_map_done(c, map.iova, map.size, 0, pages);
	return 0;
}

__noinline int map_refused(__u64 key, __u64 arg, __s32 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_container *c = container_get_slowly(key);
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vfio_container *container = (void *)key;
	struct vfio_iommu_type1_dma_map map = {};
	struct refusal *refusal = refusal_new();
	struct vfio_dma_map_record *r;
	__u64 limit = c ? c->mappings_limit : 0;
	__u64 ns = f ? bpf_ktime_get_ns() - f->start_ns : 0;
	struct vfio_iommu *iommu;
	__u32 left;

	in_flight_end(f);
	bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
	if (!c || !refusal || map.flags & VFIO_DMA_MAP_FLAG_VADDR)
		return 0;
	iommu = backend_of(c);
	left = BPF_CORE_READ(iommu, dma_avail);
	r = &refusal->record;
	r->container = c->id;
	r->iova = map.iova;
	r->size = map.size;
	r->total_ns = ns;
	r->pinned = VT_UNKNOWN;
	if (!iommu)
		limit = 0;
	r->mappings_limit = limit;
	r->mappings = limit ? limit - left : VT_UNKNOWN;
	r->locked = task_locked(task);
	r->locked_limit = task_lock_limit(task);
	r->pid = current_pid();
	r->ret = ret;
	if (!BPF_CORE_READ(container, iommu_data))
		r->stage = VFIO_STAGE_BACKEND;
	else
		r->stage = iommu ? stage_of(&map, ret, limit && !left) : VT_STAGE_UNKNOWN;
	if (iommu)
		cause_find(refusal, iommu);
	on_map_failed(c, r);
	trace_map(c, r);
	return 0;
}

/* Of a map that ends after the budget is used up, none or some were counted. */
static __noinline int map_runs(struct vt_container *c, struct vt_in_flight *f, __s32 ret)
{
	struct work *w = work_of(f);

	if (!f || !w)
		return 0;
	if (!runs_over)
		runs_settle(w->runs, f->pages);
	if (!c || ret)
		return 0;
	if (runs_over)
		container_flag(c, VT_CONTAINER_RUNS_MISSED);
	else
		on_map_runs(c, w->runs, w->leaves.mask, w->leaves.bytes);
	return 0;
}

/* A map of a page has one run, unless it is for an emulated device, and one kind of leaves. */
static __always_inline void map_run_of_page(struct vt_container *c, const struct vt_in_flight *f)
{
	__u64 pgsizes = c->pgsizes & (2 * page_bytes - 1);
	__u32 index = page_shift - VFIO_LEAF_SHIFT_MIN;

	if (runs_over) {
		container_flag(c, VT_CONTAINER_RUNS_MISSED);
		return;
	}
	if (!f->dma)
		return;
	if (pgsizes && !(pgsizes & page_bytes))
		index = size_class(pgsizes);
	__sync_fetch_and_add(&c->runs, 1);
	if (index < VFIO_LEAF_SIZES)
		__sync_fetch_and_add(&c->leaf_bytes[index], page_bytes);
}

static __always_inline void map_end(struct file *filep, unsigned long arg, __s32 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);
	struct vt_container *c = work_container(f);
	__u64 now, ns, pages;

	if (count_runs && f && f->size != page_bytes)
		map_runs(c, f, ret);
	if (ret) {
		removals_end(f, task);
		map_refused((__u64)data_of(filep), arg, ret);
	} else if (!c || !f->size) {
		in_flight_end(f);
		map_done_unseen((__u64)data_of(filep), arg);
	} else {
		now = bpf_ktime_get_ns();
		ns = now - f->start_ns;
		pages = map_done(c, f->dma, f->iova, f->size, ns, now, task);
		if (f->size >= superpage)
			map_range(c, f, pages);
		else if (count_runs && f->size == page_bytes)
			map_run_of_page(c, f);
		if (is_traced(ns, task->tgid))
			trace_map_done(c, f->iova, f->size, ns, pages);
		in_flight_end(f);
	}
}

/* --- Unmaps ----------------------------------------------------------------- */

static __always_inline void unmap_begin(struct file *filep, unsigned long arg)
{
	struct vfio_iommu_type1_dma_unmap unmap;

	bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg);
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_VADDR)
		return;
	work_start(VT_OP_UNMAP, (__u64)filep->private_data, unmap.iova, unmap.size);
}

/* An unmap that failed, or whose begin or effect was not seen. */
__noinline int unmap_end_slow(__u64 container, __u64 arg, __s32 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);
	struct vt_container *c = container_get_slowly(container);
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_dma_unmap_record r = {
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.pid = task->tgid,
	};

	removals_end(f, task);
	removed_last(c, f);
	if (c && f)
		work_removed(&r, c, f, task);
	in_flight_end(f);
	if (!c)
		return 0;
	if (!f || !sees_removals || c->flags & VT_CONTAINER_OPAQUE) {
		if (bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg)) {
			count_lost(VT_LOST_READ);
			unmap.iova = r.iova;
			unmap.size = r.size;
		}
		if (unmap.flags & VFIO_DMA_UNMAP_FLAG_VADDR)
			return 0;
		/* The kernel has replaced the size requested by the size unmapped. */
		r.iova = unmap.iova;
		r.done = unmap.size;
		if (!r.size)
			r.size = unmap.size;
	}
	r.ret = ret;
	r.no_backend = ret && !BPF_CORE_READ((struct vfio_container *)container, iommu_data);
	if (ret)
		on_unmap_failed(c, &r);
	else
		on_unmap_done(c, &r);
	if (!f)
		r.pages = VT_UNKNOWN;
	trace_removal(c, &r, VT_OP_UNMAP);
	return 0;
}

static __always_inline void unmap_end(struct file *filep, unsigned long arg, __s32 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);
	struct vt_container *c = work_container(f);
	struct vfio_dma_unmap_record r = {};

	if (!c || ret || !sees_removals || c->flags & VT_CONTAINER_OPAQUE) {
		unmap_end_slow((__u64)data_of(filep), arg, ret);
		return;
	}
	removals_end(f, task);
	work_removed(&r, c, f, task);
	if (on_unmap_done(c, &r))
		removed_last(c, f);
	if (is_traced(r.total_ns, r.pid))
		trace_unmap_done(c, f, r.size, r.total_ns, r.pages);
	in_flight_end(f);
}

/* --- The dirty log --------------------------------------------------------- */

__noinline int dirty_begin(__u64 key, __u64 arg)
{
	struct call call = { .key = key, .arg = arg };

	call_begin(&call);
	return 0;
}

__noinline int dirty_end(__u64 key, __u64 arg, __s32 ret)
{
	struct vt_container *c = container_get_slowly(key);
	__u64 ns = 0;
	struct call call;

	if (call_end(&call))
		ns = bpf_ktime_get_ns() - call.start_ns;
	if (c)
		dirty_request_end(c, arg, ns, ret);
	return 0;
}

#endif /* VFIOTOP_STOCK_REQUESTS_BPF_H */
