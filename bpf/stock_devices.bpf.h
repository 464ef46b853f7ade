/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of stock modules: opened, closed, reset.
 */
#ifndef VFIOTOP_STOCK_DEVICES_BPF_H
#define VFIOTOP_STOCK_DEVICES_BPF_H

#include <bpf/bpf_core_read.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "devices.bpf.h"
#include "kernel.bpf.h"
#include "stock_containers.bpf.h"
#include "stock_groups.bpf.h"

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
	struct call call = {
		.group = group_number(group),
		.key = (__u64)BPF_CORE_READ(group, container),
	};

	bpf_probe_read_user_str(call.name, sizeof(call.name), (void *)arg);
	cut_at_blank(call.name);
	call_begin(&call);
}

static __always_inline void device_open_end(__s32 ret)
{
	struct vfio_device_open_record r = {};
	struct call call;

	if (!call_end(&call))
		return;
	FILL_DEVICE_RECORD(&r, &call, ret < 0 ? ret : 0);
	on_device_open(&r);
}

static __noinline int device_call_begin(struct file *filep)
{
	void *private_data = data_of(filep);
	struct vfio_device *device = private_data;
	struct call call = {};

	if (bpf_core_type_exists(struct vfio_device_file))
		device = BPF_CORE_READ((struct vfio_device_file *)private_data, device);
	call.group = BPF_CORE_READ(device, group, iommu_group, id);
	call.key = (__u64)BPF_CORE_READ(device, group, container);
	call.users = BPF_CORE_READ(device, open_count);
	bpf_probe_read_kernel_str(call.name, sizeof(call.name),
				  BPF_CORE_READ(device, dev, kobj.name));
	call_begin(&call);
	return 0;
}

static __always_inline void device_closed(void)
{
	struct call call;

	if (call_end(&call))
		on_device_release(call.name, call.group, container_id_of(call.key),
				  bpf_ktime_get_ns() - call.start_ns, call.users - 1);
}

static __always_inline bool is_reset(unsigned int cmd)
{
	return cmd == VFIO_DEVICE_RESET || cmd == VFIO_DEVICE_PCI_HOT_RESET;
}

static __always_inline void device_was_reset(unsigned int cmd, __s32 ret)
{
	struct vfio_device_reset_record r = {};
	struct call call;

	if (!call_end(&call))
		return;
	FILL_DEVICE_RECORD(&r, &call, ret);
	r.kind = cmd == VFIO_DEVICE_PCI_HOT_RESET ? VFIO_RESET_BUS : VFIO_RESET_FUNCTION;
	on_device_reset(&r);
}

#endif /* VFIOTOP_STOCK_DEVICES_BPF_H */
