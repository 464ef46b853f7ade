// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated devices: drivers in the kernel that behave like a device, such as
 * mediated ones. They do no DMA; they reach the memory that user space has mapped
 * through the container's backend, by IOVA.
 *
 * The calls are for a driver whose device is open. An open device keeps its group
 * in the container, and so the backend.
 */
#include <linux/iommu.h>
#include <linux/module.h>

#include "core.h"

int vfio_add_emulated_dev(struct device *dev, const struct vfio_device_ops *ops, void *device_data)
{
	struct iommu_group *iommu_group = iommu_group_alloc();
	int ret;

	if (IS_ERR(iommu_group))
		return PTR_ERR(iommu_group);
	ret = iommu_group_add_device(iommu_group, dev);
	if (ret)
		goto out_put;
	ret = vfio_device_add(dev, iommu_group, true, ops, device_data);
	if (ret)
		iommu_group_remove_device(dev);
out_put:
	iommu_group_put(iommu_group);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_add_emulated_dev);

int vfio_pin_pages(struct vfio_device *device, dma_addr_t iova, int npages, int prot,
		   struct page **pages)
{
	const struct vfio_iommu_driver_ops *ops;
	void *iommu_data;

	if (!device->group->emulated || npages <= 0 || npages > VFIO_PIN_PAGES_MAX)
		return -EINVAL;
	if (!prot || prot & ~(IOMMU_READ | IOMMU_WRITE) || !PAGE_ALIGNED(iova))
		return -EINVAL;
	if (iova + ((dma_addr_t)npages << PAGE_SHIFT) - 1 < iova)
		return -EINVAL;
	ops = vfio_container_backend(device->group->container, &iommu_data);
	if (!ops->pin_pages)
		return -ENOTTY;
	return ops->pin_pages(iommu_data, device, iova, npages, prot, pages);
}
EXPORT_SYMBOL_GPL(vfio_pin_pages);

void vfio_unpin_pages(struct vfio_device *device, dma_addr_t iova, int npages)
{
	const struct vfio_iommu_driver_ops *ops;
	void *iommu_data;

	ops = vfio_container_backend(device->group->container, &iommu_data);
	if (!WARN_ON_ONCE(!ops->unpin_pages))
		ops->unpin_pages(iommu_data, device, iova & PAGE_MASK, npages);
}
EXPORT_SYMBOL_GPL(vfio_unpin_pages);

int vfio_dma_rw(struct vfio_device *device, dma_addr_t iova, void *data, size_t len, bool write)
{
	const struct vfio_iommu_driver_ops *ops;
	void *iommu_data;

	if (!device->group->emulated || !len || iova + len - 1 < iova)
		return -EINVAL;
	ops = vfio_container_backend(device->group->container, &iommu_data);
	return ops->dma_rw ? ops->dma_rw(iommu_data, iova, data, len, write) : -ENOTTY;
}
EXPORT_SYMBOL_GPL(vfio_dma_rw);
