// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets of a whole slot or bus, for a user who owns all of it and at the last close.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pci.h"

static DEFINE_MUTEX(vfio_pci_open_lock);

/**
 * vfio_pci_set_open() - the device is opened, or closed
 * @vdev: the device
 * @open: which of the two
 */
void vfio_pci_set_open(struct vfio_pci_device *vdev, bool open)
{
	mutex_lock(&vfio_pci_open_lock);
	down_write(&vdev->memory_lock);
	vdev->open = open;
	up_write(&vdev->memory_lock);
	mutex_unlock(&vfio_pci_open_lock);
}

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
	return -EPERM;
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

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

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

/**
 * vfio_pci_hot_reset() - VFIO_DEVICE_PCI_HOT_RESET
 * @vdev: the device
 * @arg: user's struct vfio_pci_hot_reset
 *
 * The group fds must cover every device that is reset.
 *
 * Return: 0, -EPERM when a
 * device is not covered, -EBUSY when it is not bound to this driver, -EAGAIN when
 * one is locked, -ENODEV when neither slot nor bus can be reset, -EINVAL for a
 * malformed request or what is no group, -EBADF, -EFAULT, -ENOMEM, and what the
 * PCI core says: -ENOTTY when the link did not come up again.
 */
long vfio_pci_hot_reset(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_pci_hot_reset, count);
	struct vfio_pci_affected all = { .visit = vfio_pci_affected_check };
	struct vfio_pci_hot_reset reset;
	s32 *fds;
	long ret;

	if (copy_from_user(&reset, arg, minsz))
		return -EFAULT;
	if (reset.argsz < minsz || reset.flags || !reset.count || reset.count > SZ_4K)
		return -EINVAL;
	if ((reset.argsz - minsz) / sizeof(*fds) < reset.count)
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
		ret = pci_reset_bus(vdev->pdev);
	vfio_pci_affected_release(&all);
out_put_files:
	while (all.file_count)
		fput(all.files[--all.file_count]);
	kfree(all.files);
out_free_fds:
	kfree(fds);
	return ret;
}

/* --- Close ------------------------------------------------------------------------ */

static int vfio_pci_affected_check_idle(struct pci_dev *pdev, struct vfio_pci_affected *all)
{
	struct vfio_pci_device *vdev;
	int ret = vfio_pci_affected_take(pdev, all);

	if (ret)
		return ret;
	vdev = vfio_device_data(all->held[all->held_count - 1]);
	return vdev->open ? -EBUSY : 0;
}

/* Reset slot or bus if nobody makes use of any device there. */
static void vfio_pci_reset_idle_bus(struct vfio_pci_device *vdev)
{
	struct vfio_pci_affected all = { .visit = vfio_pci_affected_check_idle };

	mutex_lock(&vfio_pci_open_lock);
	if (!vfio_pci_affected_hold(vdev, &all) && pci_reset_bus(vdev->pdev))
		pci_info_ratelimited(vdev->pdev, "reset of its bus failed\n");
	vfio_pci_affected_release(&all);
	mutex_unlock(&vfio_pci_open_lock);
}

/**
 * vfio_pci_reset_at_close() - bring the device back to where it was when we got it
 * @vdev: the device; interrupts are off and it is no longer open
 *
 * What cannot be reset alone is reset with its bus, by the last one there to close.
 *
 * The device lock is needed. While remove() waits for our user it holds that lock
 * for us; anybody else who has it gives it back soon.
 */
void vfio_pci_reset_at_close(struct vfio_pci_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	bool locked;

	if (!vdev->resettable)
		vfio_pci_reset_idle_bus(vdev);
	while (!(locked = pci_dev_trylock(pdev)) && !READ_ONCE(vdev->removing))
		msleep(10);
	if (!locked)
		pci_cfg_access_lock(pdev);

	if (vdev->resettable)
		__pci_reset_function_locked(pdev);
	vfio_pci_restore(vdev);

	if (locked)
		pci_dev_unlock(pdev);
	else
		pci_cfg_access_unlock(pdev);
}
