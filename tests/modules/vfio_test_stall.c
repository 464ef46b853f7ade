// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds up resets of buses: /dev/vfio-test-stall.
 *
 * While the device is open, whoever resets the bus below a bridge waits before he does
 * it. The device polls readable as soon as somebody waits; a write lets this one and all
 * later ones go on, and so does closing it.
 *
 * The function that is held up is weak, so no compiler has it inline.
 */
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(stall_queue);
static struct task_struct *stall_passing; /* goes through to the kernel's function */
static bool stall_armed, stall_waiting;

static void stall_reset(struct pci_dev *bridge)
{
	WRITE_ONCE(stall_waiting, true);
	wake_up_all(&stall_queue);
	wait_event(stall_queue, !READ_ONCE(stall_armed));
	WRITE_ONCE(stall_passing, current);
	pci_bridge_secondary_bus_reset(bridge);
	WRITE_ONCE(stall_passing, NULL);
}

/* Sends the caller to stall_reset() instead. */
static int stall_pre(struct kprobe *p, struct pt_regs *regs)
{
	if (!READ_ONCE(stall_armed) || READ_ONCE(stall_passing) == current)
		return 0;
	instruction_pointer_set(regs, (unsigned long)stall_reset);
	return 1;
}
NOKPROBE_SYMBOL(stall_pre);

static struct kprobe stall_probe = {
	.symbol_name = "pcibios_reset_secondary_bus",
	.pre_handler = stall_pre,
};

static int stall_open(struct inode *inode, struct file *file)
{
	WRITE_ONCE(stall_waiting, false);
	WRITE_ONCE(stall_armed, true);
	return 0;
}

static void stall_let_go(void)
{
	WRITE_ONCE(stall_armed, false);
	wake_up_all(&stall_queue);
}

static int stall_release(struct inode *inode, struct file *file)
{
	stall_let_go();
	return 0;
}

static __poll_t stall_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &stall_queue, table);
	return READ_ONCE(stall_waiting) ? EPOLLIN : 0;
}

static ssize_t stall_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	stall_let_go();
	return count;
}

static const struct file_operations stall_fops = {
	.owner = THIS_MODULE,
	.open = stall_open,
	.release = stall_release,
	.poll = stall_poll,
	.write = stall_write,
};

static struct miscdevice stall_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-stall",
	.fops = &stall_fops,
	.mode = 0600,
};

static int __init stall_init(void)
{
	int ret = register_kprobe(&stall_probe);

	if (ret)
		return ret;
	ret = misc_register(&stall_misc);
	if (ret)
		unregister_kprobe(&stall_probe);
	return ret;
}
module_init(stall_init);

static void __exit stall_exit(void)
{
	misc_deregister(&stall_misc);
	unregister_kprobe(&stall_probe);
}
module_exit(stall_exit);

MODULE_DESCRIPTION("Holds up resets of buses, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
