/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failures: each goes through the ring buffer, the first of a container stays with it.
 */
#ifndef VFIOTOP_FAILURES_BPF_H
#define VFIOTOP_FAILURES_BPF_H

#include "tables.bpf.h"
#include "vfiotop.h"

static __always_inline void failure_init(struct vt_failure *f, enum vt_operation operation,
					 __s32 ret, __u32 pid)
{
	f->time_ns = bpf_ktime_get_ns();
	f->operation = operation;
	f->ret = ret;
	f->pid = pid;
	bpf_get_current_comm(f->comm, sizeof(f->comm));
}

static __always_inline struct vt_failure *failure_new(enum vt_operation operation, __s32 ret,
						      __u32 pid)
{
	struct vt_failure *f = bpf_ringbuf_reserve(&failures, sizeof(*f), 0);

	if (!f) {
		count_lost(VT_LOST_FAILURE);
		return NULL;
	}
	__builtin_memset(f, 0, sizeof(*f));
	failure_init(f, operation, ret, pid);
	return f;
}

static __always_inline void failure_send(struct vt_failure *f)
{
	bpf_ringbuf_submit(f, BPF_RB_NO_WAKEUP);
}

/* Keeps it with its container when it is the first one there, then sends it. */
static __always_inline void failure_send_of(struct vt_container *c, struct vt_failure *f)
{
	if (!c->first_failure.time_ns)
		c->first_failure = *f;
	failure_send(f);
}

#endif /* VFIOTOP_FAILURES_BPF_H */
