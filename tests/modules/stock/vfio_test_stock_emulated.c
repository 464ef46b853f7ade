// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device without an IOMMU for the kernel's own VFIO, as vfio_test_emulated is one for ours:
 * it pins the pages that its user names.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vfio.h>

#include "vfio_test_emulated.h"

#define PAGES_MAX 512

struct emulated {
	struct vfio_device vdev;
	struct page *pages[PAGES_MAX];
	dma_addr_t iova;
	int n;
};

static struct platform_device *platform;
static struct emulated *emulated;

static void give_back(struct emulated *e)
{
	if (e->n)
		vfio_unpin_pages(&e->vdev, e->iova, e->n);
	e->n = 0;
}

static int emulated_open(struct vfio_device *vdev)
{
	return 0;
}

static void emulated_close(struct vfio_device *vdev)
{
	give_back(container_of(vdev, struct emulated, vdev));
}

static void emulated_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	give_back(container_of(vdev, struct emulated, vdev));
}

static long emulated_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct emulated *e = container_of(vdev, struct emulated, vdev);
	struct vfio_test_range range;
	int ret;

	if (cmd != VFIO_TEST_PIN)
		return -ENOTTY;
	if (copy_from_user(&range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	if (e->n || range.size / PAGE_SIZE > PAGES_MAX)
		return -EINVAL;
	ret = vfio_pin_pages(vdev, range.iova, range.size / PAGE_SIZE, range.prot, e->pages);
	if (ret < 0)
		return ret;
	e->iova = range.iova;
	e->n = ret;
	return 0;
}

static const struct vfio_device_ops ops = {
	.name = "vfio-test-emulated",
	.open_device = emulated_open,
	.close_device = emulated_close,
	.ioctl = emulated_ioctl,
	.dma_unmap = emulated_unmap,
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	.release = vfio_free_device,
#endif
#if IS_ENABLED(CONFIG_IOMMUFD)
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#endif
};

/* VFIO holds the driver of a device while the device is open, so it needs one. */
static struct platform_driver driver = {
	.driver = { .name = "vfio-test-emulated", .suppress_bind_attrs = true },
};

static int __init emulated_init(void)
{
	int ret;

	ret = platform_driver_register(&driver);
	if (ret)
		return ret;
	platform =
		platform_device_register_simple("vfio-test-emulated", PLATFORM_DEVID_NONE, NULL, 0);
	ret = PTR_ERR_OR_ZERO(platform);
	if (ret)
		goto err_driver;
	emulated = vfio_alloc_device(emulated, vdev, &platform->dev, &ops);
	ret = PTR_ERR_OR_ZERO(emulated);
	if (ret)
		goto err_device;
	ret = vfio_register_emulated_iommu_dev(&emulated->vdev);
	if (!ret)
		return 0;
	vfio_put_device(&emulated->vdev);
err_device:
	platform_device_unregister(platform);
err_driver:
	platform_driver_unregister(&driver);
	return ret;
}

static void __exit emulated_exit(void)
{
	vfio_unregister_group_dev(&emulated->vdev);
	vfio_put_device(&emulated->vdev);
	platform_device_unregister(platform);
	platform_driver_unregister(&driver);
}

module_init(emulated_init);
module_exit(emulated_exit);

MODULE_DESCRIPTION("A device without an IOMMU for the kernel's own VFIO, for tests");
MODULE_LICENSE("GPL");
