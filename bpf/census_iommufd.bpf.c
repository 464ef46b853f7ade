// SPDX-License-Identifier: GPL-2.0-only
/*
 * The census of iommufd: the contexts that processes have open, and the devices bound to them.
 *
 * It runs beside that of VFIO's files, where iommufd is. Each file that belongs to a context
 * becomes a struct vt_holder in the output; with @make_rows, its IOASes get their rows, and
 * devices theirs, as far as no event has put them there before.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#include "census_ioases.bpf.h"
#include "census_walk.bpf.h"
#include "containers.bpf.h"
#include "devices.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "iommufd_spaces.bpf.h"
#include "kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/* Addresses of the operations of files, as those of the census of VFIO's files. */
struct {
	__u64 group;
	__u64 device;
	__u64 iommufd;
} operations;

SEC("syscall")
int census_operations(void *ctx)
{
	operations.group = address_of("vfio_group_fops");
	operations.device = address_of("vfio_device_fops");
	operations.iommufd = address_of("iommufd_fops");
	return 0;
}

/* --- Devices -------------------------------------------------------------------- */

/* What a device is bound to: the address of the context, 0 when it is to none. */
static __always_inline __u64 context_of_device(const struct vfio_device *device)
{
	const struct iommufd_device *physical;
	const struct iommufd_access *emulated;

	if (!bpf_core_field_exists(device->iommufd_device))
		return 0;
	physical = BPF_CORE_READ(device, iommufd_device);
	if (physical)
		return (__u64)BPF_CORE_READ(physical, ictx);
	emulated = BPF_CORE_READ(device, iommufd_access);
	return emulated ? (__u64)BPF_CORE_READ(emulated, ictx) : 0;
}

/*
 * With a row on its stack, this must not be part of a program that counts mappings. The device
 * can be attached elsewhere at any time, and then what was read before is void.
 */
static __noinline int device_visit(const struct vfio_device *device)
{
	__u64 key = ioas_of_device(device);
	struct vt_container *c = key ? container_find(key) : NULL;
	__u64 container = c ? c->id : 0;
	struct vt_device *d = device_get(BPF_CORE_READ(device, dev, kobj.name), 1);

	if (!d)
		return 0;
	if (d->state == VT_STATE_UNKNOWN)
		device_is(d, VT_STATE_OPEN, group_of_device(device), 0);
	if (!container)
		return 0;
	__sync_val_compare_and_swap(&d->container, 0, container);
	if (ioas_of_device(device) != key)
		__sync_val_compare_and_swap(&d->container, container, 0);
	return 0;
}

/* --- Files -------------------------------------------------------------------- */

/* The context that a group was given in place of a container; it can leave it at any time. */
static __always_inline __u64 context_of_group(const struct vfio_group *group)
{
	__u64 context = 0;

	if (bpf_core_field_exists(group->iommufd))
		context = (__u64)BPF_CORE_READ(group, iommufd);
	return bpf_map_lookup_elem(&contexts, &context) ? context : 0;
}

SEC("iter/task_file")
int census_contexts(struct bpf_iter__task_file *ctx)
{
	const struct vfio_device *device = NULL;
	struct task_struct *task = ctx->task;
	struct vt_holder holder = { .group = VT_NO_GROUP };
	struct file *file = ctx->file;
	__u64 context = 0, fops;

	if (!task || !file)
		return 0;
	fops = (__u64)file->f_op;
	if (!fops)
		return 0;
	if (fops == operations.iommufd)
		context = (__u64)data_of(file);
	else if (fops == operations.device)
		device = device_of(data_of(file));
	else if (fops == operations.group)
		context = context_of_group(data_of(file));
	if (device)
		context = context_of_device(device);
	if (!context)
		return 0;
	objects_begin(ctx->meta);
	if (census_context(context))
		return 1;
	if (device && make_rows)
		device_visit(device);
	if (device)
		bpf_probe_read_kernel_str(holder.device, sizeof(holder.device),
					  BPF_CORE_READ(device, dev, kobj.name));
	holder.context = context_number(context);
	holder.pid = task->tgid;
	bpf_probe_read_kernel_str(holder.comm, sizeof(holder.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
