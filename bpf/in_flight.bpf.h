/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations in flight: what each thread is doing right now, and how far it is. What an
 * operation did is added to its container when it ends.
 */
#ifndef VFIOTOP_IN_FLIGHT_BPF_H
#define VFIOTOP_IN_FLIGHT_BPF_H

#include "tables.bpf.h"
#include "vfiotop.h"

static __always_inline struct vt_in_flight *in_flight_slot(__u32 tid)
{
	__u32 index = tid & in_flight_mask;

	return bpf_map_lookup_elem(&in_flight, &index);
}

/* The slot of this thread, its own from now on; NULL while another has it. */
static __always_inline struct vt_in_flight *in_flight_take(__u32 tid)
{
	struct vt_in_flight *f = in_flight_slot(tid);
	__u32 holder;

	if (!f)
		return NULL;
	holder = __sync_val_compare_and_swap(&f->holder, 0, tid);
	if (holder && holder != tid) {
		count_lost(VT_LOST_IN_FLIGHT);
		return NULL;
	}
	vt_store(f->start_ns, 0);
	return f;
}

static __always_inline void in_flight_start(struct vt_in_flight *f, enum vt_operation operation,
					    __u64 container, __u64 iova, __u64 size, __u64 pid_tgid,
					    __u64 now)
{
	vt_store(f->check_ns, now);
	vt_store(f->container, container);
	vt_store(f->iova, iova);
	vt_store(f->size, size);
	vt_store(f->pages, 0);
	vt_store(f->unpinned, 0);
	vt_store(f->tid, pid_tgid);
	vt_store(f->pid, pid_tgid >> 32);
	vt_store(f->operation, operation);
	vt_store(f->start_ns, now);
}

static __always_inline void on_begin(enum vt_operation operation, __u64 container, __u64 iova,
				     __u64 size, __u64 now)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct vt_in_flight *f = in_flight_take(pid_tgid);

	if (f)
		in_flight_start(f, operation, container, iova, size, pid_tgid, now);
}

/* What this thread is doing right now, or NULL. */
static __always_inline struct vt_in_flight *in_flight_own(__u32 tid)
{
	struct vt_in_flight *f = in_flight_slot(tid);

	return f && f->holder == tid ? f : NULL;
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
