// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vfio module: device nodes and minor numbers.
 *
 * /dev/vfio/vfio is the container node. It gives no privilege until the
 * administrator has handed out a group, so everybody may open it; each group
 * has a node /dev/vfio/N of its own, which stays root's until then.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "compat.h"
#include "core.h"

#define CREATE_TRACE_POINTS
#include "vfio_events.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_map_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_unmap_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_unmap);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_long_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_progress);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_revoke);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_lost);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_pin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_unpin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_account);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_pin_standalone);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_unpin_standalone);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_account_standalone);

DEFINE_MUTEX(vfio_core_lock);
struct class *vfio_class;

static DEFINE_IDR(vfio_group_idr);
static dev_t vfio_group_region;
static struct cdev vfio_group_cdev;

/**
 * vfio_group_minor_get - give a group its minor number
 * @group: the group; vfio_core_lock is held
 *
 * From now on vfio_group_get_from_minor() finds it.
 */
int vfio_group_minor_get(struct vfio_group *group)
{
	int minor;

	lockdep_assert_held(&vfio_core_lock);
	minor = idr_alloc(&vfio_group_idr, group, 0, MINORMASK + 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	group->minor = minor;
	return 0;
}

void vfio_group_minor_put(struct vfio_group *group)
{
	lockdep_assert_held(&vfio_core_lock);
	idr_remove(&vfio_group_idr, group->minor);
}

dev_t vfio_group_devt(const struct vfio_group *group)
{
	return MKDEV(MAJOR(vfio_group_region), group->minor);
}

/* Returns the group with a reference, or NULL when it is gone already. */
struct vfio_group *vfio_group_get_from_minor(unsigned int minor)
{
	struct vfio_group *group;

	mutex_lock(&vfio_core_lock);
	group = idr_find(&vfio_group_idr, minor);
	if (group)
		kref_get(&group->kref);
	mutex_unlock(&vfio_core_lock);
	return group;
}

static struct miscdevice vfio_container_misc = {
	.minor = VFIO_MINOR,
	.name = "vfio",
	.fops = &vfio_container_fops,
	.nodename = "vfio/vfio",
	.mode = 0666,
};

/* devtmpfs passes no mode when it deletes a node; the default mode is right anyway. */
static char *vfio_group_devnode(COMPAT_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vfio/%s", dev_name(dev));
}

static int __init vfio_init(void)
{
	int ret;

	vfio_class = compat_class_create("vfio");
	if (IS_ERR(vfio_class))
		return PTR_ERR(vfio_class);
	vfio_class->devnode = vfio_group_devnode;

	ret = alloc_chrdev_region(&vfio_group_region, 0, MINORMASK + 1, "vfio");
	if (ret)
		goto err_class;

	cdev_init(&vfio_group_cdev, &vfio_group_fops);
	vfio_group_cdev.owner = THIS_MODULE;
	ret = cdev_add(&vfio_group_cdev, vfio_group_region, MINORMASK + 1);
	if (ret)
		goto err_region;

	ret = misc_register(&vfio_container_misc);
	if (ret)
		goto err_cdev;
	return 0;

err_cdev:
	cdev_del(&vfio_group_cdev);
err_region:
	unregister_chrdev_region(vfio_group_region, MINORMASK + 1);
err_class:
	class_destroy(vfio_class);
	return ret;
}

static void __exit vfio_exit(void)
{
	misc_deregister(&vfio_container_misc);
	cdev_del(&vfio_group_cdev);
	unregister_chrdev_region(vfio_group_region, MINORMASK + 1);
	class_destroy(vfio_class);
	idr_destroy(&vfio_group_idr);
}

module_init(vfio_init);
module_exit(vfio_exit);

MODULE_DESCRIPTION("VFIO core: containers, groups and devices");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
MODULE_ALIAS_MISCDEV(VFIO_MINOR);
MODULE_ALIAS("devname:vfio/vfio");
MODULE_SOFTDEP("post: vfio_iommu_type1 vfio_iommu_spapr_tce");
