/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups: their opens, and the containers that they are attached to.
 */
#ifndef VFIOTOP_GROUPS_BPF_H
#define VFIOTOP_GROUPS_BPF_H

#include "failures.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

static __always_inline struct vt_group *group_get(__u32 group)
{
	struct vt_group *g = bpf_map_lookup_elem(&groups, &group);
	struct vt_group fresh = {};

	if (g)
		return g;
	bpf_map_update_elem(&groups, &group, &fresh, BPF_NOEXIST);
	g = bpf_map_lookup_elem(&groups, &group);
	if (!g)
		count_lost(VT_LOST_GROUP);
	return g;
}

static __always_inline void group_open_failed(struct vt_group *g,
					      const struct vfio_group_open_record *r)
{
	struct vt_failure *f;

	__sync_fetch_and_add(&g->open_errors, 1);
	if (r->ret == -EBUSY && r->holder_pid && g->pid != r->holder_pid) {
		g->pid = r->holder_pid;
		g->state = VT_STATE_OPEN;
		g->comm[0] = 0;
	}
	f = failure_new(VT_OP_GROUP_OPEN, r->ret, r->pid);
	if (!f)
		return;
	f->group = r->group;
	f->holder_pid = r->holder_pid;
	failure_send(f);
}

static __always_inline void on_group_open(const struct vfio_group_open_record *r)
{
	struct vt_group *g = group_get(r->group);

	if (!g)
		return;
	if (r->ret) {
		group_open_failed(g, r);
		return;
	}
	__sync_fetch_and_add(&g->opens, 1);
	g->opened_ns = bpf_ktime_get_ns();
	g->container = 0;
	g->pid = r->pid;
	bpf_get_current_comm(g->comm, sizeof(g->comm));
	vt_store(g->state, VT_STATE_OPEN);
}

static __always_inline void on_group_release(__u32 group)
{
	struct vt_group *g = group_get(group);

	if (!g)
		return;
	vt_store(g->state, VT_STATE_CLOSED);
	g->container = 0;
}

static __always_inline void group_container_failed(enum vt_operation operation, __u32 group,
						   __u64 container, __s32 ret)
{
	struct vt_failure *f;

	f = failure_new(operation, ret, bpf_get_current_pid_tgid() >> 32);
	if (!f)
		return;
	f->group = group;
	f->container = container;
	failure_send(f);
}

static __always_inline void on_group_attach(__u32 group, __u64 container, __s32 ret)
{
	struct vt_group *g;

	if (ret) {
		group_container_failed(VT_OP_ATTACH, group, container, ret);
		return;
	}
	g = group_get(group);
	if (g)
		g->container = container;
}

static __always_inline void on_group_detach(__u32 group, __u64 container, __s32 ret)
{
	struct vt_group *g;

	if (ret) {
		group_container_failed(VT_OP_DETACH, group, container, ret);
		return;
	}
	g = group_get(group);
	if (g)
		g->container = 0;
}

#endif /* VFIOTOP_GROUPS_BPF_H */
