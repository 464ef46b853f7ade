/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups of stock modules: attached to a container, detached from it.
 */
#ifndef VFIOTOP_STOCK_GROUPS_BPF_H
#define VFIOTOP_STOCK_GROUPS_BPF_H

#include <bpf/bpf_core_read.h>

#include "calls.bpf.h"
#include "container_ids.bpf.h"
#include "file_calls.bpf.h"
#include "groups.bpf.h"
#include "in_flight.bpf.h"
#include "kernel.bpf.h"
#include "requests.bpf.h"
#include "stock_containers.bpf.h"
#include "stock_work.bpf.h"
#include "tables.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"

/*
 * What was mapped for emulated devices alone has been pinned if this group's are real, and
 * nothing tells how much of it.
 */
static __noinline int pinned_later(__u64 key)
{
	struct vt_container *c = key ? container_find(key) : NULL;
	struct vfio_iommu *iommu;
	void *node;

	if (!c || !(c->flags & VT_CONTAINER_UNPINNED) || !c->backend_key)
		return 0;
	iommu = (void *)c->backend_key;
	node = BPF_CORE_READ(iommu, dma_list.rb_node);
	if (node &&
	    BPF_CORE_READ((struct vfio_dma *)(node - bpf_core_field_offset(struct vfio_dma, node)),
			  iommu_mapped))
		container_flag(c, VT_CONTAINER_PINS_UNSEEN);
	return 0;
}

static __always_inline void group_attached(struct vfio_group *group, __s32 ret)
{
	__u64 key = ret ? 0 : (__u64)BPF_CORE_READ(group, container);

	if (key) {
		container_hold(key);
		pinned_later(key);
	}
	on_group_attach(group_number(group), container_id_of(key), ret);
}

static __always_inline void group_stays(struct vfio_group *group, __s32 ret)
{
	on_group_detach(group_number(group),
			container_id_of((__u64)BPF_CORE_READ(group, container)), ret);
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
	work_start(VT_OP_TEARDOWN, call.key, 0, 0);
}

/* What is left in a container is removed when its last group leaves. */
static __always_inline void detach_end(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vt_in_flight *f = in_flight_own(task->pid);
	struct vfio_dma_unmap_record r = {};
	struct vt_container *c;
	struct call call;

	removals_end(f, task);
	if (!call_end(&call))
		return;
	c = container_get_slowly(call.key);
	if (c && f && f->removed) {
		work_removed(&r, c, f, task);
		on_teardown_end(c, &r);
		removed_last(c, f);
		range_remove(c, 0, ~0ULL);
		trace_removal(c, &r, VT_OP_TEARDOWN);
	}
	in_flight_end(f);
	if (!c)
		return;
	on_group_detach(call.group, c->id, 0);
	container_put(call.key);
}

#endif /* VFIOTOP_STOCK_GROUPS_BPF_H */
