/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices: their opens, closes and resets.
 */
#ifndef VFIOTOP_DEVICES_BPF_H
#define VFIOTOP_DEVICES_BPF_H

#include "failures.bpf.h"
#include "groups.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/* The row of a device; a new one only if @create. */
static __always_inline struct vt_device *device_get(const char *name, int create)
{
	struct vt_device_key key = {};
	struct vt_device fresh = {};
	struct vt_device *d;

	bpf_probe_read_kernel_str(key.name, sizeof(key.name), name);
	d = bpf_map_lookup_elem(&devices, &key);
	if (d || !create)
		return d;
	bpf_map_update_elem(&devices, &key, &fresh, BPF_NOEXIST);
	d = bpf_map_lookup_elem(&devices, &key);
	if (!d)
		count_lost(VT_LOST_DEVICE);
	return d;
}

static __always_inline void device_action(struct vt_actions *a, __s32 ret, __u64 ns)
{
	if (ret) {
		__sync_fetch_and_add(&a->errors, 1);
		return;
	}
	__sync_fetch_and_add(&a->count, 1);
	if (!ns) {
		count_lost(VT_LOST_START);
		return;
	}
	__sync_fetch_and_add(&a->ns_sum, ns);
	atomic_max(&a->ns_max, ns);
	vt_store(a->ns_last, ns);
}

/* @container: 0 when that is none, or not known by whoever says so */
static __always_inline void device_is(struct vt_device *d, enum vt_state state, __u32 group,
				      __u64 container)
{
	d->group = group;
	/* An open one stays where iommufd has it. */
	if (container || d->state != VT_STATE_OPEN)
		d->container = container;
	vt_store(d->state, state);
}

static __always_inline void device_failed(enum vt_operation operation, const char *name,
					  __u32 group, __u64 container, __u32 pid, __s32 ret)
{
	struct vt_failure *f = failure_new(operation, ret, pid);

	if (!f)
		return;
	f->container = container;
	f->group = group;
	bpf_probe_read_kernel_str(f->name, sizeof(f->name), name);
	failure_send(f);
}

/* Whether it is open now. Its group need not be. */
static __always_inline bool device_opened(const struct vfio_device_open_record *r)
{
	struct vt_device *d;

	if (r->ret)
		device_failed(VT_OP_DEVICE_OPEN, r->name, r->group, r->container, r->pid, r->ret);
	/* The group has no such device: there may be none at all. */
	d = device_get(r->name, r->ret != -ENODEV);
	if (!d)
		return false;
	device_action(&d->open, r->ret, r->ns);
	if (r->ret)
		return false;
	d->pid = r->pid;
	d->opened_ns = bpf_ktime_get_ns();
	bpf_get_current_comm(d->comm, sizeof(d->comm));
	device_is(d, VT_STATE_OPEN, r->group, r->container);
	return true;
}

/* By its group, which is in @container: 0 also when it has a context of iommufd in place of one. */
static __always_inline void on_device_open(const struct vfio_device_open_record *r, __u64 container)
{
	struct vt_group *g;

	if (!device_opened(r))
		return;
	/* The group may have been attached before the watch. */
	g = group_get(r->group);
	if (g)
		g->container = container;
}

static __always_inline void on_device_release(const char *name, __u32 group, __u64 container,
					      __u64 ns, __u32 users)
{
	struct vt_device *d = device_get(name, 1);

	if (!d)
		return;
	device_action(&d->close, 0, ns);
	device_is(d, users ? VT_STATE_OPEN : VT_STATE_CLOSED, group, container);
}

static __always_inline void on_device_reset(const struct vfio_device_reset_record *r)
{
	struct vt_device *d;

	if (r->ret)
		device_failed(r->kind == VFIO_RESET_BUS ? VT_OP_BUS_RESET : VT_OP_DEVICE_RESET,
			      r->name, r->group, r->container, r->pid, r->ret);
	d = device_get(r->name, 1);
	if (!d)
		return;
	device_action(&d->reset, r->ret, r->ns);
	device_is(d, VT_STATE_OPEN, r->group, r->container);
}

#endif /* VFIOTOP_DEVICES_BPF_H */
