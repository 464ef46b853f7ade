// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: the smallest set of devices that the IOMMU can tell apart, and the
 * unit that the administrator hands to a user.
 *
 * A group exists while a bus driver has a device of it. Its fd can be open
 * once. It stays in its container as long as the fd is open and a device is
 * there, or as long as anybody uses the container through it; see
 * vfio_group_settle().
 */
#include <linux/device.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"
#include "vfio_events.h"

static LIST_HEAD(vfio_groups);

static void vfio_group_free(struct kref *kref)
{
	struct vfio_group *group = container_of(kref, struct vfio_group, kref);

	iommu_group_put(group->iommu_group);
	mutex_destroy(&group->lock);
	kfree(group);
}

void vfio_group_put(struct vfio_group *group)
{
	kref_put(&group->kref, vfio_group_free);
}

static struct vfio_group *vfio_group_create(struct iommu_group *iommu_group, bool emulated)
{
	struct vfio_group *group;
	int ret;

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);

	kref_init(&group->kref);
	mutex_init(&group->lock);
	INIT_LIST_HEAD(&group->devices);
	group->iommu_group = iommu_group_ref_get(iommu_group);
	group->id = iommu_group_id(iommu_group);
	group->emulated = emulated;

	ret = vfio_group_minor_get(group);
	if (ret)
		goto err_put;

	group->dev =
		device_create(vfio_class, NULL, vfio_group_devt(group), group, "%d", group->id);
	if (IS_ERR(group->dev)) {
		ret = PTR_ERR(group->dev);
		goto err_minor;
	}
	list_add(&group->next, &vfio_groups);
	return group;

err_minor:
	vfio_group_minor_put(group);
err_put:
	vfio_group_put(group);
	return ERR_PTR(ret);
}

/**
 * vfio_group_find_or_create - the VFIO group of an IOMMU group
 * @iommu_group: the IOMMU group; vfio_core_lock is held
 * @emulated: its devices do no DMA of their own
 *
 * Returns it with a reference, or ERR_PTR.
 */
struct vfio_group *vfio_group_find_or_create(struct iommu_group *iommu_group, bool emulated)
{
	struct vfio_group *group;

	lockdep_assert_held(&vfio_core_lock);
	list_for_each_entry(group, &vfio_groups, next) {
		if (group->iommu_group == iommu_group) {
			kref_get(&group->kref);
			return group;
		}
	}
	return vfio_group_create(iommu_group, emulated);
}

/**
 * vfio_group_find_device - look a device up in all groups
 * @dev: the device; vfio_core_lock is held
 *
 * The device's own link to its IOMMU group is not consulted: while a device
 * is being unplugged it may be gone.
 */
struct vfio_device *vfio_group_find_device(struct device *dev)
{
	struct vfio_device *device;
	struct vfio_group *group;

	lockdep_assert_held(&vfio_core_lock);
	list_for_each_entry(group, &vfio_groups, next) {
		list_for_each_entry(device, &group->devices, next) {
			if (device->dev == dev)
				return device;
		}
	}
	return NULL;
}

/**
 * vfio_group_retire - the group's last device has left the list
 * @group: the group; vfio_core_lock is held
 *
 * The node goes at once, so that a device that comes back finds its name free.
 */
void vfio_group_retire(struct vfio_group *group)
{
	lockdep_assert_held(&vfio_core_lock);
	list_del(&group->next);
	device_destroy(vfio_class, vfio_group_devt(group));
	vfio_group_minor_put(group);
}

static bool vfio_group_has_devices(struct vfio_group *group)
{
	bool has;

	mutex_lock(&vfio_core_lock);
	has = !list_empty(&group->devices);
	mutex_unlock(&vfio_core_lock);
	return has;
}

/* Leaves the container if nothing keeps the group in it any more. */
static void vfio_group_settle(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	if (!group->container || group->container_users)
		return;
	if (group->opened && vfio_group_has_devices(group))
		return;
	vfio_container_detach_group(group);
}

/* A device has left the group for good. */
void vfio_group_device_removed(struct vfio_group *group)
{
	mutex_lock(&group->lock);
	vfio_group_settle(group);
	mutex_unlock(&group->lock);
}

/**
 * vfio_group_container_get - use the container through this group
 * @group: the group; its lock is held
 *
 * Returns 0, or -EINVAL when the group is in no container or that has no IOMMU
 * yet. Until vfio_group_container_put() the group stays where it is.
 */
int vfio_group_container_get(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	if (!group->container || !vfio_container_has_iommu(group->container))
		return -EINVAL;
	group->container_users++;
	return 0;
}

void vfio_group_container_put(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	group->container_users--;
	vfio_group_settle(group);
}

/* Returns the group behind an open file, NULL if it is something else. */
struct vfio_group *vfio_group_from_file(struct file *file)
{
	return file->f_op == &vfio_group_fops ? file->private_data : NULL;
}

static long vfio_group_get_status(struct vfio_group *group, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_group_status, flags);
	struct vfio_group_status status;

	if (copy_from_user(&status, arg, minsz))
		return -EFAULT;
	if (status.argsz < minsz)
		return -EINVAL;

	status.flags = 0;
	mutex_lock(&group->lock);
	if (group->container)
		status.flags |= VFIO_GROUP_FLAGS_CONTAINER_SET | VFIO_GROUP_FLAGS_VIABLE;
	else if (!iommu_group_dma_owner_claimed(group->iommu_group))
		status.flags |= VFIO_GROUP_FLAGS_VIABLE;
	mutex_unlock(&group->lock);

	return copy_to_user(arg, &status, minsz) ? -EFAULT : 0;
}

static long vfio_group_set_container(struct vfio_group *group, int __user *arg)
{
	struct vfio_container *container;
	long ret;
	int fd;

	if (get_user(fd, arg))
		return -EFAULT;
	if (fd < 0)
		return -EINVAL;
	container = vfio_container_get_from_fd(fd);
	if (IS_ERR(container))
		return PTR_ERR(container);

	mutex_lock(&group->lock);
	if (group->container)
		ret = -EINVAL;
	else if (!vfio_group_has_devices(group))
		ret = -ENODEV;
	else
		ret = vfio_container_attach_group(container, group);
	mutex_unlock(&group->lock);

	vfio_container_put(container);
	return ret;
}

static long vfio_group_unset_container(struct vfio_group *group)
{
	long ret = 0;

	mutex_lock(&group->lock);
	if (!group->container)
		ret = -EINVAL;
	else if (group->container_users)
		ret = -EBUSY;
	else
		vfio_container_detach_group(group);
	mutex_unlock(&group->lock);
	return ret;
}

static long vfio_group_get_device_fd(struct vfio_group *group, const char __user *arg)
{
	char *name;
	long ret;

	name = strndup_user(arg, PAGE_SIZE);
	if (IS_ERR(name))
		return PTR_ERR(name);
	mutex_lock(&group->lock);
	ret = vfio_device_open_fd(group, name);
	mutex_unlock(&group->lock);
	kfree(name);
	return ret;
}

static long vfio_group_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vfio_group *group = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_GROUP_GET_STATUS:
		return vfio_group_get_status(group, uarg);
	case VFIO_GROUP_SET_CONTAINER:
		return vfio_group_set_container(group, uarg);
	case VFIO_GROUP_UNSET_CONTAINER:
		return vfio_group_unset_container(group);
	case VFIO_GROUP_GET_DEVICE_FD:
		return vfio_group_get_device_fd(group, uarg);
	default:
		return -ENOTTY;
	}
}

static void vfio_group_trace_open(struct vfio_group *group, pid_t holder, int ret)
{
	struct vfio_group_open_record record = {
		.group = group->id,
		.pid = task_tgid_nr(current),
		.holder_pid = holder,
		.ret = ret,
	};

	trace_vfio_group_open(&record);
}

static int vfio_group_open(struct inode *inode, struct file *file)
{
	struct vfio_group *group = vfio_group_get_from_minor(iminor(inode));
	pid_t holder = 0;
	int ret = 0;

	if (!group)
		return -ENODEV;

	mutex_lock(&group->lock);
	if (group->opened || group->container) {
		/* Still in a container: an earlier opener's device or KVM holds it. */
		holder = group->opener_pid;
		ret = -EBUSY;
	} else if (!vfio_group_has_devices(group)) {
		ret = -ENODEV;
	} else {
		group->opened = true;
		group->opener_pid = task_tgid_nr(current);
		file->private_data = group;
	}
	mutex_unlock(&group->lock);

	vfio_group_trace_open(group, holder, ret);
	if (ret)
		vfio_group_put(group);
	return ret;
}

static int vfio_group_release(struct inode *inode, struct file *file)
{
	struct vfio_group *group = file->private_data;

	mutex_lock(&group->lock);
	group->opened = false;
	vfio_group_settle(group);
	mutex_unlock(&group->lock);

	trace_vfio_group_release(group->id, task_tgid_nr(current));
	vfio_group_put(group);
	return 0;
}

const struct file_operations vfio_group_fops = {
	.owner = THIS_MODULE,
	.open = vfio_group_open,
	.release = vfio_group_release,
	.unlocked_ioctl = vfio_group_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
