// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes /dev/vfio/N: their class, their device numbers, and which group a
 * minor number stands for.
 *
 * A node stays root's until the administrator hands it out. vfio_core_lock is
 * held whenever a node is added, removed or found.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/module.h>

#include "compat.h"
#include "core.h"

static struct class *vfio_class;
static DEFINE_IDR(vfio_group_idr);
static dev_t vfio_group_region;
static struct cdev vfio_group_cdev;

static dev_t vfio_group_devt(const struct vfio_group *group)
{
	return MKDEV(MAJOR(vfio_group_region), group->minor);
}

/**
 * vfio_group_node_add - make the node of a new group
 * @group: the group; vfio_core_lock is held
 *
 * Sets the group's minor number. From now on vfio_group_node_find() finds it.
 *
 * Return: 0, -ENOMEM, or -ENOSPC when there is no minor number left.
 */
int vfio_group_node_add(struct vfio_group *group)
{
	struct device *dev;
	int minor;

	minor = idr_alloc(&vfio_group_idr, group, 0, MINORMASK + 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	group->minor = minor;

	dev = device_create(vfio_class, NULL, vfio_group_devt(group), group, "%d", group->id);
	if (IS_ERR(dev)) {
		idr_remove(&vfio_group_idr, minor);
		return PTR_ERR(dev);
	}
	return 0;
}

/**
 * vfio_group_node_remove - undo vfio_group_node_add()
 * @group: the group; vfio_core_lock is held
 */
void vfio_group_node_remove(struct vfio_group *group)
{
	device_destroy(vfio_class, vfio_group_devt(group));
	idr_remove(&vfio_group_idr, group->minor);
}

/**
 * vfio_group_node_find - the group that a minor number stands for
 * @minor: the number; vfio_core_lock is held
 *
 * Return: the group, or NULL when it is gone already.
 */
struct vfio_group *vfio_group_node_find(unsigned int minor)
{
	return idr_find(&vfio_group_idr, minor);
}

/* devtmpfs passes no mode when it deletes a node; the default mode is right anyway. */
static char *vfio_group_devnode(COMPAT_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vfio/%s", dev_name(dev));
}

/**
 * vfio_group_nodes_init - prepare for nodes
 * @fops: what an open node does
 *
 * Return: 0 or a negative errno.
 */
int __init vfio_group_nodes_init(const struct file_operations *fops)
{
	int ret;

	vfio_class = compat_class_create("vfio");
	if (IS_ERR(vfio_class))
		return PTR_ERR(vfio_class);
	vfio_class->devnode = vfio_group_devnode;

	ret = alloc_chrdev_region(&vfio_group_region, 0, MINORMASK + 1, "vfio");
	if (ret)
		goto err_class;

	cdev_init(&vfio_group_cdev, fops);
	vfio_group_cdev.owner = THIS_MODULE;
	ret = cdev_add(&vfio_group_cdev, vfio_group_region, MINORMASK + 1);
	if (ret)
		goto err_region;
	return 0;

err_region:
	unregister_chrdev_region(vfio_group_region, MINORMASK + 1);
err_class:
	class_destroy(vfio_class);
	return ret;
}

/** vfio_group_nodes_exit - undo vfio_group_nodes_init(); no group is left */
void vfio_group_nodes_exit(void)
{
	cdev_del(&vfio_group_cdev);
	unregister_chrdev_region(vfio_group_region, MINORMASK + 1);
	class_destroy(vfio_class);
	idr_destroy(&vfio_group_idr);
}
