// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets of a whole slot or bus, for a user who owns all of it and at the last close.
 *
 * Invariants:
 * - No device is opened while its slot or bus is being reset: open waits. Devices
 *   elsewhere are unaffected.
 * - A device that could not be reset alone when it was closed needs a reset, until it
 *   had one. Whoever of its slot or bus is closed last tries to reset them all, and so
 *   does whoever opens it next.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "../request.h"
#include "pci.h"

/* Protects in_use, in_reset, needs_reset and needed_reset of all devices. */
static DEFINE_SPINLOCK(vfio_pci_use_lock);

/* How long the close of a device waits for its lock. */
#define VFIO_PCI_LOCK_TIMEOUT (3 * HZ)

/* The reset of a slot or bus has ended. */
static DECLARE_WAIT_QUEUE_HEAD(vfio_pci_reset_ended);

/**
 * struct vfio_pci_affected - devices that a hot reset of one device hits
 * @slot: only this slot, or NULL
 * @driver: ours
 * @visit: called for each, or NULL; a negative errno ends the walk
 * @count: devices so far
 * @max: room in @devices
 * @devices: what the user is told
 * @files: group fds that prove ownership
 * @file_count: how many there are
 * @held: references to the devices, so that none changes its driver meanwhile
 * @held_count: how many there are
 * @ret: what @visit returned last
 */
struct vfio_pci_affected {
	struct pci_slot *slot;
	const struct device_driver *driver;
	int (*visit)(struct pci_dev *pdev, struct vfio_pci_affected *all);
	unsigned int count;
	unsigned int max;
	struct vfio_pci_dependent_device *devices;
	struct file **files;
	unsigned int file_count;
	struct vfio_device **held;
	unsigned int held_count;
	int ret;
};

static int vfio_pci_affected_visit(struct pci_dev *pdev, void *data)
{
	struct vfio_pci_affected *all = data;
	struct pci_dev *top = pdev;

	/* A slot's devices are on this bus, their subordinates below it. */
	while (all->slot && top->bus != all->slot->bus && top->bus->self)
		top = top->bus->self;
	if (all->slot && top->slot != all->slot)
		return 0;
	all->ret = all->visit ? all->visit(pdev, all) : 0;
	all->count++;
	return all->ret;
}

/* Visit all that a hot reset of this device would reset, or return -ENODEV. */
static int vfio_pci_affected_walk(struct pci_dev *pdev, struct vfio_pci_affected *all)
{
	if (!pci_probe_reset_slot(pdev->slot))
		all->slot = pdev->slot;
	else if (pci_probe_reset_bus(pdev->bus))
		return -ENODEV;
	all->count = 0;
	all->ret = 0;
	pci_walk_bus(pdev->bus, vfio_pci_affected_visit, all);
	return all->ret;
}

static int vfio_pci_affected_describe(struct pci_dev *pdev, struct vfio_pci_affected *all)
{
	struct iommu_group *group;

	if (all->count >= all->max)
		return 0;
	group = iommu_group_get(&pdev->dev);
	if (!group)
		return -EPERM;
	all->devices[all->count] = (struct vfio_pci_dependent_device){
		.group_id = iommu_group_id(group),
		.segment = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
	iommu_group_put(group);
	return 0;
}

/* Only a device that is bound to us; and it stays so until the reference is put. */
static int vfio_pci_affected_take(struct pci_dev *pdev, struct vfio_pci_affected *all)
{
	struct vfio_device *device;

	/* One that was plugged in since they were counted. */
	if (all->held_count == all->max)
		return -EAGAIN;
	device = vfio_device_get_from_dev(&pdev->dev);
	if (!device)
		return -EBUSY;
	all->held[all->held_count++] = device;
	return READ_ONCE(pdev->dev.driver) == all->driver ? 0 : -EBUSY;
}

static int vfio_pci_affected_check(struct pci_dev *pdev, struct vfio_pci_affected *all)
{
	unsigned int i;
	int ret;

	/* A port is not bound to us, and is none of what the user could own. */
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return 0;
	ret = vfio_pci_affected_take(pdev, all);
	if (ret)
		return ret;
	for (i = 0; i < all->file_count; i++)
		if (vfio_file_has_device(all->files[i], &pdev->dev))
			return 0;
	return -EINVAL;
}

/**
 * vfio_pci_hot_reset_info() - VFIO_DEVICE_GET_PCI_HOT_RESET_INFO
 * @vdev: the device
 * @arg: user's struct vfio_pci_hot_reset_info
 *
 * Return: 0, -ENOSPC when the user's array is too short (the count says how long it
 * must be), -ENODEV when neither slot nor bus can be reset, -EPERM when a device is
 * in no IOMMU group, -EINVAL, -EFAULT, -ENOMEM.
 */
long vfio_pci_hot_reset_info(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_pci_hot_reset_info, count);
	struct vfio_pci_affected all = { .visit = vfio_pci_affected_describe };
	struct vfio_pci_hot_reset_info info;
	long ret;

	ret = vfio_copy_request(&info, arg, minsz);
	if (ret)
		return ret;

	/* A segment's bus has 256 functions at most, and few have buses below them. */
	all.max = min_t(size_t, (info.argsz - minsz) / sizeof(*all.devices), SZ_64K);
	all.devices = kvcalloc(all.max, sizeof(*all.devices), GFP_KERNEL_ACCOUNT);
	if (!all.devices)
		return -ENOMEM;

	ret = vfio_pci_affected_walk(vdev->pdev, &all);
	if (ret)
		goto out_free;
	if (all.count > all.max)
		ret = -ENOSPC;
	info.flags = 0;
	info.count = all.count;
	if (copy_to_user(arg, &info, minsz) ||
	    (!ret && copy_to_user(arg + minsz, all.devices, all.count * sizeof(*all.devices))))
		ret = -EFAULT;
out_free:
	kvfree(all.devices);
	return ret;
}

/* Visit all devices, with room for a reference to each; to be undone, also on failure. */
static int vfio_pci_affected_hold(struct vfio_pci_device *vdev, struct vfio_pci_affected *all)
{
	struct vfio_pci_affected count = {};
	int ret = vfio_pci_affected_walk(vdev->pdev, &count);

	if (ret)
		return ret;
	all->driver = vdev->pdev->dev.driver;
	all->max = count.count;
	all->held = kvcalloc(all->max, sizeof(*all->held), GFP_KERNEL_ACCOUNT);
	return all->held ? vfio_pci_affected_walk(vdev->pdev, all) : -ENOMEM;
}

static void vfio_pci_affected_release(struct vfio_pci_affected *all)
{
	while (all->held_count)
		vfio_device_put(all->held[--all->held_count]);
	kvfree(all->held);
}

/*
 * Keep all devices from being opened, or return -EAGAIN while one of them is in reset
 * already. With @idle, which alone may be in use: also -EBUSY when another one is, and
 * -EALREADY when none needs a reset.
 */
static int vfio_pci_affected_claim(struct vfio_pci_affected *all, struct vfio_pci_device *idle)
{
	bool needed = !idle;
	unsigned int i;
	int ret = 0;

	spin_lock(&vfio_pci_use_lock);
	for (i = 0; !ret && i < all->held_count; i++) {
		struct vfio_pci_device *vdev = vfio_device_data(all->held[i]);

		if (vdev->in_reset)
			ret = -EAGAIN;
		else if (idle && vdev != idle && vdev->in_use)
			ret = -EBUSY;
		needed |= vdev->needs_reset;
	}
	if (!ret && !needed)
		ret = -EALREADY;
	for (i = 0; !ret && i < all->held_count; i++) {
		struct vfio_pci_device *vdev = vfio_device_data(all->held[i]);

		vdev->in_reset = true;
		vdev->needed_reset = vdev->needs_reset;
		vdev->needs_reset = false;
	}
	spin_unlock(&vfio_pci_use_lock);
	return ret;
}

/* Reset slot or bus. Returns as vfio_pci_affected_claim(), or what the PCI core says. */
static int vfio_pci_affected_reset(struct vfio_pci_device *vdev, struct vfio_pci_affected *all,
				   struct vfio_pci_device *idle)
{
	unsigned int i;
	int ret;

	wait_event(vfio_pci_reset_ended, (ret = vfio_pci_affected_claim(all, idle)) != -EAGAIN);
	if (ret)
		return ret;
	ret = vfio_pci_is_present(vdev) ? pci_reset_bus(vdev->pdev) : -EIO;

	spin_lock(&vfio_pci_use_lock);
	for (i = 0; i < all->held_count; i++) {
		struct vfio_pci_device *done = vfio_device_data(all->held[i]);

		done->in_reset = false;
		if (ret)
			done->needs_reset |= done->needed_reset;
	}
	spin_unlock(&vfio_pci_use_lock);
	wake_up_all(&vfio_pci_reset_ended);
	return ret;
}

/**
 * vfio_pci_hot_reset() - VFIO_DEVICE_PCI_HOT_RESET
 * @vdev: the device
 * @arg: user's struct vfio_pci_hot_reset
 *
 * The group fds must cover every device that is reset. Their number alone tells how
 * many there are: argsz need not count them in.
 *
 * Return: 0, -EBUSY when a device is not bound to this driver, -EAGAIN when one is
 * locked, -EIO when this one does not answer, -ENODEV when neither slot nor bus can be
 * reset, -EINVAL for a malformed request, for what is no group, for more groups than
 * devices and when a device is not covered, -EBADF, -EFAULT, -ENOMEM, and what the PCI
 * core says: -ENOTTY when the link did not come up again.
 */
long vfio_pci_hot_reset(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_pci_hot_reset, count);
	struct vfio_pci_affected all = { .visit = vfio_pci_affected_check }, devices = {};
	struct vfio_pci_hot_reset reset;
	s32 *fds;
	long ret;

	ret = vfio_copy_request(&reset, arg, minsz);
	if (ret)
		return ret;
	if (reset.flags || !reset.count)
		return -EINVAL;
	ret = vfio_pci_affected_walk(vdev->pdev, &devices);
	if (ret)
		return ret;
	if (reset.count > devices.count)
		return -EINVAL;

	fds = memdup_user(arg + minsz, reset.count * sizeof(*fds));
	if (IS_ERR(fds))
		return PTR_ERR(fds);
	ret = -ENOMEM;
	all.files = kcalloc(reset.count, sizeof(*all.files), GFP_KERNEL_ACCOUNT);
	if (!all.files)
		goto out_free_fds;

	while (all.file_count < reset.count) {
		struct file *file = fget(fds[all.file_count]);

		ret = -EBADF;
		if (!file)
			goto out_put_files;
		all.files[all.file_count++] = file;
		ret = -EINVAL;
		if (!vfio_file_is_group(file))
			goto out_put_files;
	}
	ret = vfio_pci_affected_hold(vdev, &all);
	if (!ret)
		ret = vfio_pci_affected_reset(vdev, &all, NULL);
	vfio_pci_affected_release(&all);
out_put_files:
	while (all.file_count)
		fput(all.files[--all.file_count]);
	kfree(all.files);
out_free_fds:
	kfree(fds);
	return ret;
}

/* --- Open and close --------------------------------------------------------------- */

static bool vfio_pci_try_use(struct vfio_pci_device *vdev)
{
	bool in_reset;

	spin_lock(&vfio_pci_use_lock);
	in_reset = vdev->in_reset;
	vdev->in_use = !in_reset;
	spin_unlock(&vfio_pci_use_lock);
	return !in_reset;
}

/**
 * vfio_pci_begin_use() - a device is being opened
 * @vdev: the device
 *
 * Waits while its slot or bus is being reset.
 *
 * Return: 0, or a negative errno when the waiting task was killed.
 */
int vfio_pci_begin_use(struct vfio_pci_device *vdev)
{
	return wait_event_killable(vfio_pci_reset_ended, vfio_pci_try_use(vdev));
}

/* A port is bound to its own driver, and nobody uses it. */
static int vfio_pci_affected_take_function(struct pci_dev *pdev, struct vfio_pci_affected *all)
{
	return pdev->hdr_type == PCI_HEADER_TYPE_NORMAL ? vfio_pci_affected_take(pdev, all) : 0;
}

/* Reset slot or bus if a device there needs it and no other than this one is in use. */
static void vfio_pci_reset_idle(struct vfio_pci_device *vdev)
{
	struct vfio_pci_affected all = { .visit = vfio_pci_affected_take_function };
	int ret = vfio_pci_affected_hold(vdev, &all);

	if (!ret)
		ret = vfio_pci_affected_reset(vdev, &all, vdev);
	if (ret && ret != -ENODEV && ret != -EIO && ret != -EBUSY && ret != -EALREADY)
		pci_info_ratelimited(vdev->pdev, "reset of its bus failed: %d\n", ret);
	vfio_pci_affected_release(&all);
}

/**
 * vfio_pci_reset_at_open() - reset a device that is being opened
 * @vdev: the device
 *
 * Learns whether it can be reset alone.
 *
 * Return: 0, also when nothing can reset it; -EAGAIN when somebody else holds the
 * device.
 */
int vfio_pci_reset_at_open(struct vfio_pci_device *vdev)
{
	int ret = pci_try_reset_function(vdev->pdev);

	if (ret == -EAGAIN)
		return ret;
	vdev->resettable = !ret;
	if (ret)
		vfio_pci_reset_idle(vdev);
	return 0;
}

/*
 * Lock the device, unless remove() has it locked for us. Waits for anybody else, but not for
 * ever: error recovery locks the functions of a bus one after the other, and may have this one
 * while it waits for another, which is being removed and waits for the same user.
 *
 * Returns whether the device may be reset.
 */
static bool vfio_pci_lock_to_reset(struct vfio_pci_device *vdev, bool *locked)
{
	unsigned long end = jiffies + VFIO_PCI_LOCK_TIMEOUT;

	while (!(*locked = pci_dev_trylock(vdev->pdev))) {
		if (READ_ONCE(vdev->removing)) {
			pci_cfg_access_lock(vdev->pdev);
			return true;
		}
		if (time_after(jiffies, end)) {
			pci_info_ratelimited(vdev->pdev, "closed without a reset: it is locked\n");
			return false;
		}
		msleep(20);
	}
	return true;
}

/**
 * vfio_pci_reset_at_close() - bring the device back to where it was when we got it
 * @vdev: the device; interrupts are off and it is no longer open
 *
 * What cannot be reset alone, or not now, waits for vfio_pci_end_use().
 */
void vfio_pci_reset_at_close(struct vfio_pci_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	int ret = -EAGAIN;
	bool locked;

	if (!vfio_pci_lock_to_reset(vdev, &locked)) {
		/* Of a lost device that was not done yet. */
		pci_clear_master(pdev);
		goto out;
	}
	ret = -EIO;
	if (vfio_pci_is_present(vdev)) {
		ret = __pci_reset_function_locked(pdev);
		vfio_pci_restore(vdev);
	}
	if (locked)
		pci_dev_unlock(pdev);
	else
		pci_cfg_access_unlock(pdev);

out:
	spin_lock(&vfio_pci_use_lock);
	vdev->needs_reset = ret;
	spin_unlock(&vfio_pci_use_lock);
}

/**
 * vfio_pci_end_use() - a device was closed, or was not opened after all
 * @vdev: the device
 *
 * The last one of a slot or bus resets it, when that is what a device there needs.
 */
void vfio_pci_end_use(struct vfio_pci_device *vdev)
{
	spin_lock(&vfio_pci_use_lock);
	vdev->in_use = false;
	spin_unlock(&vfio_pci_use_lock);
	vfio_pci_reset_idle(vdev);
}
