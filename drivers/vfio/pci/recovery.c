// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error handlers: what the PCI core calls around resets, and when a device reports an
 * uncorrectable error.
 *
 * Invariant: whoever resets a function, be it the user, another user's bus reset, sysfs
 * or error recovery, does it through the PCI core, which calls reset_prepare() before
 * and reset_done() after. Between them memory_lock is held for writing.
 */
#include <linux/pm_runtime.h>

#include "pci.h"

/*
 * Around every reset of this function. memory_lock changes hands with the caller:
 * taken here, released in reset_done(), by the same thread. The function may be
 * idle when the reset is that of its bus.
 */
static void vfio_pci_reset_prepare(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	pm_runtime_get_sync(&pdev->dev);
	down_write(&vdev->memory_lock);
	if (!vdev->open || vdev->lost)
		return;
	if (vdev->low_power)
		vfio_pci_leave_low_power(vdev);
	vfio_pci_quiesce(vdev);
}

static void vfio_pci_reset_done(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	/* What the PCI core has saved of a lost device, and restored, is worth nothing. */
	if (vdev->lost)
		vfio_pci_restore(vdev);
	else if (vdev->open)
		vfio_pci_resume(vdev);
	up_write(&vdev->memory_lock);
	pm_runtime_put(&pdev->dev);
}

/*
 * The user hears of every uncorrectable error. Of one that cuts the device off the
 * user sees a device that does not answer, until it has been reset and set up again.
 */
static pci_ers_result_t vfio_pci_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	if (state != pci_channel_io_normal) {
		down_write(&vdev->memory_lock);
		vdev->lost = true;
		vfio_pci_zap(vdev);
		vfio_pci_intx_freeze(vdev, true);
		up_write(&vdev->memory_lock);
	}
	vfio_pci_report_error(vdev);

	switch (state) {
	case pci_channel_io_normal:
		return PCI_ERS_RESULT_CAN_RECOVER;
	case pci_channel_io_frozen:
		return PCI_ERS_RESULT_NEED_RESET;
	default:
		return PCI_ERS_RESULT_DISCONNECT;
	}
}

/* The device was reset, by nobody who asked us first: it knows nothing any more. */
static pci_ers_result_t vfio_pci_slot_reset(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);
	bool present;

	pm_runtime_get_sync(&pdev->dev);
	down_write(&vdev->memory_lock);
	vdev->lost = true;
	vfio_pci_zap(vdev);
	vfio_pci_intx_freeze(vdev, true);
	present = pci_device_is_present(pdev);
	if (present) {
		vfio_pci_restore(vdev);
		vdev->low_power = false;
	}
	up_write(&vdev->memory_lock);
	pm_runtime_put(&pdev->dev);
	return present ? PCI_ERS_RESULT_RECOVERED : PCI_ERS_RESULT_DISCONNECT;
}

static void vfio_pci_error_resume(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	down_write(&vdev->memory_lock);
	if (vdev->lost) {
		vdev->lost = false;
		if (vdev->open)
			vfio_pci_resume(vdev);
	}
	up_write(&vdev->memory_lock);
}

const struct pci_error_handlers vfio_pci_error_handlers = {
	.error_detected = vfio_pci_error_detected,
	.slot_reset = vfio_pci_slot_reset,
	.resume = vfio_pci_error_resume,
	.reset_prepare = vfio_pci_reset_prepare,
	.reset_done = vfio_pci_reset_done,
};
