/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups, devices, and the choice of a backend.
 */
#ifndef VFIOTOP_GROUPS_BPF_H
#define VFIOTOP_GROUPS_BPF_H

#include "containers.bpf.h"
#include "failures.bpf.h"

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

static __always_inline void on_iommu_set(__u64 key, __u64 id, __u32 type, const char *backend,
					 __s32 ret)
{
	struct vt_container *c;
	struct vt_failure *f;

	if (ret) {
		f = failure_new(VT_OP_SET_IOMMU, ret, bpf_get_current_pid_tgid() >> 32);
		if (!f)
			return;
		f->container = id;
		bpf_probe_read_kernel_str(f->name, sizeof(f->name), backend);
		failure_send(f);
		return;
	}
	c = container_get(key, id);
	if (!c)
		return;
	c->iommu_type = type;
	bpf_probe_read_kernel_str(c->backend, sizeof(c->backend), backend);
}

static __always_inline struct vt_device *device_get(const struct vt_device_key *key)
{
	struct vt_device *d = bpf_map_lookup_elem(&devices, key);
	struct vt_device fresh = {};

	if (d)
		return d;
	bpf_map_update_elem(&devices, key, &fresh, BPF_NOEXIST);
	d = bpf_map_lookup_elem(&devices, key);
	if (!d)
		count_lost(VT_LOST_DEVICE);
	return d;
}

static __always_inline void device_open_failed(const struct vfio_device_open_record *r)
{
	struct vt_failure *f = failure_new(VT_OP_DEVICE_OPEN, r->ret, r->pid);

	if (!f)
		return;
	f->container = r->container;
	f->group = r->group;
	__builtin_memcpy(f->name, r->name, sizeof(f->name));
	failure_send(f);
}

static __always_inline void on_device_open(const struct vfio_device_open_record *r)
{
	struct vt_device_key key = {};
	struct vt_device *d;
	struct vt_group *g;

	if (r->ret)
		device_open_failed(r);
	bpf_probe_read_kernel_str(key.name, sizeof(key.name), r->name);
	d = device_get(&key);
	if (!d)
		return;
	if (r->ret) {
		__sync_fetch_and_add(&d->open_errors, 1);
		return;
	}
	d->container = r->container;
	d->group = r->group;
	d->pid = r->pid;
	d->opened_ns = bpf_ktime_get_ns();
	__sync_fetch_and_add(&d->opens, 1);
	__sync_fetch_and_add(&d->open_ns_sum, r->ns);
	__sync_fetch_and_add(&d->users, 1);
	/* A group attached before the watch is learned here. */
	g = group_get(r->group);
	if (g)
		g->container = r->container;
}

static __always_inline void on_device_release(const char *name, __u64 ns)
{
	struct vt_device_key key = {};
	struct vt_device *d;

	bpf_probe_read_kernel_str(key.name, sizeof(key.name), name);
	d = bpf_map_lookup_elem(&devices, &key);
	if (!d)
		return;
	__sync_fetch_and_add(&d->close_ns_sum, ns);
	if (d->users > 0)
		__sync_fetch_and_add(&d->users, -1);
}

#endif /* VFIOTOP_GROUPS_BPF_H */
