/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that kprobes see begin, and whose ends may be lost.
 */
#ifndef VFIOTOP_KPROBES_CALLS_BPF_H
#define VFIOTOP_KPROBES_CALLS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "containers.bpf.h"
#include "in_flight.bpf.h"
#include "requests.bpf.h"
#include "tables.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"

/* Calls whose end was not seen, or whose begin did not fit. */
__u64 missed = 0;

/*
 * Calls that the kernel keeps a return probe for at once, of a kind; the ends of more are
 * lost without a word.
 */
const volatile __s64 returns_kept = 10;

/*
 * Calls under way, those whose end was lost included, until their backend, or the file of their
 * context, is released.
 */
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

static __always_inline __u64 counted_by(const struct call *call)
{
	return call->file ? call->file : call->key;
}

/* An end was lost, or may be: what the container has is no longer known. */
static __always_inline void lose_end(struct vt_container *c)
{
	__sync_fetch_and_add(&missed, 1);
	if (c)
		container_flag(c, VT_CONTAINER_ENDS_LOST);
}

/* It is shown as in flight if its container @c is known. */
static __always_inline void operation_shown(const struct call *call, struct vt_container *c)
{
	if (c)
		on_begin(call->operation, c->id, call->iova, call->size, call->start_ns);
}

/* @c: the container that it is about, or NULL */
static __always_inline void operation_begin(struct call *call, struct vt_container *c)
{
	struct call *before = call_find();

	if (before) {
		count_under_way(counted_by(before), -1);
		lose_end(container_find(before->key));
	}
	if (!call_begin(call)) {
		lose_end(c);
		return;
	}
	if (count_under_way(counted_by(call), 1) >= returns_kept)
		lose_end(c);
	if (!c)
		return;
	if (call->operation != VT_OP_TEARDOWN)
		container_caller(c, current_pid());
	if (call->operation == VT_OP_DIRTY_LOG)
		return;
	operation_shown(call, c);
}

static __always_inline void operation_end(void)
{
	in_flight_end(in_flight_own(bpf_get_current_pid_tgid()));
}

static __always_inline bool operation_returns(struct call *call)
{
	if (!call_end(call))
		return false;
	count_under_way(counted_by(call), -1);
	return true;
}

/* A map of @call to the container @c has ended. */
static __noinline int map_ends(const struct call *call, struct vt_container *c, __s64 ret)
{
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

/* Likewise an unmap, of @done bytes. */
static __noinline int unmap_ends(const struct call *call, struct vt_container *c, __u64 done,
				 __s64 ret)
{
	struct vfio_dma_unmap_record r = {
		.mappings = VT_UNKNOWN,
		.pinned = VT_UNKNOWN,
		.pid = current_pid(),
		.ret = ret,
	};

	if (!call || !c)
		return 0;
	r.total_ns = bpf_ktime_get_ns() - call->start_ns;
	r.container = c->id;
	r.iova = call->iova;
	r.size = call->all || !call->size ? done : call->size;
	r.done = ret ? 0 : done;
	r.removed = call->removed;
	operation_end();
	if (ret)
		on_unmap_failed(c, &r);
	else
		on_unmap_done(c, &r);
	trace_removal(c, &r, VT_OP_UNMAP);
	return 0;
}

/* Likewise a teardown. */
static __noinline int teardown_ends(const struct call *call, struct vt_container *c)
{
	struct vfio_dma_unmap_record r = {
		.mappings = VT_UNKNOWN,
		.pinned = VT_UNKNOWN,
		.pid = current_pid(),
	};

	if (!call || !c)
		return 0;
	operation_end();
	if (!call->removed)
		return 0;
	r.total_ns = bpf_ktime_get_ns() - call->start_ns;
	r.container = c->id;
	r.removed = call->removed;
	on_teardown_end(c, &r);
	trace_removal(c, &r, VT_OP_TEARDOWN);
	return 0;
}

#endif /* VFIOTOP_KPROBES_CALLS_BPF_H */
