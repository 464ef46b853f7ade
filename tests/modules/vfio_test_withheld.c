// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is not there before its owner gives it: /dev/vfio-test-withheld.
 *
 * Faults in a private mapping of it wait, also those that the kernel takes while it
 * pins; so a request for pinning is stopped in its middle. It polls readable as
 * soon as a fault waits; a write gives the memory, to this and all later faults.
 * userfaultfd does not do for this: before 6.4 it cannot stop long-term pinning.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>

/**
 * struct withheld - one open of the device
 * @queue: faults wait here for @given, who polls waits here for @wanted
 * @wanted: a fault has come
 * @given: faults need not wait
 */
struct withheld {
	wait_queue_head_t queue;
	bool wanted;
	bool given;
};

static int withheld_open(struct inode *inode, struct file *file)
{
	struct withheld *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	init_waitqueue_head(&w->queue);
	file->private_data = w;
	return 0;
}

/* A mapping holds the file: no fault comes after this. */
static int withheld_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static vm_fault_t withheld_fault(struct vm_fault *vmf)
{
	struct withheld *w = vmf->vma->vm_file->private_data;

	WRITE_ONCE(w->wanted, true);
	wake_up_all(&w->queue);
	if (wait_event_killable(w->queue, READ_ONCE(w->given)))
		return VM_FAULT_SIGBUS;
	vmf->page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	return vmf->page ? 0 : VM_FAULT_OOM;
}

static const struct vm_operations_struct withheld_vm_ops = {
	.fault = withheld_fault,
};

static int withheld_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return -EINVAL;
	vma->vm_ops = &withheld_vm_ops;
	return 0;
}

static __poll_t withheld_poll(struct file *file, poll_table *table)
{
	struct withheld *w = file->private_data;

	poll_wait(file, &w->queue, table);
	return READ_ONCE(w->wanted) ? EPOLLIN : 0;
}

static ssize_t withheld_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	struct withheld *w = file->private_data;

	WRITE_ONCE(w->given, true);
	wake_up_all(&w->queue);
	return count;
}

static const struct file_operations withheld_fops = {
	.owner = THIS_MODULE,
	.open = withheld_open,
	.release = withheld_release,
	.mmap = withheld_mmap,
	.poll = withheld_poll,
	.write = withheld_write,
};

static struct miscdevice withheld_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-withheld",
	.fops = &withheld_fops,
	.mode = 0600,
};
module_misc_device(withheld_misc);

MODULE_DESCRIPTION("Memory that is not there before it is given, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
