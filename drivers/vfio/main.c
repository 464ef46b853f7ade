// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vfio module: strings its parts together, and the container's node.
 *
 * /dev/vfio/vfio gives no privilege until the administrator has handed out a
 * group, so everybody may open it.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "core.h"

static struct miscdevice vfio_container_misc = {
	.minor = VFIO_MINOR,
	.name = "vfio",
	.fops = &vfio_container_fops,
	.nodename = "vfio/vfio",
	.mode = 0666,
};

static int __init vfio_init(void)
{
	int ret;

	ret = vfio_group_nodes_init(&vfio_group_fops);
	if (ret)
		return ret;
	ret = misc_register(&vfio_container_misc);
	if (ret)
		vfio_group_nodes_exit();
	return ret;
}

static void __exit vfio_exit(void)
{
	misc_deregister(&vfio_container_misc);
	vfio_group_nodes_exit();
}

module_init(vfio_init);
module_exit(vfio_exit);

MODULE_DESCRIPTION("VFIO core: containers, groups and devices");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(VFIO_VERSION);
MODULE_ALIAS_MISCDEV(VFIO_MINOR);
MODULE_ALIAS("devname:vfio/vfio");
MODULE_SOFTDEP("post: vfio_iommu_type1 vfio_iommu_spapr_tce");
