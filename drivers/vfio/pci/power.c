// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power states, and what they have in common with resets: the device is quiesced,
 * loses its state, gets it back and resumes.
 *
 * Invariant: while the device is quiesced (reset, change of power state), decoding is
 * on in the hardware, so that the PCI core can save and restore MSI-X tables. No user
 * profits: the mapped pages are gone and memory_lock is held for writing.
 */
#include <linux/slab.h>

#include "pci.h"

/**
 * vfio_pci_save() - replace the saved PCI state by the device's present one
 * @vdev: the device
 *
 * Return: 0 or a negative errno.
 */
int vfio_pci_save(struct vfio_pci_device *vdev)
{
	struct pci_saved_state *saved;
	int ret = pci_save_state(vdev->pdev);

	if (ret)
		return ret;
	saved = pci_store_saved_state(vdev->pdev);
	if (!saved)
		return -ENOMEM;
	kfree(vdev->saved);
	vdev->saved = saved;
	return 0;
}

/**
 * vfio_pci_restore() - give the device the saved PCI state
 * @vdev: the device
 */
void vfio_pci_restore(struct vfio_pci_device *vdev)
{
	pci_set_power_state(vdev->pdev, PCI_D0);
	pci_load_saved_state(vdev->pdev, vdev->saved);
	pci_restore_state(vdev->pdev);
}

/**
 * vfio_pci_is_present() - does the device answer?
 * @vdev: the device
 *
 * Waits while it is being reset. Resetting a device that was pulled out would wait for
 * it for a minute or more, with the locks that its removal needs.
 *
 * Return: true if it does.
 */
bool vfio_pci_is_present(struct vfio_pci_device *vdev)
{
	bool present;

	down_read(&vdev->memory_lock);
	present = pci_device_is_present(vdev->pdev);
	up_read(&vdev->memory_lock);
	return present;
}

/**
 * vfio_pci_reset_function() - reset this function alone, for the user
 * @vdev: the device
 *
 * Return: 0, -EINVAL when there is no way to do that, -EIO when the device does not
 * answer, -EAGAIN when somebody else holds it, and what the PCI core says.
 */
int vfio_pci_reset_function(struct vfio_pci_device *vdev)
{
	if (!vdev->resettable)
		return -EINVAL;
	if (!vfio_pci_is_present(vdev))
		return -EIO;
	return pci_try_reset_function(vdev->pdev);
}

/**
 * vfio_pci_quiesce() - take the device away from the user
 * @vdev: the device
 *
 * Mapped pages and INTx go; decoding is on for the PCI core. Called with memory_lock held
 * for writing; vfio_pci_resume() ends it.
 */
void vfio_pci_quiesce(struct vfio_pci_device *vdev)
{
	vfio_pci_zap(vdev);
	vfio_pci_intx_freeze(vdev, true);
	vfio_pci_decode_on(vdev);
}

/**
 * vfio_pci_resume() - give a device back to the user
 * @vdev: the device
 *
 * Called with memory_lock held for writing.
 */
void vfio_pci_resume(struct vfio_pci_device *vdev)
{
	vfio_pci_command_apply(vdev);
	vfio_pci_intx_freeze(vdev, false);
}

static void vfio_pci_enter_low_power(struct vfio_pci_device *vdev, pci_power_t state)
{
	vfio_pci_quiesce(vdev);
	pci_save_state(vdev->pdev);
	vfio_pci_command_apply(vdev);
	vdev->low_power = true;
	if (pci_set_power_state(vdev->pdev, state) || vdev->pdev->current_state == PCI_D0) {
		vdev->low_power = false;
		vfio_pci_resume(vdev);
	}
}

/**
 * vfio_pci_leave_low_power() - bring a device back to D0
 * @vdev: the device
 *
 * The device may have lost its state meanwhile. Called with memory_lock held for writing.
 */
void vfio_pci_leave_low_power(struct vfio_pci_device *vdev)
{
	if (pci_set_power_state(vdev->pdev, PCI_D0))
		return;
	pci_restore_state(vdev->pdev);
	vdev->low_power = false;
	vfio_pci_resume(vdev);
}

/**
 * vfio_pci_set_power() - the user asked for a power state
 * @vdev: the device
 * @state: D0 to D3hot; what the device does not support changes nothing
 *
 * The way from one low-power state to another leads through D0.
 */
void vfio_pci_set_power(struct vfio_pci_device *vdev, pci_power_t state)
{
	down_write(&vdev->memory_lock);
	if (vdev->lost)
		goto out;
	if (vdev->low_power && (state == PCI_D0 || state != vdev->pdev->current_state))
		vfio_pci_leave_low_power(vdev);
	if (!vdev->low_power && state != PCI_D0)
		vfio_pci_enter_low_power(vdev, state);
out:
	up_write(&vdev->memory_lock);
}
