// SPDX-License-Identifier: GPL-2.0-only
/*
 * The census: the containers, groups and devices that processes have open.
 *
 * The program runs once for each open file of each task. The file is held meanwhile, so
 * what it refers to stays. Each VFIO file becomes a struct vt_holder in the output. With
 * @make_rows, what it refers to also goes into the tables, as far as no event has put it
 * there before.
 *
 * No lock of the kernel's is held. What may change meanwhile is read again afterwards, or
 * it is written only where no event has written.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#include "backends.bpf.h"
#include "census_mappings.bpf.h"
#include "census_walk.bpf.h"
#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "devices.bpf.h"
#include "groups.bpf.h"
#include "host_pins.bpf.h"
#include "kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/*
 * Addresses of the operations of VFIO files: a file belongs to VFIO by these. They are found
 * by census_operations(), or set by who loaded the program. What is not there is 0.
 */
struct {
	__u64 container;
	__u64 group;
	__u64 device;
} operations;

/* --- What differs between our modules and others ---------------------------- */

static __always_inline bool is_ours(void)
{
	const struct vfio_container___ours *ours = NULL;

	return bpf_core_field_exists(ours->ledger);
}

/* What the source knows a container by. */
static __always_inline __u64 key_of(const struct vfio_container *container)
{
	const struct vfio_container___ours *ours = (const void *)container;

	if (!container)
		return 0;
	return is_ours() ? BPF_CORE_READ(ours, ledger.id) : (__u64)container;
}

static __always_inline struct vt_container *row_of(__u64 key)
{
	if (!make_rows)
		return container_find(key);
	return is_ours() ? container_get(key, key) : container_get_with_id(key);
}

static __always_inline const struct vfio_iommu_driver *
driver_of(const struct vfio_container *container)
{
	const struct vfio_container___ours *ours = (const void *)container;

	return is_ours() ? BPF_CORE_READ(ours, driver) : BPF_CORE_READ(container, iommu_driver);
}

static __always_inline __u32 number_of_group(const struct vfio_group *group)
{
	const struct vfio_group___ours *ours = (const void *)group;

	return is_ours() ? BPF_CORE_READ(ours, id) : BPF_CORE_READ(group, iommu_group, id);
}

/* --- Containers ------------------------------------------------------------- */

#define UNTOLD (~0ULL)

/*
 * The kernel's own totals, for a container of which no event has told them. An event in
 * between replaces the mark, and its later totals stay.
 */
static __always_inline void container_totals(struct vt_container *c,
					     const struct vfio_container___ours *from)
{
	__sync_val_compare_and_swap(&c->total_pinned, 0, UNTOLD);
	__sync_val_compare_and_swap(&c->total_mappings, 0, UNTOLD);
	__sync_val_compare_and_swap(&c->total_pinned, UNTOLD,
				    BPF_CORE_READ(from, ledger.pinned.counter));
	__sync_val_compare_and_swap(&c->total_mappings, UNTOLD,
				    BPF_CORE_READ(from, ledger.mappings.counter));
	atomic_max((__u64 *)&c->pinned_peak, c->total_pinned);
	container_flag(c, VT_CONTAINER_TOTALS);
}

static __always_inline void type1_visit(struct vt_container *c, const struct vfio_iommu *iommu)
{
	c->pgsizes = BPF_CORE_READ(iommu, pgsize_bitmap);
	backend_note(c, (__u64)iommu);
}

/* Completes the row of a container. Returns 1 if there are more mappings to count. */
static __always_inline int container_visit(struct vt_container *c,
					   const struct vfio_container *from)
{
	const struct vfio_iommu *iommu = BPF_CORE_READ(from, iommu_data);

	if (!c || c->flags & (VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_CENSUS))
		return 0;
	if (!c->backend[0])
		bpf_probe_read_kernel_str(c->backend, sizeof(c->backend),
					  BPF_CORE_READ(driver_of(from), ops, name));
	if (is_ours() && !(c->flags & VT_CONTAINER_TOTALS))
		container_totals(c, (const void *)from);
	if (iommu && !is_ours() && !backend_is_type1(c->backend))
		container_flag(c, VT_CONTAINER_OPAQUE);
	else if (iommu && !is_ours() && !c->backend_key)
		type1_visit(c, iommu);
	return census_mappings(c, iommu);
}

/* --- Groups and devices ----------------------------------------------------- */

static __always_inline void group_visit(const struct vfio_group *from, __u32 number,
					__u64 container, bool opened)
{
	struct vt_group *g = group_get(number);

	if (!g)
		return;
	if (opened && g->state == VT_STATE_UNKNOWN)
		vt_store(g->state, VT_STATE_OPEN);
	if (container)
		__sync_val_compare_and_swap(&g->container, 0, container);
	/* It has left meanwhile, and the event that said so came first. */
	if (!BPF_CORE_READ(from, container))
		__sync_val_compare_and_swap(&g->container, container, 0);
}

static __always_inline void device_visit(const char *name, __u32 group, __u64 container)
{
	struct vt_device *d = device_get(name, 1);

	if (d && d->state == VT_STATE_UNKNOWN)
		device_is(d, VT_STATE_OPEN, group, container);
}

/* --- Files ------------------------------------------------------------------ */

/*
 * The container of a group, with its key; NULL when it has none. The group can leave it at
 * any time, and then what was read meanwhile is void.
 */
static __always_inline const struct vfio_container *
container_of_group(const struct vfio_group *group, __u64 *key)
{
	const struct vfio_container *container = BPF_CORE_READ(group, container);

	*key = key_of(container);
	if (BPF_CORE_READ(group, container) == container)
		return container;
	*key = 0;
	return NULL;
}

SEC("syscall")
int census_operations(void *ctx)
{
	operations.container = is_ours() ? address_of("vfio_container_fops")
					 : address_of("vfio_fops");
	operations.group = address_of("vfio_group_fops");
	operations.device = address_of("vfio_device_fops");
	return 0;
}

SEC("iter/task_file")
int census_files(struct bpf_iter__task_file *ctx)
{
	const struct vfio_container *container = NULL;
	const struct vfio_device *device = NULL;
	const struct vfio_group *group = NULL;
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct vt_holder holder = {};
	struct vt_container *c;
	__u64 key = 0, fops;

	if (!task || !file)
		return 0;
	fops = (__u64)file->f_op;
	if (!fops)
		return 0;
	if (fops == operations.container)
		container = data_of(file);
	else if (fops == operations.group)
		group = data_of(file);
	else if (fops == operations.device)
		device = device_of(data_of(file));
	if (device) {
		group = BPF_CORE_READ(device, group);
		bpf_probe_read_kernel_str(holder.device, sizeof(holder.device),
					  BPF_CORE_READ(device, dev, kobj.name));
	}
	if (container)
		key = key_of(container);
	else if (group)
		container = container_of_group(group, &key);
	else
		return 0;

	walk_begins(ctx->meta);
	c = container ? row_of(key) : NULL;
	if (c && container_visit(c, container))
		return 1;
	holder.container = c ? c->id : 0;
	holder.group = group ? number_of_group(group) : VT_NO_GROUP;
	if (group && make_rows)
		group_visit(group, holder.group, holder.container, !device);
	if (device && make_rows)
		device_visit(holder.device, holder.group, holder.container);
	holder.pid = task->tgid;
	bpf_probe_read_kernel_str(holder.comm, sizeof(holder.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
