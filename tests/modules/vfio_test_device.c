// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a PCI device seem to be another one, as long as the module is loaded.
 */
#include <linux/module.h>
#include <linux/pci.h>

static char *address;
module_param(address, charp, 0444);
MODULE_PARM_DESC(address, "The device, as 0000:00:10.0");

static ushort vendor, device;
module_param(vendor, ushort, 0444);
MODULE_PARM_DESC(vendor, "Its vendor ID (its own)");
module_param(device, ushort, 0444);
MODULE_PARM_DESC(device, "Its device ID (its own)");

static bool broken_intx;
module_param(broken_intx, bool, 0444);
MODULE_PARM_DESC(broken_intx, "It cannot mask INTx");

static bool no_command_memory;
module_param(no_command_memory, bool, 0444);
MODULE_PARM_DESC(no_command_memory, "Its memory decoding is always on, as that of a VF");

static bool gone;
module_param(gone, bool, 0444);
MODULE_PARM_DESC(gone, "It does not answer, as if it had been pulled");

static struct pci_dev *pdev;
static ushort real_vendor, real_device;
static bool real_broken_intx, real_no_command_memory;
static struct pci_ops *real_ops;

static int test_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *val)
{
	if (bus == pdev->bus && devfn == pdev->devfn) {
		PCI_SET_ERROR_RESPONSE(val);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	return real_ops->read(bus, devfn, where, size, val);
}

static int test_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 val)
{
	if (bus == pdev->bus && devfn == pdev->devfn)
		return PCIBIOS_DEVICE_NOT_FOUND;
	return real_ops->write(bus, devfn, where, size, val);
}

static struct pci_ops test_ops;

static int __init test_init(void)
{
	unsigned int domain, bus, slot, function;

	if (!address || sscanf(address, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!pdev)
		return -ENODEV;
	real_vendor = pdev->vendor;
	real_device = pdev->device;
	real_broken_intx = pdev->broken_intx_masking;
	real_no_command_memory = pdev->no_command_memory;
	if (vendor)
		pdev->vendor = vendor;
	if (device)
		pdev->device = device;
	if (broken_intx)
		pdev->broken_intx_masking = 1;
	if (no_command_memory)
		pdev->no_command_memory = 1;
	if (gone) {
		real_ops = pdev->bus->ops;
		test_ops = *real_ops;
		test_ops.read = test_read;
		test_ops.write = test_write;
		pci_bus_set_ops(pdev->bus, &test_ops);
	}
	return 0;
}
module_init(test_init);

static void __exit test_exit(void)
{
	pdev->vendor = real_vendor;
	pdev->device = real_device;
	pdev->broken_intx_masking = real_broken_intx;
	pdev->no_command_memory = real_no_command_memory;
	if (gone)
		pci_bus_set_ops(pdev->bus, real_ops);
	pci_dev_put(pdev);
}
module_exit(test_exit);

MODULE_DESCRIPTION("Makes a PCI device seem to be another one, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");
