/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of the kernel's own modules that open and close files of groups and devices. The programs
 * here are in both sources of these modules, stock and iommufd.
 */
#ifndef VFIOTOP_FILE_CALLS_BPF_H
#define VFIOTOP_FILE_CALLS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "container_ids.bpf.h"
#include "devices.bpf.h"
#include "groups.bpf.h"
#include "kernel.bpf.h"
#include "vfiotop.h"

/* --- Groups ----------------------------------------------------------------- */

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
	/* Not by its type: newer verifiers would search all types of the kernel for that. */
	struct vfio_group *group = (void *)BPF_CORE_READ(inode, i_cdev) -
				   bpf_core_field_offset(struct vfio_group, cdev);
	struct vfio_group_open_record r = {
		.group = group_number(group),
		.pid = current_pid(),
		.ret = ret,
	};

	if (ret == -EBUSY)
		r.holder_pid = group_holder(r.group);
	on_group_open(&r);
}

SEC("fexit/vfio_group_fops_open")
int BPF_PROG(group_file_open, struct inode *inode, struct file *filep, int ret)
{
	if (watching)
		group_opened(inode, ret);
	return 0;
}

SEC("fentry/vfio_group_fops_release")
int BPF_PROG(group_file_release, struct inode *inode, struct file *filep)
{
	if (watching)
		on_group_release(group_number(data_of(filep)));
	return 0;
}

/* The key of its container, 0 when it has none. VFIO can be built without. */
static __always_inline __u64 key_of_group(const struct vfio_group *group)
{
	return bpf_core_field_exists(group->container) ? (__u64)BPF_CORE_READ(group, container) : 0;
}

/* --- Devices ---------------------------------------------------------------- */

/* What the records of a device's open and reset have in common: the call that has ended. */
#define FILL_DEVICE_RECORD(record, call, result)                                        \
	({                                                                              \
		(record)->container = container_id_of((call)->key);                     \
		(record)->ns = bpf_ktime_get_ns() - (call)->start_ns;                   \
		(record)->group = (call)->group;                                        \
		(record)->pid = current_pid();                                          \
		(record)->ret = result;                                                 \
		__builtin_memcpy((record)->name, (call)->name, sizeof((record)->name)); \
	})

/* What follows a blank is for the driver, and may be secret: a VF token. */
static __always_inline void cut_at_blank(char *name)
{
	int i;

	for (i = 0; i < VFIO_RECORD_NAME_LEN; i++) {
		if (name[i] == ' ') {
			name[i] = 0;
			return;
		}
	}
}

static __always_inline void device_open_begin(struct file *filep, unsigned long arg)
{
	struct vfio_group *group = data_of(filep);
	__u64 key = key_of_group(group);
	struct call call = {
		.group = group_number(group),
		.key = key,
		.arg = key,
	};

	bpf_probe_read_user_str(call.name, sizeof(call.name), (void *)arg);
	cut_at_blank(call.name);
	call_begin(&call);
}

SEC("fentry/vfio_group_fops_unl_ioctl")
int BPF_PROG(group_file_ioctl, struct file *filep, unsigned int cmd, unsigned long arg)
{
	if (watching && cmd == VFIO_GROUP_GET_DEVICE_FD)
		device_open_begin(filep, arg);
	return 0;
}

static __always_inline void device_open_end(__s32 ret)
{
	struct vfio_device_open_record r = {};
	struct call call;

	if (!call_end(&call))
		return;
	FILL_DEVICE_RECORD(&r, &call, ret < 0 ? ret : 0);
	on_device_open(&r, container_id_of(call.arg));
}

/* A call that is about this device begins. */
static __noinline int device_call(const struct vfio_device *device)
{
	struct call call = { .group = group_of_device(device) };

	if (call.group != VT_NO_GROUP)
		call.key = key_of_group(BPF_CORE_READ(device, group));
	call.users = BPF_CORE_READ(device, open_count);
	bpf_probe_read_kernel_str(call.name, sizeof(call.name),
				  BPF_CORE_READ(device, dev, kobj.name));
	call_begin(&call);
	return 0;
}

static __always_inline int device_call_begin(const struct file *filep)
{
	const struct vfio_device_file *file = data_of(filep);

	if (!bpf_core_type_exists(struct vfio_device_file))
		return device_call((void *)file);
	/* A file that was not bound to iommufd: the device was not opened by it. */
	return BPF_CORE_READ(file, access_granted) ? device_call(BPF_CORE_READ(file, device)) : 0;
}

SEC("fentry/vfio_device_fops_release")
int BPF_PROG(device_file_release, struct inode *inode, struct file *filep)
{
	return watching ? device_call_begin(filep) : 0;
}

SEC("fexit/vfio_device_fops_release")
int BPF_PROG(device_file_release_end, struct inode *inode, struct file *filep)
{
	struct call call;

	if (watching && call_end(&call))
		on_device_release(call.name, call.group, container_id_of(call.key),
				  bpf_ktime_get_ns() - call.start_ns, call.users - 1);
	return 0;
}

#endif /* VFIOTOP_FILE_CALLS_BPF_H */
