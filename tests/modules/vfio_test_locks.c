// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks PCI devices, as error recovery does with the functions of a bus: /dev/vfio-test-locks.
 *
 * A write of an address, as 0000:00:10.0, waits for the lock of that device and keeps it until
 * the file is closed, by the same task. Lockdep does not see that, as it would give up at
 * the sight of a task that returns to user space with a lock.
 */
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define LOCKS_MAX 2

/**
 * struct locks - of one open file
 * @count: devices that are locked
 * @devices: the devices
 */
struct locks {
	unsigned int count;
	struct pci_dev *devices[LOCKS_MAX];
};

static int locks_open(struct inode *inode, struct file *file)
{
	struct locks *locks = kzalloc(sizeof(*locks), GFP_KERNEL);

	file->private_data = locks;
	return locks ? 0 : -ENOMEM;
}

static ssize_t locks_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	unsigned int domain, bus, slot, function;
	struct locks *locks = file->private_data;
	char address[32] = "";
	struct pci_dev *pdev;
	int ret;

	if (count >= sizeof(address) || locks->count == LOCKS_MAX)
		return -EINVAL;
	if (copy_from_user(address, buf, count))
		return -EFAULT;
	if (sscanf(address, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!pdev)
		return -ENODEV;
	lockdep_off();
	/* So that a test that fails can end. */
	ret = device_lock_interruptible(&pdev->dev);
	lockdep_on();
	if (ret) {
		pci_dev_put(pdev);
		return ret;
	}
	locks->devices[locks->count++] = pdev;
	return count;
}

static int locks_release(struct inode *inode, struct file *file)
{
	struct locks *locks = file->private_data;

	while (locks->count) {
		struct pci_dev *pdev = locks->devices[--locks->count];

		lockdep_off();
		device_unlock(&pdev->dev);
		lockdep_on();
		pci_dev_put(pdev);
	}
	kfree(locks);
	return 0;
}

static const struct file_operations locks_fops = {
	.owner = THIS_MODULE,
	.open = locks_open,
	.release = locks_release,
	.write = locks_write,
};

static struct miscdevice locks_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-locks",
	.fops = &locks_fops,
	.mode = 0600,
};
module_misc_device(locks_misc);

MODULE_DESCRIPTION("Locks PCI devices, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
