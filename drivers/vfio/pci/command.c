// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command register: decoding and bus mastering.
 *
 * Invariants:
 * - The register is changed under intx.lock, since the interrupt handler changes
 *   INTX_DISABLE in it.
 * - Decoding of memory is turned off only after all mapped pages were removed.
 */
#include "pci.h"

#define VFIO_PCI_COMMAND_DECODE (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

static void vfio_pci_command_write(struct vfio_pci_device *vdev, u16 decode, bool master)
{
	struct pci_dev *pdev = vdev->pdev;
	unsigned long flags;
	u16 old, new;

	spin_lock_irqsave(&vdev->intx.lock, flags);
	pci_read_config_word(pdev, PCI_COMMAND, &old);
	new = (old & ~VFIO_PCI_COMMAND_DECODE) | decode;
	if (new != old)
		pci_write_config_word(pdev, PCI_COMMAND, new);
	if (master)
		pci_set_master(pdev);
	else
		pci_clear_master(pdev);
	spin_unlock_irqrestore(&vdev->intx.lock, flags);
}

/**
 * vfio_pci_command_apply() - give the device the command bits that the user asked for
 * @vdev: the device
 *
 * Called with memory_lock held.
 */
void vfio_pci_command_apply(struct vfio_pci_device *vdev)
{
	vfio_pci_command_write(vdev, vdev->command & VFIO_PCI_COMMAND_DECODE,
			       vdev->command & PCI_COMMAND_MASTER);
}

/**
 * vfio_pci_decode_on() - turn decoding on for the kernel itself
 * @vdev: the device
 *
 * Called with memory_lock held for writing; vfio_pci_command_apply() ends it.
 */
void vfio_pci_decode_on(struct vfio_pci_device *vdev)
{
	vfio_pci_command_write(vdev, VFIO_PCI_COMMAND_DECODE, vdev->command & PCI_COMMAND_MASTER);
}

/**
 * vfio_pci_set_command() - the user wrote the command register
 * @vdev: the device
 * @command: I/O, memory and bus master bits
 */
void vfio_pci_set_command(struct vfio_pci_device *vdev, u16 command)
{
	/* The memory decoding of a virtual function has no switch in its config space. */
	if (vdev->pdev->no_command_memory)
		command |= PCI_COMMAND_MEMORY;
	down_write(&vdev->memory_lock);
	if (vdev->command & ~command & PCI_COMMAND_MEMORY)
		vfio_pci_zap(vdev);
	vdev->command = command;
	if (!vdev->lost)
		vfio_pci_command_apply(vdev);
	up_write(&vdev->memory_lock);
}
