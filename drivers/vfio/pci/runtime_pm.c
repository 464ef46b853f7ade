// SPDX-License-Identifier: GPL-2.0-only
/*
 * Low power while the device is open: VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
 * _ENTRY_WITH_WAKEUP and _EXIT.
 *
 * Invariants:
 * - An open device is in runtime use, unless its user allowed that it is suspended. Then
 *   every access by the user is in runtime use for as long as it takes, and no page of a
 *   BAR is mapped.
 * - While the device is suspended it is quiesced, and the PCI core, which puts it in D3
 *   and brings it back, saves and restores its state with decoding on.
 */
#include <linux/eventfd.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "pci.h"

static int vfio_pci_runtime_suspend(struct device *dev)
{
	struct vfio_pci_device *vdev = dev_get_drvdata(dev);
	int ret = 0;

	down_write(&vdev->memory_lock);
	if (vdev->open && vdev->lost) {
		ret = -EBUSY;
	} else if (vdev->open) {
		/* Where the PCI core brings it back to. */
		if (vdev->low_power)
			vfio_pci_leave_low_power(vdev);
		vfio_pci_quiesce(vdev);
		vdev->suspended = true;
	}
	up_write(&vdev->memory_lock);
	return ret;
}

/* Takes back what the user allowed; memory_lock is held for writing. */
static void vfio_pci_forbid_suspend(struct vfio_pci_device *vdev)
{
	if (!vdev->may_suspend)
		return;
	vdev->may_suspend = false;
	if (vdev->wakeup)
		eventfd_ctx_put(vdev->wakeup);
	vdev->wakeup = NULL;
	pm_runtime_get_noresume(&vdev->pdev->dev);
}

static int vfio_pci_runtime_resume(struct device *dev)
{
	struct vfio_pci_device *vdev = dev_get_drvdata(dev);

	down_write(&vdev->memory_lock);
	if (vdev->suspended) {
		vdev->suspended = false;
		if (!vdev->lost)
			vfio_pci_resume(vdev);
		if (vdev->wakeup) {
			compat_eventfd_signal(vdev->wakeup);
			vfio_pci_forbid_suspend(vdev);
		}
	}
	up_write(&vdev->memory_lock);
	return 0;
}

const struct dev_pm_ops vfio_pci_pm_ops = { RUNTIME_PM_OPS(vfio_pci_runtime_suspend,
							   vfio_pci_runtime_resume, NULL) };

/* The user, who is in an access, allows that the device is suspended. */
static int vfio_pci_allow_suspend(struct vfio_pci_device *vdev, struct eventfd_ctx *wakeup)
{
	int ret = -EINVAL;

	down_write(&vdev->memory_lock);
	if (!vdev->may_suspend) {
		vfio_pci_zap(vdev);
		vdev->may_suspend = true;
		vdev->wakeup = wakeup;
		pm_runtime_put_noidle(&vdev->pdev->dev);
		ret = 0;
	}
	up_write(&vdev->memory_lock);
	return ret;
}

static int vfio_pci_allow_suspend_with_wakeup(struct vfio_pci_device *vdev, void __user *data,
					      size_t size)
{
	struct vfio_device_low_power_entry_with_wakeup entry;
	struct eventfd_ctx *wakeup;
	int ret;

	if (size < sizeof(entry))
		return -EINVAL;
	if (copy_from_user(&entry, data, sizeof(entry)))
		return -EFAULT;
	if (entry.wakeup_eventfd < 0 || entry.reserved)
		return -EINVAL;
	wakeup = eventfd_ctx_fdget(entry.wakeup_eventfd);
	if (IS_ERR(wakeup))
		return PTR_ERR(wakeup);
	ret = vfio_pci_allow_suspend(vdev, wakeup);
	if (ret)
		eventfd_ctx_put(wakeup);
	return ret;
}

/**
 * vfio_pci_stay_awake() - end low power for good
 * @vdev: the device
 */
void vfio_pci_stay_awake(struct vfio_pci_device *vdev)
{
	pm_runtime_get_sync(&vdev->pdev->dev);
	down_write(&vdev->memory_lock);
	vfio_pci_forbid_suspend(vdev);
	up_write(&vdev->memory_lock);
	pm_runtime_put_noidle(&vdev->pdev->dev);
}

/**
 * vfio_pci_feature() - VFIO_DEVICE_FEATURE
 * @vdev: the device
 * @arg: user's struct vfio_device_feature, whose form the core has checked
 *
 * Return: 0, -ENOTTY for an unknown feature, -EINVAL for a request that the feature does
 * not have or that cannot be made now, -EBADF, -EFAULT.
 */
long vfio_pci_feature(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = sizeof(struct vfio_device_feature);
	struct vfio_device_feature feature;
	u32 number;

	if (copy_from_user(&feature, arg, minsz))
		return -EFAULT;
	number = feature.flags & VFIO_DEVICE_FEATURE_MASK;
	if (number < VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY ||
	    number > VFIO_DEVICE_FEATURE_LOW_POWER_EXIT)
		return -ENOTTY;
	if (feature.flags & VFIO_DEVICE_FEATURE_GET)
		return -EINVAL;
	if (feature.flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	if (!(feature.flags & VFIO_DEVICE_FEATURE_SET))
		return -EINVAL;

	switch (number) {
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
		return vfio_pci_allow_suspend(vdev, NULL);
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
		return vfio_pci_allow_suspend_with_wakeup(vdev, arg + minsz, feature.argsz - minsz);
	default:
		vfio_pci_stay_awake(vdev);
		return 0;
	}
}
