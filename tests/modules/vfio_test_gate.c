// SPDX-License-Identifier: GPL-2.0-only
/*
 * An emulated device, vfio-test-gate, whose driver can be held up in its open and in
 * its close, and counts what it is told of unmaps meanwhile.
 *
 * Parameters: a driver that opens waits while hold_open is set, one that closes
 * while hold_close is. state says where the driver is. inside counts the calls of
 * its dma_unmap while the device was open, outside those that came at another time.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/wait.h>

#include "vfio.h"

static struct device *gate_dev;
static DECLARE_WAIT_QUEUE_HEAD(gate_queue);

static bool gate_hold_open;
static bool gate_hold_close;

static char *gate_state = "closed";
module_param_named(state, gate_state, charp, 0400);
MODULE_PARM_DESC(state, "closed, opening, open or closing");

static bool gate_is_open;
static unsigned int gate_inside;
module_param_named(inside, gate_inside, uint, 0400);
MODULE_PARM_DESC(inside, "unmaps that the driver was told of while open");

static unsigned int gate_outside;
module_param_named(outside, gate_outside, uint, 0400);
MODULE_PARM_DESC(outside, "unmaps that it was told of at another time");

static int gate_hold_set(const char *value, const struct kernel_param *param)
{
	int ret = param_set_bool(value, param);

	wake_up_all(&gate_queue);
	return ret;
}

static const struct kernel_param_ops gate_hold_ops = {
	.set = gate_hold_set,
	.get = param_get_bool,
};
module_param_cb(hold_open, &gate_hold_ops, &gate_hold_open, 0600);
MODULE_PARM_DESC(hold_open, "whoever opens the device waits");
module_param_cb(hold_close, &gate_hold_ops, &gate_hold_close, 0600);
MODULE_PARM_DESC(hold_close, "whoever closes the device waits");

static int gate_open(void *device_data)
{
	WRITE_ONCE(gate_state, "opening");
	wait_event(gate_queue, !READ_ONCE(gate_hold_open));
	WRITE_ONCE(gate_state, "open");
	WRITE_ONCE(gate_is_open, true);
	return 0;
}

static void gate_close(void *device_data)
{
	WRITE_ONCE(gate_is_open, false);
	WRITE_ONCE(gate_state, "closing");
	wait_event(gate_queue, !READ_ONCE(gate_hold_close));
	WRITE_ONCE(gate_state, "closed");
}

/* Never called twice at the same time. */
static void gate_dma_unmap(void *device_data, dma_addr_t iova, size_t size)
{
	if (READ_ONCE(gate_is_open))
		gate_inside++;
	else
		gate_outside++;
}

static const struct vfio_device_ops gate_ops = {
	.name = "vfio-test-gate",
	.owner = THIS_MODULE,
	.open = gate_open,
	.close = gate_close,
	.dma_unmap = gate_dma_unmap,
};

static int __init gate_init(void)
{
	int ret;

	gate_dev = root_device_register("vfio-test-gate");
	if (IS_ERR(gate_dev))
		return PTR_ERR(gate_dev);
	ret = vfio_add_emulated_dev(gate_dev, &gate_ops, NULL);
	if (ret)
		root_device_unregister(gate_dev);
	return ret;
}

static void __exit gate_exit(void)
{
	vfio_del_group_dev(gate_dev);
	root_device_unregister(gate_dev);
}

module_init(gate_init);
module_exit(gate_exit);

MODULE_DESCRIPTION("An emulated VFIO device that opens and closes slowly, for tests");
MODULE_LICENSE("GPL");
