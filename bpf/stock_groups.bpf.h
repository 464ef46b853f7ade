/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups of stock modules: opened, attached to a container, detached from it.
 */
#ifndef VFIOTOP_STOCK_GROUPS_BPF_H
#define VFIOTOP_STOCK_GROUPS_BPF_H

#include "stock_calls.bpf.h"
#include "stock_requests.bpf.h"

static __always_inline __u32 group_number(struct vfio_group *group)
{
	return BPF_CORE_READ(group, iommu_group, id);
}

static __always_inline __u32 group_holder(__u32 number)
{
	struct vt_group *g = bpf_map_lookup_elem(&groups, &number);

	return g && g->state == VT_STATE_OPEN ? g->pid : 0;
}

static __always_inline void group_opened(struct inode *inode, __s32 ret)
{
	struct vfio_group *group =
		(void *)inode->i_cdev - bpf_core_field_offset(struct vfio_group, cdev);
	struct vfio_group_open_record r = {
		.group = group_number(group),
		.pid = current_pid(),
		.ret = ret,
	};

	if (ret == -EBUSY)
		r.holder_pid = group_holder(r.group);
	on_group_open(&r);
}

static __always_inline void group_attached(struct vfio_group *group, __s32 ret)
{
	__u64 key = ret ? 0 : (__u64)BPF_CORE_READ(group, container);

	if (key)
		hold(key);
	on_group_attach(group_number(group), number_of(key), ret);
}

static __always_inline void group_stays(struct vfio_group *group, __s32 ret)
{
	on_group_detach(group_number(group), number_of((__u64)BPF_CORE_READ(group, container)),
			ret);
}

static __always_inline void detach_begin(struct vfio_group *group)
{
	struct vfio_container *container = BPF_CORE_READ(group, container);
	struct call call = {
		.key = (__u64)container,
		.group = group_number(group),
	};

	count_holders(container);
	call_begin(&call);
	begin(VT_OP_TEARDOWN, call.key, 0, 0);
}

/* The container with its group: what is left in it goes when the last one leaves. */
static __always_inline void detach_end(void)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct vt_flight *f = flight_own(pid_tgid);
	struct vfio_dma_unmap_record r = {};
	struct vt_container *c;
	struct call call;

	if (!call_end(&call))
		return;
	c = numbered_container(call.key);
	if (c && f && f->removed) {
		removal_of(&r, c, f, pid_tgid >> 32);
		on_teardown_end(c, &r);
	}
	if (f)
		flight_end(f);
	if (!c)
		return;
	on_group_detach(call.group, c->id, 0);
	let_go(call.key);
}

#endif /* VFIOTOP_STOCK_GROUPS_BPF_H */
