// SPDX-License-Identifier: GPL-2.0-only
/* The vfio_iommu_spapr_tce module: the backend for the IOMMU of POWER machines. */
#include <linux/module.h>
#include <linux/slab.h>

#include "spapr_tce.h"

static void *vfio_tce_open(unsigned long type, struct vfio_ledger *ledger)
{
	struct vfio_tce_container *container;

	if (type != VFIO_SPAPR_TCE_IOMMU)
		return ERR_PTR(-EINVAL);
	container = kzalloc(sizeof(*container), GFP_KERNEL_ACCOUNT);
	if (!container)
		return ERR_PTR(-ENOMEM);
	container->ledger = ledger;
	mutex_init(&container->lock);
	xa_init_flags(&container->pages, XA_FLAGS_ACCOUNT);
	return container;
}

/* The group has left, and took its window, mappings and charge with it. */
static void vfio_tce_release(void *iommu_data)
{
	struct vfio_tce_container *container = iommu_data;

	xa_destroy(&container->pages);
	mutex_destroy(&container->lock);
	kfree(container);
}

static const struct vfio_iommu_driver_ops vfio_tce_ops = {
	.name = "vfio-iommu-spapr-tce",
	.owner = THIS_MODULE,
	.open = vfio_tce_open,
	.release = vfio_tce_release,
	.ioctl = vfio_tce_ioctl,
	.attach_group = vfio_tce_attach_group,
	.detach_group = vfio_tce_detach_group,
};

static int __init vfio_tce_init(void)
{
	return vfio_register_iommu_driver(&vfio_tce_ops);
}

static void __exit vfio_tce_exit(void)
{
	vfio_unregister_iommu_driver(&vfio_tce_ops);
}

module_init(vfio_tce_init);
module_exit(vfio_tce_exit);

MODULE_DESCRIPTION("VFIO IOMMU backend SPAPR TCE");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(VFIO_VERSION);
MODULE_ALIAS(VFIO_IOMMU_DRIVER_ALIAS);
