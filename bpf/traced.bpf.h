/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traced requests: each map, unmap and teardown that took long is told as it ends, through a
 * ring buffer of its own. Those that find no room there are counted.
 */
#ifndef VFIOTOP_TRACED_BPF_H
#define VFIOTOP_TRACED_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "tables.bpf.h"
#include "vfiotop.h"

/* The least time that is told, VT_UNKNOWN when none is; set before loading. */
const volatile __u64 traced_ns = VT_UNKNOWN;

/* Only requests of this process, 0 for all; set before loading. */
const volatile __u32 traced_pid = 0;

/* Whether each comes with the stack of its thread in user space; set before loading. */
const volatile __u32 traced_stacks = 0;

/* Made larger where requests are traced. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} traced SEC(".maps");

/* What a request that was running when the watch began took is not known: 0. */
static __always_inline bool is_traced(__u64 ns, __u32 pid)
{
	return traced_ns != VT_UNKNOWN && ns >= traced_ns && (!traced_pid || pid == traced_pid);
}

/* A stack costs some thousand instructions: of no request but those that are told. */
static __always_inline struct vt_traced *traced_reserve_with_stack(void)
{
	struct vt_traced_stack *s = bpf_ringbuf_reserve(&traced, sizeof(*s), 0);

	if (!s)
		return NULL;
	__builtin_memset(&s->request, 0, sizeof(s->request));
	s->request.stack_bytes = bpf_get_task_stack(bpf_get_current_task_btf(), s->frames,
						    sizeof(s->frames), BPF_F_USER_STACK);
	return &s->request;
}

static __always_inline struct vt_traced *traced_reserve(void)
{
	struct vt_traced *t = bpf_ringbuf_reserve(&traced, sizeof(*t), 0);

	if (t)
		__builtin_memset(t, 0, sizeof(*t));
	return t;
}

/*
 * All is inlined: what takes a record, not to need one on the stack, which is short; what
 * gives one, as Linux 6.1 does not see that a record from another function is none or one.
 */
static __always_inline struct vt_traced *traced_new(const struct vt_container *c,
						    enum vt_operation operation, __u64 ns,
						    __u32 pid, __s32 ret)
{
	struct vt_traced *t = NULL;

	if (!c)
		return NULL;
	if (traced_stacks)
		t = traced_reserve_with_stack();
	else
		t = traced_reserve();
	if (!t) {
		count_lost(VT_LOST_TRACED);
		return NULL;
	}
	t->time_ns = bpf_ktime_get_ns();
	t->container = c->id;
	t->total_ns = ns;
	t->operation = operation;
	t->pid = pid;
	t->tid = bpf_get_current_pid_tgid();
	t->ret = ret;
	t->ioas = c->flags & VT_CONTAINER_IOAS ? 1 : 0;
	bpf_get_current_comm(t->comm, sizeof(t->comm));
	return t;
}

static __always_inline void trace_map(const struct vt_container *c,
				      const struct vfio_dma_map_record *r)
{
	struct vt_traced *t;

	if (!is_traced(r->total_ns, r->pid))
		return;
	t = traced_new(c, VT_OP_MAP, r->total_ns, r->pid, r->ret);
	if (!t)
		return;
	t->iova = r->iova;
	t->size = r->size;
	t->done = r->ret ? 0 : r->size;
	t->pages = r->pages;
	t->charged = t->ioas ? VT_UNKNOWN : r->charged;
	t->pin_ns = r->pin_ns;
	t->iommu_ns = r->iommu_ns;
	t->stage = r->stage;
	t->backing = r->backing;
	bpf_ringbuf_submit(t, 0);
}

static __always_inline void trace_removal(const struct vt_container *c,
					  const struct vfio_dma_unmap_record *r,
					  enum vt_operation operation)
{
	struct vt_traced *t;

	if (!is_traced(r->total_ns, r->pid))
		return;
	t = traced_new(c, operation, r->total_ns, r->pid, r->ret);
	if (!t)
		return;
	t->iova = r->iova;
	t->size = r->size;
	t->done = r->done;
	t->pages = r->pages;
	bpf_ringbuf_submit(t, 0);
}

#endif /* VFIOTOP_TRACED_BPF_H */
