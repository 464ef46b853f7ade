/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations in flight: what each thread is doing right now, and how far it is. What an
 * operation did is added to its container when it ends.
 */
#ifndef VFIOTOP_IN_FLIGHT_BPF_H
#define VFIOTOP_IN_FLIGHT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "tables.bpf.h"
#include "vfiotop.h"

static __always_inline struct vt_in_flight *in_flight_slot(__u32 tid)
{
	__u32 index = tid & in_flight_mask;

	return bpf_map_lookup_elem(&in_flight, &index);
}

/* Whether a slot is the thread's, or, for holder 0, has become that. */
__noinline int in_flight_fits(__u32 at, __u32 tid, __u32 holder)
{
	struct vt_in_flight *f = in_flight_slot(at);

	if (!f || f->holder != holder)
		return 0;
	return holder == tid || !__sync_val_compare_and_swap(&f->holder, 0, tid);
}

__noinline int in_flight_probe_part(__u32 from, __u32 tid, __u32 holder)
{
	int i;

#pragma unroll
	for (i = 0; i < LOOP_PART; i++)
		if (in_flight_fits(from + i, tid, holder))
			return (from + i) & in_flight_mask;
	return -1;
}

/* The index of the slot that a thread has and that is not its home, or of a free one; or -1. */
__noinline int in_flight_probe(__u32 tid, __u32 holder)
{
	int i;

#pragma unroll
	for (i = 0; i < VT_IN_FLIGHT_PROBES; i += LOOP_PART) {
		int slot = in_flight_probe_part(tid + i, tid, holder);

		if (slot >= 0)
			return slot;
	}
	return -1;
}

static __always_inline struct vt_in_flight *in_flight_at(int index)
{
	return index < 0 ? NULL : bpf_map_lookup_elem(&in_flight, &index);
}

/* A slot for this thread, its own from now on; NULL when none is free. */
static __always_inline struct vt_in_flight *in_flight_take(__u32 tid)
{
	struct vt_in_flight *f = in_flight_slot(tid);
	int slot = tid & in_flight_mask;
	__u32 holder;

	if (!f)
		return NULL;
	holder = __sync_val_compare_and_swap(&f->holder, 0, tid);
	if (holder && holder != tid) {
		slot = in_flight_probe(tid, 0);
		f = in_flight_at(slot);
		if (!f) {
			count_lost(VT_LOST_IN_FLIGHT);
			return NULL;
		}
	}
	f->slot = slot;
	vt_store(f->start_ns, 0);
	return f;
}

static __always_inline void in_flight_start(struct vt_in_flight *f, enum vt_operation operation,
					    __u64 container, __u64 iova, __u64 size, __u32 tid,
					    __u32 pid, __u64 now)
{
	vt_store(f->check_ns, now);
	vt_store(f->container, container);
	vt_store(f->iova, iova);
	vt_store(f->size, size);
	vt_store(f->pages, 0);
	vt_store(f->unpinned, 0);
	vt_store(f->tid, tid);
	vt_store(f->pid, pid);
	vt_store(f->operation, operation);
	vt_store(f->start_ns, now);
}

static __always_inline void on_begin(enum vt_operation operation, __u64 container, __u64 iova,
				     __u64 size, __u64 now)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct vt_in_flight *f = in_flight_take(pid_tgid);

	if (f)
		in_flight_start(f, operation, container, iova, size, pid_tgid, pid_tgid >> 32, now);
}

/* Not inlined: each place that looks something up costs when a program is loaded. */
static __noinline __attribute__((unused)) struct vt_in_flight *in_flight_elsewhere(__u32 tid)
{
	return in_flight_at(in_flight_probe(tid, tid));
}

/* What this thread is doing right now, or NULL. */
static __always_inline struct vt_in_flight *in_flight_own(__u32 tid)
{
	struct vt_in_flight *f = in_flight_slot(tid);

	if (f && f->holder == tid)
		return f;
	return in_flight_elsewhere(tid);
}

/* The same, if it is to this container. */
static __always_inline struct vt_in_flight *in_flight_find(__u64 container)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());

	return f && f->container == container ? f : NULL;
}

/* @f: NULL when the operation has no slot. */
static __always_inline void in_flight_end(struct vt_in_flight *f)
{
	if (!f)
		return;
	vt_store(f->start_ns, 0);
	vt_store(f->holder, 0);
}

/* @pages: pinned since the last time, or, if negative, unpinned. */
static __always_inline void on_progress(__u64 container, __s64 pages)
{
	struct vt_in_flight *f = in_flight_find(container);

	if (!f)
		return;
	if (pages > 0)
		f->pages += pages;
	else
		f->unpinned -= pages;
}

#endif /* VFIOTOP_IN_FLIGHT_BPF_H */
