// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device without hardware, vfio-test-emulated, which does with user memory what
 * its user tells it to. It stands for drivers of mediated devices.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vfio.h"
#include "vfio_test_emulated.h"

#define VFIO_TEST_RANGES   8
#define VFIO_TEST_COPY_MAX SZ_64K

static struct device *test_dev;

/* What is pinned, under the lock: ranges of whole pages; no pages: a free place. */
static struct {
	dma_addr_t iova;
	int npages;
} test_ranges[VFIO_TEST_RANGES];
static DEFINE_MUTEX(test_lock);
static bool test_forget;
static int test_recalls;

static int test_pin(struct vfio_device *device, const struct vfio_test_range *range)
{
	int npages = range->size >> PAGE_SHIFT, i, ret;
	struct page **pages;

	for (i = 0; i < VFIO_TEST_RANGES && test_ranges[i].npages; i++)
		;
	if (i == VFIO_TEST_RANGES)
		return -ENOSPC;
	pages = kcalloc(VFIO_PIN_PAGES_MAX, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	ret = vfio_pin_pages(device, range->iova, npages, range->prot, pages);
	if (!ret) {
		test_ranges[i].iova = range->iova;
		test_ranges[i].npages = npages;
	}
	kfree(pages);
	return ret;
}

/* Gives back, or forgets, the ranges that touch these addresses. Returns how many. */
static int test_unpin(struct vfio_device *device, dma_addr_t first, dma_addr_t last)
{
	int i, n = 0;

	for (i = 0; i < VFIO_TEST_RANGES; i++) {
		dma_addr_t end =
			test_ranges[i].iova + ((dma_addr_t)test_ranges[i].npages << PAGE_SHIFT) - 1;

		if (!test_ranges[i].npages || test_ranges[i].iova > last || end < first)
			continue;
		if (!test_forget)
			vfio_unpin_pages(device, test_ranges[i].iova, test_ranges[i].npages);
		test_ranges[i].npages = 0;
		n++;
	}
	return n;
}

static int test_copy(struct vfio_device *device, const struct vfio_test_range *range, bool write)
{
	void __user *user = u64_to_user_ptr(range->data);
	void *data;
	int ret;

	if (!range->size || range->size > VFIO_TEST_COPY_MAX)
		return -EINVAL;
	data = kzalloc(range->size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = write && copy_from_user(data, user, range->size) ? -EFAULT : 0;
	if (!ret)
		ret = vfio_dma_rw(device, range->iova, data, range->size, write);
	if (!ret && !write && copy_to_user(user, data, range->size))
		ret = -EFAULT;
	kfree(data);
	return ret;
}

static long test_locked_ioctl(struct vfio_device *device, unsigned int cmd,
			      const struct vfio_test_range *range)
{
	switch (cmd) {
	case VFIO_TEST_PIN:
		return test_pin(device, range);
	case VFIO_TEST_UNPIN:
		return test_unpin(device, range->iova, range->iova + range->size - 1);
	case VFIO_TEST_READ:
		return test_copy(device, range, false);
	case VFIO_TEST_WRITE:
		return test_copy(device, range, true);
	default:
		return -ENOTTY;
	}
}

static long test_ioctl(void *device_data, unsigned int cmd, unsigned long arg)
{
	struct vfio_test_range range;
	struct vfio_device *device;
	long ret;

	if (cmd == VFIO_TEST_FORGET) {
		test_forget = arg;
		return 0;
	}
	if (cmd == VFIO_TEST_RECALLS)
		return READ_ONCE(test_recalls);
	if (copy_from_user(&range, (void __user *)arg, sizeof(range)))
		return -EFAULT;

	device = vfio_device_get_from_dev(test_dev);
	if (!device)
		return -ENODEV;
	mutex_lock(&test_lock);
	ret = test_locked_ioctl(device, cmd, &range);
	mutex_unlock(&test_lock);
	vfio_device_put(device);
	return ret;
}

static void test_dma_unmap(void *device_data, dma_addr_t iova, size_t size)
{
	struct vfio_device *device = vfio_device_get_from_dev(test_dev);

	if (!device)
		return;
	mutex_lock(&test_lock);
	test_recalls++;
	test_unpin(device, iova, iova + size - 1);
	mutex_unlock(&test_lock);
	vfio_device_put(device);
}

/* The user is gone. What he had pinned is given back, or forgotten, as he chose. */
static void test_close(void *device_data)
{
	struct vfio_device *device = vfio_device_get_from_dev(test_dev);

	mutex_lock(&test_lock);
	if (device)
		test_unpin(device, 0, ~(dma_addr_t)0);
	test_forget = false;
	mutex_unlock(&test_lock);
	if (device)
		vfio_device_put(device);
}

static const struct vfio_device_ops test_ops = {
	.name = "vfio-test-emulated",
	.owner = THIS_MODULE,
	.close = test_close,
	.ioctl = test_ioctl,
	.dma_unmap = test_dma_unmap,
};

static int __init test_init(void)
{
	int ret;

	test_dev = root_device_register("vfio-test-emulated");
	if (IS_ERR(test_dev))
		return PTR_ERR(test_dev);
	ret = vfio_add_emulated_dev(test_dev, &test_ops, NULL);
	if (ret)
		root_device_unregister(test_dev);
	return ret;
}

static void __exit test_exit(void)
{
	vfio_del_group_dev(test_dev);
	root_device_unregister(test_dev);
}

module_init(test_init);
module_exit(test_exit);

MODULE_DESCRIPTION("An emulated VFIO device for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
