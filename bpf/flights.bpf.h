/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations in flight: what each thread is in right now, and how far.
 */
#ifndef VFIOTOP_FLIGHTS_BPF_H
#define VFIOTOP_FLIGHTS_BPF_H

#include "tables.bpf.h"

static __always_inline struct vt_flight *flight_slot(__u32 tid)
{
	__u32 index = tid & flight_mask;

	return bpf_map_lookup_elem(&flights, &index);
}

static __always_inline void on_begin(enum vt_operation operation, __u64 container, __u64 iova,
				     __u64 size, __u32 pid)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct vt_flight *f = flight_slot(tid);
	__u64 now;

	if (!f)
		return;
	if (f->start_ns && f->tid != tid) {
		count_lost(VT_LOST_FLIGHT);
		return;
	}
	now = bpf_ktime_get_ns();
	vt_store(f->start_ns, 0);
	vt_store(f->check_ns, now);
	vt_store(f->container, container);
	vt_store(f->iova, iova);
	vt_store(f->size, size);
	vt_store(f->pages, 0);
	vt_store(f->tid, tid);
	vt_store(f->pid, pid);
	vt_store(f->operation, operation);
	vt_store(f->start_ns, now);
}

static __always_inline void on_pin(__u64 pages)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct vt_flight *f = flight_slot(tid);

	if (f && f->tid == tid)
		f->pages += pages;
}

static __always_inline void flight_end(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct vt_flight *f = flight_slot(tid);

	if (f && f->tid == tid)
		vt_store(f->start_ns, 0);
}

#endif /* VFIOTOP_FLIGHTS_BPF_H */
