// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is there already: the containers, groups and devices that a process has a file of.
 *
 * One run of the program is one open file of one task. Its file is held meanwhile, so
 * what hangs on it stays. Each VFIO file becomes a struct vt_holder in the output; on
 * @adopt what it leads to goes into the tables, too, as far as no event told it before.
 *
 * No lock of the kernel's is held. Where something may change under the walk, it is
 * read again afterwards, or it is written only where no event has written.
 */
#include "aggregate.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "mappings.bpf.h"

/* New rows may be made, not only old ones completed. */
volatile __u32 adopt = 0;

extern const void vfio_container_fops __ksym __weak;
extern const void vfio_group_fops __ksym __weak;
extern const void vfio_device_fops __ksym __weak;

/* --- Containers ----------------------------------------------------------- */

#define UNTOLD (~0ULL)

/*
 * The kernel's own totals, for a container that no event has told them of. An event
 * that comes in between replaces the mark, and its later totals stay.
 */
static __always_inline void container_totals(struct vt_container *c,
					     const struct vfio_container *from)
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

/* With the backend's limit of mappings, as a map tells it. */
static __always_inline void container_limit(struct vt_container *c,
					    const struct vfio_container *from)
{
	const struct vfio_iommu *iommu = BPF_CORE_READ(from, iommu_data);
	__u64 mappings = BPF_CORE_READ(from, ledger.mappings.counter);

	if (iommu && is_type1(c))
		c->mappings_limit = mappings + BPF_CORE_READ(iommu, available);
}

/* Completes the row of a container. Returns 1 if there is more to walk. */
static __always_inline int container_visit(const struct vfio_container *from, __u64 id)
{
	struct vt_container *c = adopt ? container_get(id, id) : container_find(id);

	if (!c || c->flags & (VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_WALKED))
		return 0;
	if (!c->backend[0])
		bpf_probe_read_kernel_str(c->backend, sizeof(c->backend),
					  BPF_CORE_READ(from, driver, ops, name));
	if (!(c->flags & VT_CONTAINER_TOTALS))
		container_totals(c, from);
	if (!c->mappings_limit)
		container_limit(c, from);
	return mappings_walk(c, from);
}

/* --- Groups and devices --------------------------------------------------- */

static __always_inline void group_visit(const struct vfio_group *from, __u32 id, __u64 container)
{
	struct vt_group *g = group_get(id);

	if (!g)
		return;
	if (g->state == VT_STATE_UNKNOWN && BPF_CORE_READ(from, opened)) {
		g->pid = BPF_CORE_READ(from, opener_pid);
		vt_store(g->state, VT_STATE_OPEN);
	}
	if (container)
		__sync_val_compare_and_swap(&g->container, 0, container);
	/* It left in the meantime, and the event that said so came first. */
	if (!BPF_CORE_READ(from, container))
		__sync_val_compare_and_swap(&g->container, container, 0);
}

static __always_inline void device_visit(const char *name, __u32 group, __u64 container)
{
	struct vt_device *d = device_get(name, 1);

	if (d && d->state == VT_STATE_UNKNOWN)
		device_is(d, VT_STATE_OPEN, group, container);
}

/* --- Files ---------------------------------------------------------------- */

/*
 * The container of a group, with its number; NULL when it has none. It can leave at
 * any time, and what was read meanwhile is worth nothing then.
 */
static __always_inline const struct vfio_container *container_of_group(const struct vfio_group *g,
								       __u64 *id)
{
	const struct vfio_container *container = BPF_CORE_READ(g, container);

	*id = container ? BPF_CORE_READ(container, ledger.id) : 0;
	if (BPF_CORE_READ(g, container) == container)
		return container;
	*id = 0;
	return NULL;
}

SEC("iter/task_file")
int existing_files(struct bpf_iter__task_file *ctx)
{
	const struct vfio_container *container = NULL;
	const struct vfio_device *device = NULL;
	const struct vfio_group *group = NULL;
	struct vt_holder holder = {};
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file)
		return 0;
	if (file->f_op == &vfio_container_fops)
		container = file->private_data;
	else if (file->f_op == &vfio_group_fops)
		group = file->private_data;
	else if (file->f_op == &vfio_device_fops)
		device = file->private_data;
	if (device) {
		group = BPF_CORE_READ(device, group);
		bpf_probe_read_kernel_str(holder.device, sizeof(holder.device),
					  BPF_CORE_READ(device, dev, kobj.name));
	}
	if (container)
		holder.container = BPF_CORE_READ(container, ledger.id);
	else if (group)
		container = container_of_group(group, &holder.container);
	else
		return 0;

	if (container && container_visit(container, holder.container))
		return 1;
	holder.group = group ? BPF_CORE_READ(group, id) : VT_NO_GROUP;
	if (group && adopt)
		group_visit(group, holder.group, holder.container);
	if (device && adopt)
		device_visit(holder.device, holder.group, holder.container);
	holder.pid = task->tgid;
	bpf_probe_read_kernel_str(holder.comm, sizeof(holder.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
