// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two devices without hardware whose driver is as strict and as awkward as real ones:
 * it believes each range that dma_unmap names and looks nowhere else, keeps pages for as
 * long as it is told, gives them back from any thread, and holds its lock all the time.
 * It counts what it is told, and what should not have happened.
 *
 * A page that is held has a reference of the driver's own besides its pin, so that the
 * driver can look whether the pin is still there.
 */
#include <linux/device.h>
#include <linux/highmem.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "vfio.h"
#include "vfio_test_strict.h"

/* No mapping of a test is larger: a longer range is an invention. */
#define STRICT_SIZE_MAX BIT(40)

/**
 * struct strict_page - a page that the driver holds
 * @page: the page
 * @pins: how often
 * @recalled: somebody wants it back
 */
struct strict_page {
	struct page *page;
	unsigned int pins;
	bool recalled;
};

/**
 * struct strict_device - one device
 * @name: of the device
 * @dev: the device
 * @lock: protects what follows
 * @held: struct strict_page by page number
 * @keep: recalls through which pages are kept; negative: all
 * @forget: nothing is given back at the close
 * @stats: for the user
 * @told: woken by each recall
 */
struct strict_device {
	const char *name;
	struct device *dev;
	struct mutex lock;
	struct xarray held;
	int keep;
	bool forget;
	struct vfio_test_strict_stats stats;
	wait_queue_head_t told;
};

static struct strict_device devices[] = {
	{ .name = VFIO_TEST_STRICT_0 },
	{ .name = VFIO_TEST_STRICT_1 },
};

/* --- Pages -------------------------------------------------------------------------- */

/* Notes that a page is held; it is pinned already. */
static int strict_hold(struct strict_device *d, unsigned long index, struct page *page)
{
	struct strict_page *held = xa_load(&d->held, index);
	int ret;

	if (held) {
		held->pins++;
		return 0;
	}
	held = kzalloc(sizeof(*held), GFP_KERNEL);
	if (!held)
		return -ENOMEM;
	held->page = page;
	held->pins = 1;
	ret = xa_err(xa_store(&d->held, index, held, GFP_KERNEL));
	if (ret) {
		kfree(held);
		return ret;
	}
	get_page(page);
	d->stats.held++;
	return 0;
}

static void strict_drop(struct strict_device *d, unsigned long index, struct strict_page *held)
{
	xa_erase(&d->held, index);
	put_page(held->page);
	kfree(held);
	d->stats.held--;
}

/* Gives a page back, as often as it was pinned. */
static void strict_give_back(struct strict_device *d, struct vfio_device *device,
			     unsigned long index, struct strict_page *held)
{
	if (!folio_maybe_dma_pinned(page_folio(held->page)))
		d->stats.released++;
	while (held->pins--)
		vfio_unpin_pages(device, (dma_addr_t)index << PAGE_SHIFT, 1);
	strict_drop(d, index, held);
}

static long strict_unpin(struct strict_device *d, struct vfio_device *device, dma_addr_t first,
			 dma_addr_t last)
{
	struct strict_page *held;
	unsigned long index;
	long n = 0;

	xa_for_each_range(&d->held, index, held, first >> PAGE_SHIFT, last >> PAGE_SHIFT)
	{
		if (held->recalled)
			d->stats.late++;
		strict_give_back(d, device, index, held);
		n++;
	}
	return n;
}

static int strict_pin(struct strict_device *d, struct vfio_device *device,
		      const struct vfio_test_strict_range *range)
{
	int npages = range->size >> PAGE_SHIFT, i, ret;
	struct page **pages;

	pages = kcalloc(VFIO_PIN_PAGES_MAX, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	ret = vfio_pin_pages(device, range->iova, npages, range->prot, pages);
	for (i = 0; !ret && i < npages; i++) {
		ret = strict_hold(d, (range->iova >> PAGE_SHIFT) + i, pages[i]);
		if (ret)
			vfio_unpin_pages(device, range->iova + ((dma_addr_t)i << PAGE_SHIFT),
					 npages - i);
	}
	kfree(pages);
	return ret;
}

struct strict_job {
	struct work_struct work;
	struct strict_device *d;
	struct vfio_device *device;
	const struct vfio_test_strict_range *range;
	int ret;
};

static void strict_pin_work(struct work_struct *work)
{
	struct strict_job *job = container_of(work, struct strict_job, work);

	job->ret = strict_pin(job->d, job->device, job->range);
}

static int strict_pin_kthread(struct strict_device *d, struct vfio_device *device,
			      const struct vfio_test_strict_range *range)
{
	struct strict_job job = { .d = d, .device = device, .range = range };

	INIT_WORK_ONSTACK(&job.work, strict_pin_work);
	queue_work(system_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
	return job.ret;
}

/* All of a range was unmapped: what is still held was not recalled, or in vain. */
static void strict_gone(struct strict_device *d, dma_addr_t first, dma_addr_t last)
{
	struct strict_page *held;
	unsigned long index;

	xa_for_each_range(&d->held, index, held, first >> PAGE_SHIFT, last >> PAGE_SHIFT)
	{
		if (!held->recalled)
			d->stats.not_recalled++;
		if (!folio_maybe_dma_pinned(page_folio(held->page)))
			d->stats.released++;
		strict_drop(d, index, held);
	}
}

/* Reads or writes the first byte of a page that is held. */
static int strict_touch(struct strict_device *d, struct vfio_test_strict_range *range, bool write)
{
	struct strict_page *held = xa_load(&d->held, range->iova >> PAGE_SHIFT);
	u8 *byte;

	if (!held)
		return -ENOENT;
	byte = kmap_local_page(held->page);
	if (write)
		*byte = range->byte;
	else
		range->byte = *byte;
	kunmap_local(byte);
	return 0;
}

/* --- What VFIO asks of the driver ------------------------------------------------------ */

static void strict_dma_unmap(void *device_data, dma_addr_t iova, size_t size)
{
	struct strict_device *d = device_data;
	struct vfio_device *device = vfio_device_get_from_dev(d->dev);
	struct strict_page *held;
	unsigned long index;
	bool bad = !size || size > STRICT_SIZE_MAX || !PAGE_ALIGNED(iova | size) ||
		   iova + size - 1 < iova;

	mutex_lock(&d->lock);
	d->stats.recalls++;
	d->stats.iova = iova;
	d->stats.size = size;
	if (bad) {
		d->stats.bad_ranges++;
	} else if (device) {
		xa_for_each_range(&d->held, index, held, iova >> PAGE_SHIFT,
				  (iova + size - 1) >> PAGE_SHIFT)
		{
			d->stats.recalled++;
			if (d->keep)
				held->recalled = true;
			else if (held->recalled)
				d->stats.late++;
			if (!d->keep)
				strict_give_back(d, device, index, held);
		}
		if (d->keep > 0)
			d->keep--;
	}
	mutex_unlock(&d->lock);
	wake_up_all(&d->told);
	if (device)
		vfio_device_put(device);
}

static void strict_close(void *device_data)
{
	struct strict_device *d = device_data;
	struct vfio_device *device = vfio_device_get_from_dev(d->dev);
	struct strict_page *held;
	unsigned long index;

	mutex_lock(&d->lock);
	xa_for_each(&d->held, index, held) {
		if (d->forget || !device)
			strict_drop(d, index, held);
		else
			strict_give_back(d, device, index, held);
	}
	d->keep = 0;
	d->forget = false;
	memset(&d->stats, 0, sizeof(d->stats));
	mutex_unlock(&d->lock);
	if (device)
		vfio_device_put(device);
}

static long strict_range_ioctl(struct strict_device *d, struct vfio_device *device,
			       unsigned int cmd, struct vfio_test_strict_range *range)
{
	dma_addr_t first = range->iova, last = range->iova + range->size - 1;

	switch (cmd) {
	case VFIO_TEST_STRICT_PIN:
		return strict_pin(d, device, range);
	case VFIO_TEST_STRICT_PIN_KTHREAD:
		return strict_pin_kthread(d, device, range);
	case VFIO_TEST_STRICT_UNPIN:
	case VFIO_TEST_STRICT_UNPIN_LAST:
		return strict_unpin(d, device, first, last);
	case VFIO_TEST_STRICT_GONE:
		strict_gone(d, first, last);
		return 0;
	case VFIO_TEST_STRICT_READ:
	case VFIO_TEST_STRICT_WRITE:
		return strict_touch(d, range, cmd == VFIO_TEST_STRICT_WRITE);
	default:
		return -ENOTTY;
	}
}

static long strict_range(struct strict_device *d, unsigned int cmd, void __user *user)
{
	struct vfio_test_strict_range range;
	struct vfio_device *device;
	long ret;

	if (copy_from_user(&range, user, sizeof(range)))
		return -EFAULT;
	/* Ends only when the thread does. */
	if (cmd == VFIO_TEST_STRICT_UNPIN_LAST) {
		mutex_lock(&d->lock);
		d->stats.waiting++;
		mutex_unlock(&d->lock);
		wait_event_killable(d->told, false);
	}

	device = vfio_device_get_from_dev(d->dev);
	if (!device)
		return -ENODEV;
	mutex_lock(&d->lock);
	ret = strict_range_ioctl(d, device, cmd, &range);
	mutex_unlock(&d->lock);
	vfio_device_put(device);
	if (cmd == VFIO_TEST_STRICT_READ && !ret && copy_to_user(user, &range, sizeof(range)))
		ret = -EFAULT;
	return ret;
}

static long strict_stats(struct strict_device *d, void __user *user)
{
	struct vfio_test_strict_stats stats;

	mutex_lock(&d->lock);
	stats = d->stats;
	mutex_unlock(&d->lock);
	return copy_to_user(user, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long strict_ioctl(void *device_data, unsigned int cmd, unsigned long arg)
{
	struct strict_device *d = device_data;

	switch (cmd) {
	case VFIO_TEST_STRICT_KEEP:
		mutex_lock(&d->lock);
		d->keep = arg;
		mutex_unlock(&d->lock);
		return 0;
	case VFIO_TEST_STRICT_FORGET:
		mutex_lock(&d->lock);
		d->forget = true;
		mutex_unlock(&d->lock);
		return 0;
	case VFIO_TEST_STRICT_WAIT:
		return wait_event_killable(d->told, READ_ONCE(d->stats.recalls) >= arg);
	case VFIO_TEST_STRICT_STATS:
		return strict_stats(d, (void __user *)arg);
	default:
		return strict_range(d, cmd, (void __user *)arg);
	}
}

static const struct vfio_device_ops strict_ops = {
	.name = "vfio-test-strict",
	.owner = THIS_MODULE,
	.close = strict_close,
	.ioctl = strict_ioctl,
	.dma_unmap = strict_dma_unmap,
};

static int strict_add(struct strict_device *d)
{
	int ret;

	mutex_init(&d->lock);
	xa_init(&d->held);
	init_waitqueue_head(&d->told);
	d->dev = root_device_register(d->name);
	if (IS_ERR(d->dev))
		return PTR_ERR(d->dev);
	ret = vfio_add_emulated_dev(d->dev, &strict_ops, d);
	if (ret)
		root_device_unregister(d->dev);
	return ret;
}

static void strict_del(struct strict_device *d)
{
	vfio_del_group_dev(d->dev);
	root_device_unregister(d->dev);
	xa_destroy(&d->held);
}

static int __init strict_init(void)
{
	int ret = strict_add(&devices[0]);

	if (ret)
		return ret;
	ret = strict_add(&devices[1]);
	if (ret)
		strict_del(&devices[0]);
	return ret;
}

static void __exit strict_exit(void)
{
	strict_del(&devices[1]);
	strict_del(&devices[0]);
}

module_init(strict_init);
module_exit(strict_exit);

MODULE_DESCRIPTION("Strict emulated VFIO devices for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
