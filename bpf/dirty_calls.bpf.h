/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty-log requests of modules without tracepoints: what each asks for is read as it ends.
 */
#ifndef VFIOTOP_DIRTY_CALLS_BPF_H
#define VFIOTOP_DIRTY_CALLS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/vfio.h>
#include <stddef.h>

#include "calls.bpf.h"
#include "requests.bpf.h"
#include "vfiotop.h"

/* A struct vfio_iommu_type1_dirty_bitmap, and what follows it for a bitmap. */
struct dirty_request {
	__u32 argsz;
	__u32 flags;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

static __always_inline enum vfio_dirty_kind dirty_kind(__u32 flags)
{
	switch (flags) {
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
		return VFIO_DIRTY_START;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
		return VFIO_DIRTY_STOP;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
		return VFIO_DIRTY_BITMAP;
	default:
		return VFIO_DIRTY_UNKNOWN;
	}
}

/* @ns: how long it took, 0 when its begin was not seen */
static __always_inline void dirty_request_end(struct vt_container *c, __u64 arg, __u64 ns,
					      __s32 ret)
{
	struct vfio_dirty_log_record r = { .ns = ns, .pid = current_pid(), .ret = ret };
	struct dirty_request request = {};

	if (bpf_probe_read_user(&request, offsetof(struct dirty_request, get), (void *)arg)) {
		count_lost(VT_LOST_READ);
		return;
	}
	r.kind = dirty_kind(request.flags);
	if (r.kind == VFIO_DIRTY_BITMAP && !ret) {
		bpf_probe_read_user(&request, sizeof(request), (void *)arg);
		r.size = request.get.size;
		r.bitmap_bytes = request.get.bitmap.size;
	}
	on_dirty_log(c, &r);
}

#endif /* VFIOTOP_DIRTY_CALLS_BPF_H */
