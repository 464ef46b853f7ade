/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a thread's map, unmap or teardown does, from its begin to its end.
 */
#ifndef VFIOTOP_STOCK_WORK_BPF_H
#define VFIOTOP_STOCK_WORK_BPF_H

#include "stock_containers.bpf.h"

#define LEAF_SLOTS 32 /* for VFIO_LEAF_SIZES, as a power of two */

/*
 * What is counted of runs. Its slot belongs to the thread as long as the slot of the
 * same index in flights does.
 */
struct work {
	__u64 pgsizes;
	__u64 runs;
	__u64 leaf_bytes[LEAF_SLOTS];
	__u64 released; /* pages unpinned */
	__u32 leaf_mask;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} works SEC(".maps");

/* Of the flight that is this thread's own, NULL when there is none. */
static __always_inline struct work *work_of(const struct vt_flight *f)
{
	__u32 index = f ? f->tid & flight_mask : 0;

	return f ? bpf_map_lookup_elem(&works, &index) : NULL;
}

static __noinline int work_begin(struct vt_flight *f)
{
	struct work *w = work_of(f);
	struct vfio_container *container;
	struct vfio_iommu *iommu;

	if (!f || !w)
		return 0;
	w->released = 0;
	w->runs = 0;
	w->leaf_mask = 0;
	container = (void *)f->key;
	iommu = BPF_CORE_READ(container, iommu_data);
	w->pgsizes = BPF_CORE_READ(iommu, pgsize_bitmap);
	return 0;
}

/*
 * @key is kept before it is used: newer verifiers let nobody calculate with what a
 * typed pointer points to, but with what was read from a map.
 */
static __always_inline void begin(enum vt_operation operation, __u64 key, __u64 iova, __u64 size)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct vt_flight *f = flight_take(pid_tgid);

	if (!f)
		return;
	vt_store(f->key, key);
	key = vt_load(f->key);
	f->removed = 0;
	f->done = 0;
	f->refunded = 0;
	flight_start(f, operation, number_of(key), iova, size, pid_tgid, bpf_ktime_get_ns());
	if (count_runs)
		work_begin(f);
}

/* Pages of a mapping that ends with no operation of this thread under way. */
static __noinline int removed_standalone(__u64 iommu, __u64 pages)
{
	__u64 *key = bpf_map_lookup_elem(&backends, &iommu);
	struct vt_container *c = key ? container_find(*key) : NULL;

	if (!c)
		return 0;
	container_pins(c, -(__s64)pages, VT_UNKNOWN);
	container_mappings(c, -1, VT_UNKNOWN);
	__sync_fetch_and_sub(&c->charged, pages);
	return 0;
}

static __always_inline void mapping_removed(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct vt_flight *f = flight_own(bpf_get_current_pid_tgid());

	if (!f) {
		removed_standalone((__u64)iommu, dma->locked_vm);
		return;
	}
	/* A map that failed takes back what never counted. */
	if (f->operation == VT_OP_MAP)
		return;
	f->removed++;
	f->done += dma->size;
	f->refunded += dma->locked_vm;
}

#endif /* VFIOTOP_STOCK_WORK_BPF_H */
