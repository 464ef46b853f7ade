// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VGA region: the legacy ranges of memory and ports, at their addresses.
 *
 * Every VGA device answers there, so the kernel's VGA arbiter says whose turn it is:
 * each access is made while the arbiter has given the ranges to this device. It may
 * turn decoding on and off for that, in this device and in others. So it is asked with
 * memory_lock held for writing and INTx silent, when nothing of ours changes the
 * command register, and what it left there is put right.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/vgaarb.h>

#include "pci.h"

static const struct {
	unsigned int start;
	unsigned int size;
	bool ports;
} vfio_pci_vga_ranges[VFIO_PCI_VGA_RANGES] = {
	{ 0xa0000, 0x20000, false },
	{ 0x3b0, 0xc, true },
	{ 0x3c0, 0x20, true },
};

static bool disable_vga;
module_param(disable_vga, bool, 0444);
MODULE_PARM_DESC(disable_vga, "Do without the VGA region and the arbitration that it needs");

static bool vfio_pci_is_vga(const struct vfio_pci_device *vdev)
{
	return vdev->pdev->class >> 8 == PCI_CLASS_DISPLAY_VGA;
}

/**
 * vfio_pci_vga_init() - with disable_vga, take a device out of the arbitration
 * @vdev: the device, being bound
 */
void vfio_pci_vga_init(struct vfio_pci_device *vdev)
{
	if (disable_vga && vfio_pci_is_vga(vdev))
		vga_set_legacy_decoding(vdev->pdev, VGA_RSRC_NORMAL_IO | VGA_RSRC_NORMAL_MEM);
}

/**
 * vfio_pci_vga_exit() - undo vfio_pci_vga_init()
 * @vdev: the device
 */
void vfio_pci_vga_exit(struct vfio_pci_device *vdev)
{
	if (disable_vga && vfio_pci_is_vga(vdev))
		vga_set_legacy_decoding(vdev->pdev, VGA_RSRC_NORMAL_IO | VGA_RSRC_NORMAL_MEM |
							    VGA_RSRC_LEGACY_MASK);
}

/**
 * vfio_pci_vga_claim() - map the legacy ranges
 * @vdev: the device, being opened; anything but a VGA device has none
 */
void vfio_pci_vga_claim(struct vfio_pci_device *vdev)
{
	int i;

	if (disable_vga || !vfio_pci_is_vga(vdev))
		return;
	for (i = 0; i < VFIO_PCI_VGA_RANGES; i++) {
		struct vfio_pci_bar *range = &vdev->vga[i];

		range->ports = vfio_pci_vga_ranges[i].ports;
		range->io = range->ports ? ioport_map(vfio_pci_vga_ranges[i].start,
						      vfio_pci_vga_ranges[i].size)
					 : ioremap(vfio_pci_vga_ranges[i].start,
						   vfio_pci_vga_ranges[i].size);
		range->size = range->io ? vfio_pci_vga_ranges[i].size : 0;
	}
}

/**
 * vfio_pci_vga_release() - undo vfio_pci_vga_claim()
 * @vdev: the device
 */
void vfio_pci_vga_release(struct vfio_pci_device *vdev)
{
	int i;

	for (i = 0; i < VFIO_PCI_VGA_RANGES; i++) {
		struct vfio_pci_bar *range = &vdev->vga[i];

		if (range->io && range->ports)
			ioport_unmap(range->io);
		else if (range->io)
			iounmap(range->io);
		*range = (struct vfio_pci_bar){};
	}
}

/**
 * vfio_pci_vga_size() - size of the VGA region
 * @vdev: the device
 *
 * Return: bytes, 0 when the device is no VGA device.
 */
u64 vfio_pci_vga_size(const struct vfio_pci_device *vdev)
{
	return vdev->vga[0].size ? vfio_pci_vga_ranges[0].start + vfio_pci_vga_ranges[0].size : 0;
}

static int vfio_pci_vga_access(struct vfio_pci_device *vdev, struct vfio_pci_bar *range, u64 pos,
			       unsigned int width, u64 *val, bool write)
{
	unsigned int resource = range->ports ? VGA_RSRC_LEGACY_IO : VGA_RSRC_LEGACY_MEM;
	int ret = -EIO;

	down_write(&vdev->memory_lock);
	if (!vfio_pci_decodes(vdev, range->ports))
		goto out;
	vfio_pci_intx_freeze(vdev, true);
	ret = vga_get_interruptible(vdev->pdev, resource);
	vfio_pci_command_apply(vdev);
	vfio_pci_intx_freeze(vdev, false);
	if (ret)
		goto out;
	vfio_pci_io(range->io + pos, width, val, write);
	vga_put(vdev->pdev, resource);
out:
	up_write(&vdev->memory_lock);
	return ret;
}

/**
 * vfio_pci_vga_rw() - read or write the VGA region
 * @vdev: the device
 * @buf: user's buffer
 * @count: bytes
 * @pos: where in the region
 * @write: the direction
 *
 * Return: as vfio_pci_bar_rw().
 */
ssize_t vfio_pci_vga_rw(struct vfio_pci_device *vdev, char __user *buf, size_t count, u64 pos,
			bool write)
{
	int i;

	for (i = 0; i < VFIO_PCI_VGA_RANGES; i++)
		if (pos >= vfio_pci_vga_ranges[i].start &&
		    pos - vfio_pci_vga_ranges[i].start < vdev->vga[i].size)
			return vfio_pci_io_rw(vdev, &vdev->vga[i], vfio_pci_vga_access, buf, count,
					      pos - vfio_pci_vga_ranges[i].start, write);
	return -EINVAL;
}
