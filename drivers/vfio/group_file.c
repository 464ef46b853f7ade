// SPDX-License-Identifier: GPL-2.0-only
/*
 * The group fd: what a user may do with an open /dev/vfio/N.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"
#include "request.h"
#include "vfio_events.h"

/**
 * vfio_group_from_file - the group behind an open file
 * @file: any open file
 *
 * Return: the group, which stays as long as the file; NULL if it is no group fd.
 */
struct vfio_group *vfio_group_from_file(struct file *file)
{
	return file->f_op == &vfio_group_fops ? file->private_data : NULL;
}

static long vfio_group_get_status(struct vfio_group *group, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_group_status, flags);
	struct vfio_group_status status;
	int ret;

	ret = vfio_copy_request(&status, arg, minsz);
	if (ret)
		return ret;

	mutex_lock(&group->lock);
	status.flags = (vfio_group_viable(group) ? VFIO_GROUP_FLAGS_VIABLE : 0) |
		       (group->container ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0);
	mutex_unlock(&group->lock);

	return copy_to_user(arg, &status, minsz) ? -EFAULT : 0;
}

static long vfio_group_set_container(struct vfio_group *group, int __user *arg)
{
	struct vfio_container *container;
	struct file *file;
	long ret;
	int fd;

	if (get_user(fd, arg))
		return -EFAULT;
	file = fget(fd);
	if (!file)
		return -EBADF;
	container = vfio_container_from_file(file);

	mutex_lock(&group->lock);
	if (group->container)
		ret = -EINVAL;
	else if (!container)
		ret = -EBADFD;
	else if (!vfio_group_has_devices(group))
		ret = -ENODEV;
	else
		ret = vfio_container_attach_group(container, group);
	mutex_unlock(&group->lock);

	fput(file);
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
	vfio_group_detach_unused(group);
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
