// SPDX-License-Identifier: GPL-2.0-only
/*
 * An external user of VFIO, for tests: acts on a group that a process has opened,
 * as KVM does, and holds it whatever that process closes; or on a PCI function that
 * is bound to a VFIO bus driver, as another driver of that bus does.
 *
 * Every open of /dev/vfio-test-external holds at most one group and one device.
 * Written to it:
 *
 *   get FD	hold the group behind FD: what vfio_group_get_external_user()
 *		says, or -EBUSY while one is held
 *   put	let go of it, -ENODEV if none is held
 *   look ADDRESS
 *		hold the VFIO device of a PCI function: -ENODEV if it is none,
 *		-ENODATA if its bus driver has no data of it, or -EBUSY while one is held
 *   leave	let go of it, -ENODEV if none is held
 *
 * A read returns the number of the held group, a close lets go of all.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vfio.h"

#define VFIO_TEST_LINE_MAX 32

/**
 * struct vfio_test_holder - one open of the device
 * @lock: protects the rest
 * @group: the group that is held, or NULL
 * @device: the device that is held, or NULL
 */
struct vfio_test_holder {
	struct mutex lock;
	struct vfio_group *group;
	struct vfio_device *device;
};

static int vfio_test_get(struct vfio_test_holder *holder, unsigned int fd)
{
	struct vfio_group *group;
	struct file *file;

	if (holder->group)
		return -EBUSY;
	file = fget(fd);
	if (!file)
		return -EBADF;
	group = vfio_group_get_external_user(file);
	fput(file);
	if (IS_ERR(group))
		return PTR_ERR(group);
	holder->group = group;
	return 0;
}

static int vfio_test_put(struct vfio_test_holder *holder)
{
	if (!holder->group)
		return -ENODEV;
	vfio_group_put_external_user(holder->group);
	holder->group = NULL;
	return 0;
}

static int vfio_test_look(struct vfio_test_holder *holder, const char *address)
{
	struct vfio_device *device = NULL;
	struct device *dev;

	if (holder->device)
		return -EBUSY;
	dev = bus_find_device_by_name(&pci_bus_type, NULL, address);
	if (dev)
		device = vfio_device_get_from_dev(dev);
	put_device(dev);
	if (!device)
		return -ENODEV;
	if (!vfio_device_data(device)) {
		vfio_device_put(device);
		return -ENODATA;
	}
	holder->device = device;
	return 0;
}

static int vfio_test_leave(struct vfio_test_holder *holder)
{
	if (!holder->device)
		return -ENODEV;
	vfio_device_put(holder->device);
	holder->device = NULL;
	return 0;
}

static int vfio_test_command(struct vfio_test_holder *holder, char *line)
{
	unsigned int fd;

	line = strim(line);
	if (!strcmp(line, "put"))
		return vfio_test_put(holder);
	if (!strcmp(line, "leave"))
		return vfio_test_leave(holder);
	if (str_has_prefix(line, "look "))
		return vfio_test_look(holder, line + strlen("look "));
	if (!str_has_prefix(line, "get ") || kstrtouint(line + strlen("get "), 10, &fd))
		return -EINVAL;
	return vfio_test_get(holder, fd);
}

static ssize_t vfio_test_write(struct file *file, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct vfio_test_holder *holder = file->private_data;
	char *line;
	int ret;

	if (count >= VFIO_TEST_LINE_MAX)
		return -EINVAL;
	line = memdup_user_nul(buf, count);
	if (IS_ERR(line))
		return PTR_ERR(line);

	mutex_lock(&holder->lock);
	ret = vfio_test_command(holder, line);
	mutex_unlock(&holder->lock);
	kfree(line);
	return ret ? ret : count;
}

static ssize_t vfio_test_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct vfio_test_holder *holder = file->private_data;
	char line[VFIO_TEST_LINE_MAX];
	int len = -ENODEV;

	mutex_lock(&holder->lock);
	if (holder->group)
		len = scnprintf(line, sizeof(line), "%d\n",
				vfio_external_user_iommu_id(holder->group));
	mutex_unlock(&holder->lock);
	return len < 0 ? len : simple_read_from_buffer(buf, count, ppos, line, len);
}

static int vfio_test_open(struct inode *inode, struct file *file)
{
	struct vfio_test_holder *holder = kzalloc(sizeof(*holder), GFP_KERNEL);

	if (!holder)
		return -ENOMEM;
	mutex_init(&holder->lock);
	file->private_data = holder;
	return 0;
}

static int vfio_test_release(struct inode *inode, struct file *file)
{
	struct vfio_test_holder *holder = file->private_data;

	vfio_test_put(holder);
	vfio_test_leave(holder);
	mutex_destroy(&holder->lock);
	kfree(holder);
	return 0;
}

static const struct file_operations vfio_test_fops = {
	.owner = THIS_MODULE,
	.open = vfio_test_open,
	.release = vfio_test_release,
	.read = vfio_test_read,
	.write = vfio_test_write,
};

static struct miscdevice vfio_test_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-external",
	.fops = &vfio_test_fops,
	.mode = 0600,
};
module_misc_device(vfio_test_misc);

MODULE_DESCRIPTION("External user of VFIO groups and devices, for tests");
MODULE_LICENSE("GPL");
