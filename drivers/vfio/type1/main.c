// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vfio_iommu_type1 module: the backend for IOMMUs that translate with page
 * tables, such as VT-d, AMD-Vi, SMMU and virtio-iommu.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "type1.h"

static unsigned int vfio_dma_entry_limit = U16_MAX;
module_param_named(dma_entry_limit, vfio_dma_entry_limit, uint, 0644);
MODULE_PARM_DESC(dma_entry_limit, "Most mappings that a new container may have (65535)");

static void *vfio_type1_open(unsigned long type, struct vfio_ledger *ledger)
{
	struct vfio_iommu *iommu;

	/* Other extensions are none that a container could be. */
	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return ERR_PTR(-EINVAL);
	iommu = kzalloc(sizeof(*iommu), GFP_KERNEL_ACCOUNT);
	if (!iommu)
		return ERR_PTR(-ENOMEM);
	iommu->ledger = ledger;
	iommu->v2 = type == VFIO_TYPE1v2_IOMMU;
	iommu->mappings = RB_ROOT;
	iommu->available = READ_ONCE(vfio_dma_entry_limit);
	mutex_init(&iommu->lock);
	init_waitqueue_head(&iommu->idle);
	INIT_LIST_HEAD(&iommu->domains);
	mutex_init(&iommu->emulated_lock);
	INIT_LIST_HEAD(&iommu->emulated_devices);
	mutex_init(&iommu->revoke_lock);
	return iommu;
}

static void vfio_type1_release(void *iommu_data)
{
	struct vfio_iommu *iommu = iommu_data;

	vfio_dma_unmap_all(iommu, VFIO_CAUSE_RELEASE);
	mutex_destroy(&iommu->revoke_lock);
	mutex_destroy(&iommu->emulated_lock);
	mutex_destroy(&iommu->lock);
	kfree(iommu);
}

static const struct vfio_iommu_driver_ops vfio_type1_ops = {
	.name = "vfio-iommu-type1",
	.owner = THIS_MODULE,
	.open = vfio_type1_open,
	.release = vfio_type1_release,
	.ioctl = vfio_type1_ioctl,
	.attach_group = vfio_type1_attach_group,
	.detach_group = vfio_type1_detach_group,
	.register_device = vfio_type1_register_device,
	.unregister_device = vfio_type1_unregister_device,
	.pin_pages = vfio_type1_pin_pages,
	.unpin_pages = vfio_type1_unpin_pages,
	.dma_rw = vfio_type1_dma_rw,
};

static int __init vfio_type1_init(void)
{
	return vfio_register_iommu_driver(&vfio_type1_ops);
}

static void __exit vfio_type1_exit(void)
{
	vfio_unregister_iommu_driver(&vfio_type1_ops);
}

module_init(vfio_type1_init);
module_exit(vfio_type1_exit);

MODULE_DESCRIPTION("VFIO IOMMU backend type1");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(VFIO_VERSION);
MODULE_ALIAS(VFIO_IOMMU_DRIVER_ALIAS);
