/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers of stock modules: opened, given a backend, closed by their last holder.
 */
#ifndef VFIOTOP_STOCK_CONTAINERS_BPF_H
#define VFIOTOP_STOCK_CONTAINERS_BPF_H

#include <bpf/bpf_core_read.h>
#include <stdbool.h>

#include "backends.bpf.h"
#include "calls.bpf.h"
#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/* The size of a page, which is compared more often than shifted by; set before loading. */
const volatile __u64 page_bytes = 0;

/* Whether runs of maps are counted; set before loading. */
const volatile __u32 count_runs = 0;

/* Whether pages are counted as they are unpinned; set before loading. */
const volatile __u32 count_unpins = 0;

/* Whether mappings are seen to end; set before loading. */
const volatile __u32 sees_removals = 1;

/* Holders of a container: its file and its groups; the key is that of the container. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __s64);
} holders SEC(".maps");

/* It loses its backend. Another container's may have the address already. */
static __noinline int backend_forget(struct vt_container *c)
{
	__u64 backend = c ? c->backend_key : 0;
	__u64 *key = backend ? bpf_map_lookup_elem(&backends, &backend) : NULL;

	if (c && key && *key == c->key)
		bpf_map_delete_elem(&backends, &backend);
	return 0;
}

/*
 * Its backend's data, which is that of type1, NULL when it has another or none. Known since it
 * was chosen: reading the container costs more.
 */
static __noinline __u64 backend_find(struct vt_container *c)
{
	struct vfio_container *container = c ? (void *)c->key : NULL;
	struct vfio_iommu *iommu = BPF_CORE_READ(container, iommu_data);

	if (!c || !iommu)
		return 0;
	if (!c->backend[0])
		bpf_probe_read_kernel_str(c->backend, sizeof(c->backend),
					  BPF_CORE_READ(container, iommu_driver, ops, name));
	if (backend_is_type1(c->backend))
		return (__u64)iommu;
	container_flag(c, VT_CONTAINER_OPAQUE);
	return 0;
}

static __always_inline struct vfio_iommu *backend_of(struct vt_container *c)
{
	return c->backend_key ? (void *)c->backend_key : (void *)backend_find(c);
}

/* Before a container that was opened before the watch loses a holder. */
static __noinline int count_holders(struct vfio_container *container)
{
	__u64 key = (__u64)container;
	__s64 count = BPF_CORE_READ(container, kref.refcount.refs.counter);

	bpf_map_update_elem(&holders, &key, &count, BPF_NOEXIST);
	return 0;
}

static __noinline int container_hold(__u64 key)
{
	__s64 *count = bpf_map_lookup_elem(&holders, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

/* The last holder's end is the container's: another one may have its address then. */
static __noinline int container_put(__u64 key)
{
	__s64 *count = bpf_map_lookup_elem(&holders, &key);
	struct vt_container *c = container_get_slowly(key);
	bool exact;

	if (!count || __sync_fetch_and_add(count, -1) > 1)
		return 0;
	bpf_map_delete_elem(&holders, &key);
	if (!c)
		return 0;
	backend_forget(c);
	exact = count_unpins && c->flags & VT_CONTAINER_OPEN_SEEN &&
		!(c->flags & (VT_CONTAINER_OPAQUE | VT_CONTAINER_PINS_UNSEEN));
	on_container_release(key, c->id, exact ? c->pinned : 0, exact ? c->mappings : 0, 0);
	vt_store(c->key, key | 1);
	return 0;
}

static __always_inline void container_opened(struct file *filep)
{
	__u64 key = (__u64)data_of(filep);
	__s64 one = 1;

	bpf_map_update_elem(&holders, &key, &one, BPF_ANY);
	on_container_open(key, container_id_of(key), current_pid());
}

static __always_inline void container_closes(struct file *filep)
{
	struct vfio_container *container = data_of(filep);

	count_holders(container);
	container_put((__u64)container);
}

static __always_inline void iommu_set(struct file *filep, unsigned long type, __s32 ret)
{
	struct vfio_container *container = data_of(filep);
	struct vfio_iommu *iommu = BPF_CORE_READ(container, iommu_data);
	__u64 key = (__u64)container;
	struct vt_container *c = container_get_slowly(key);

	if (!c)
		return;
	on_iommu_set(key, c->id, type, BPF_CORE_READ(container, iommu_driver, ops, name), ret);
	if (ret)
		return;
	/* Nothing was mapped before: everything is counted from here on. */
	container_flag(c, VT_CONTAINER_OPEN_SEEN);
	backend_forget(c);
	if (!iommu)
		return;
	if (!backend_is_type1(c->backend)) {
		container_flag(c, VT_CONTAINER_OPAQUE);
		return;
	}
	c->mappings_limit = BPF_CORE_READ(iommu, dma_avail);
	c->pgsizes = BPF_CORE_READ(iommu, pgsize_bitmap);
	backend_note(c, (__u64)iommu);
}

#endif /* VFIOTOP_STOCK_CONTAINERS_BPF_H */
