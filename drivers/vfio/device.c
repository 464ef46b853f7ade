// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices: registration by bus drivers, look-up, and the device fd.
 *
 * A device can be found while it is in its group's list, and it leaves the
 * list in the same critical section in which its last reference drops. So a
 * device that is found can be kept, and its removal waits for the last user only.
 */
#include <linux/anon_inodes.h>
#include <linux/device.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"
#include "vfio_events.h"

/* How long to wait before the user of a device is asked for it again. */
#define VFIO_REQUEST_INTERVAL (10 * HZ)

/**
 * vfio_device_add - add a device to the VFIO group of its IOMMU group
 * @dev: the device
 * @iommu_group: its IOMMU group
 * @emulated: it does no DMA of its own
 * @ops: what the bus driver does
 * @device_data: passed to every call of @ops
 *
 * Return: 0, -EBUSY if @dev is registered already, or an error of making the group.
 */
int vfio_device_add(struct device *dev, struct iommu_group *iommu_group, bool emulated,
		    const struct vfio_device_ops *ops, void *device_data)
{
	struct vfio_device *device;
	struct vfio_group *group;
	int ret = 0;

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	device->dev = dev;
	device->ops = ops;
	device->device_data = device_data;
	refcount_set(&device->refs, 1);
	init_completion(&device->gone);
	mutex_init(&device->dma_unmap_lock);

	mutex_lock(&vfio_core_lock);
	if (vfio_group_find_device(dev)) {
		ret = -EBUSY;
		goto out_unlock;
	}
	group = vfio_group_find_or_create(iommu_group, emulated);
	if (IS_ERR(group)) {
		ret = PTR_ERR(group);
		goto out_unlock;
	}
	device->group = group;
	list_add_tail(&device->next, &group->devices);

out_unlock:
	mutex_unlock(&vfio_core_lock);
	if (ret)
		kfree(device);
	return ret;
}

int vfio_add_group_dev(struct device *dev, const struct vfio_device_ops *ops, void *device_data)
{
	struct iommu_group *iommu_group = iommu_group_get(dev);
	int ret = -EINVAL;

	if (!iommu_group)
		return ret;
	/* Or the device reads stale memory: its user cannot flush the CPUs' caches. */
	if (device_iommu_capable(dev, IOMMU_CAP_CACHE_COHERENCY))
		ret = vfio_device_add(dev, iommu_group, false, ops, device_data);
	iommu_group_put(iommu_group);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_add_group_dev);

void vfio_device_put(struct vfio_device *device)
{
	if (!refcount_dec_and_mutex_lock(&device->refs, &vfio_core_lock))
		return;
	list_del(&device->next);
	if (list_empty(&device->group->devices))
		vfio_group_retire(device->group);
	/* Under the lock: after that the remover may free the device. */
	complete(&device->gone);
	mutex_unlock(&vfio_core_lock);
}
EXPORT_SYMBOL_GPL(vfio_device_put);

void *vfio_del_group_dev(struct device *dev)
{
	struct vfio_device *device;
	unsigned int count = 0;
	void *device_data;

	mutex_lock(&vfio_core_lock);
	device = vfio_group_find_device(dev);
	if (device && !device->removing)
		device->removing = true;
	else
		device = NULL;
	mutex_unlock(&vfio_core_lock);
	if (!device)
		return NULL;

	vfio_device_put(device);
	while (!try_wait_for_completion(&device->gone)) {
		if (device->ops->request)
			device->ops->request(device->device_data, count++);
		if (wait_for_completion_timeout(&device->gone, VFIO_REQUEST_INTERVAL))
			break;
		if (count == 1)
			dev_info(dev, "waiting for the user to release the device\n");
	}

	vfio_group_device_removed(device->group);
	if (device->group->emulated)
		iommu_group_remove_device(dev);
	vfio_group_put(device->group);
	device_data = device->device_data;
	kfree(device);
	return device_data;
}
EXPORT_SYMBOL_GPL(vfio_del_group_dev);

struct vfio_device *vfio_device_get_from_dev(struct device *dev)
{
	struct vfio_device *device;

	mutex_lock(&vfio_core_lock);
	device = vfio_group_find_device(dev);
	if (device)
		refcount_inc(&device->refs);
	mutex_unlock(&vfio_core_lock);
	return device;
}
EXPORT_SYMBOL_GPL(vfio_device_get_from_dev);

void *vfio_device_data(struct vfio_device *device)
{
	return device->device_data;
}
EXPORT_SYMBOL_GPL(vfio_device_data);

static int vfio_device_matches(struct vfio_device *device, const char *name)
{
	if (device->ops->match)
		return device->ops->match(device->device_data, name);
	return !strcmp(dev_name(device->dev), name);
}

/* Returns a group's device by name with a reference, -ENODEV, or what match says. */
static struct vfio_device *vfio_device_get_by_name(struct vfio_group *group, const char *name)
{
	struct vfio_device *device;
	int match;

	mutex_lock(&vfio_core_lock);
	list_for_each_entry(device, &group->devices, next) {
		match = device->removing ? 0 : vfio_device_matches(device, name);
		if (!match)
			continue;
		if (match > 0)
			refcount_inc(&device->refs);
		else
			device = ERR_PTR(match);
		goto out_unlock;
	}
	device = ERR_PTR(-ENODEV);
out_unlock:
	mutex_unlock(&vfio_core_lock);
	return device;
}

/* From now on, or no longer, the driver may be told of unmaps. */
static void vfio_device_set_open(struct vfio_device *device, bool open)
{
	mutex_lock(&device->dma_unmap_lock);
	device->open = open;
	mutex_unlock(&device->dma_unmap_lock);
}

void vfio_device_dma_unmap(struct vfio_device *device, dma_addr_t iova, size_t size)
{
	mutex_lock(&device->dma_unmap_lock);
	if (device->open && device->ops->dma_unmap)
		device->ops->dma_unmap(device->device_data, iova, size);
	mutex_unlock(&device->dma_unmap_lock);
}
EXPORT_SYMBOL_GPL(vfio_device_dma_unmap);

/* The first user opens the device, and holds its driver's module. */
static int vfio_device_first_open(struct vfio_device *device)
{
	int ret = 0;

	if (device->open_count)
		goto out;
	if (!try_module_get(device->ops->owner))
		return -ENODEV;
	ret = vfio_container_register_device(device);
	if (ret)
		goto err_module;
	if (device->ops->open)
		ret = device->ops->open(device->device_data);
	if (ret)
		goto err_unregister;
	vfio_device_set_open(device, true);
out:
	device->open_count++;
	return 0;

err_unregister:
	vfio_container_unregister_device(device);
err_module:
	module_put(device->ops->owner);
	return ret;
}

static void vfio_device_last_close(struct vfio_device *device)
{
	if (--device->open_count)
		return;
	vfio_device_set_open(device, false);
	if (device->ops->close)
		device->ops->close(device->device_data);
	vfio_container_unregister_device(device);
	module_put(device->ops->owner);
}

static int vfio_device_release(struct inode *inode, struct file *file)
{
	struct vfio_device *device = file->private_data;
	struct vfio_group *group = device->group;
	u64 start = trace_vfio_device_release_enabled() ? ktime_get_ns() : 0;

	mutex_lock(&group->lock);
	vfio_device_last_close(device);
	trace_vfio_device_release(dev_name(device->dev), group->id, group->container->ledger.id,
				  start ? ktime_get_ns() - start : 0, device->open_count);
	vfio_group_container_put(group);
	mutex_unlock(&group->lock);
	vfio_device_put(device);
	return 0;
}

static ssize_t vfio_device_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct vfio_device *device = file->private_data;

	if (!device->ops->read)
		return -EINVAL;
	return device->ops->read(device->device_data, buf, count, ppos);
}

static ssize_t vfio_device_write(struct file *file, const char __user *buf, size_t count,
				 loff_t *ppos)
{
	struct vfio_device *device = file->private_data;

	if (!device->ops->write)
		return -EINVAL;
	return device->ops->write(device->device_data, buf, count, ppos);
}

/* A reset by request of the user. An open device keeps its group in the container. */
static long vfio_device_reset(struct vfio_device *device, unsigned int cmd, unsigned long arg)
{
	u64 start = trace_vfio_device_reset_enabled() ? ktime_get_ns() : 0;
	struct vfio_group *group = device->group;
	struct vfio_device_reset_record record = { .group = group->id };
	long ret;

	ret = device->ops->ioctl(device->device_data, cmd, arg);
	if (trace_vfio_device_reset_enabled()) {
		record.container = group->container->ledger.id;
		record.ns = start ? ktime_get_ns() - start : 0;
		record.pid = task_tgid_nr(current);
		record.ret = ret;
		record.kind = cmd == VFIO_DEVICE_RESET ? VFIO_RESET_FUNCTION : VFIO_RESET_BUS;
		strscpy(record.name, dev_name(device->dev), sizeof(record.name));
		trace_vfio_device_reset(&record);
	}
	return ret;
}

/* The form of a request is the same for all features; the driver knows which there are. */
static long vfio_device_feature(struct vfio_device *device, unsigned long arg)
{
	const u32 kinds = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
	const size_t minsz = offsetofend(struct vfio_device_feature, flags);
	struct vfio_device_feature feature;

	if (copy_from_user(&feature, (void __user *)arg, minsz))
		return -EFAULT;
	if (feature.argsz < minsz ||
	    feature.flags & ~(VFIO_DEVICE_FEATURE_MASK | VFIO_DEVICE_FEATURE_PROBE | kinds))
		return -EINVAL;
	if ((feature.flags & kinds) == kinds && !(feature.flags & VFIO_DEVICE_FEATURE_PROBE))
		return -EINVAL;
	return device->ops->ioctl(device->device_data, VFIO_DEVICE_FEATURE, arg);
}

static long vfio_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vfio_device *device = file->private_data;

	if (!device->ops->ioctl)
		return -ENOTTY;
	if (cmd == VFIO_DEVICE_FEATURE)
		return vfio_device_feature(device, arg);
	if (cmd == VFIO_DEVICE_RESET || cmd == VFIO_DEVICE_PCI_HOT_RESET)
		return vfio_device_reset(device, cmd, arg);
	return device->ops->ioctl(device->device_data, cmd, arg);
}

static int vfio_device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vfio_device *device = file->private_data;

	if (!device->ops->mmap)
		return -EINVAL;
	return device->ops->mmap(device->device_data, vma);
}

static const struct file_operations vfio_device_fops = {
	.owner = THIS_MODULE,
	.release = vfio_device_release,
	.read = vfio_device_read,
	.write = vfio_device_write,
	.unlocked_ioctl = vfio_device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vfio_device_mmap,
	/* A region's offset is aligned like its memory: large pages fit. */
	.get_unmapped_area = thp_get_unmapped_area,
};

/* The fd becomes visible to other threads only when everything behind it is ready. */
static int vfio_device_install_fd(struct vfio_device *device)
{
	struct vfio_group *group = device->group;
	struct file *file;
	int fd, ret;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	ret = vfio_group_container_get(group);
	if (ret)
		goto err_fd;
	ret = vfio_device_first_open(device);
	if (ret)
		goto err_container;
	file = anon_inode_getfile("[vfio-device]", &vfio_device_fops, device, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_close;
	}
	file->f_mode |= FMODE_PREAD | FMODE_PWRITE;
	fd_install(fd, file);
	return fd;

err_close:
	vfio_device_last_close(device);
err_container:
	vfio_group_container_put(group);
err_fd:
	put_unused_fd(fd);
	return ret;
}

/**
 * vfio_device_open_fd - VFIO_GROUP_GET_DEVICE_FD
 * @group: the group; its lock is held
 * @name: name of the device
 *
 * Return: a new fd, -ENODEV without such a device, -EINVAL before the container has
 * an IOMMU, or why the device could not be opened.
 */
int vfio_device_open_fd(struct vfio_group *group, const char *name)
{
	u64 start = trace_vfio_device_open_enabled() ? ktime_get_ns() : 0;
	struct vfio_device_open_record record = { .group = group->id };
	struct vfio_device *device;
	int ret;

	lockdep_assert_held(&group->lock);
	device = vfio_device_get_by_name(group, name);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
	} else {
		ret = vfio_device_install_fd(device);
		/* An open device file keeps this reference until its release. */
		if (ret < 0)
			vfio_device_put(device);
	}

	if (trace_vfio_device_open_enabled()) {
		record.container = group->container ? group->container->ledger.id : 0;
		record.pid = task_tgid_nr(current);
		record.ret = min(ret, 0);
		record.ns = start ? ktime_get_ns() - start : 0;
		/* What follows a blank is for the driver, and may be secret: a VF token. */
		strscpy(record.name, name,
			min_t(size_t, strcspn(name, " ") + 1, sizeof(record.name)));
		trace_vfio_device_open(&record);
	}
	return ret;
}
