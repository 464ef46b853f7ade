/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of stock modules: reset.
 */
#ifndef VFIOTOP_STOCK_DEVICES_BPF_H
#define VFIOTOP_STOCK_DEVICES_BPF_H

#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "devices.bpf.h"
#include "file_calls.bpf.h"

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
