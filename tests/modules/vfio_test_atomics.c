// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: while this is loaded every root port seems to complete AtomicOps of 32 and 64
 * bits. QEMU 7.2 has none that does, so the kernel's reads of their Device Capabilities 2
 * register are changed.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pci.h>

static int atomics_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct pci_dev *pdev = (struct pci_dev *)regs_get_kernel_argument(regs, 0);

	if (regs_get_kernel_argument(regs, 1) != PCI_EXP_DEVCAP2 || !pci_is_pcie(pdev) ||
	    pci_pcie_type(pdev) != PCI_EXP_TYPE_ROOT_PORT)
		return 1;
	*(u32 **)ri->data = (u32 *)regs_get_kernel_argument(regs, 2);
	return 0;
}

static int atomics_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	**(u32 **)ri->data |= PCI_EXP_DEVCAP2_ATOMIC_COMP32 | PCI_EXP_DEVCAP2_ATOMIC_COMP64;
	return 0;
}

static struct kretprobe atomics_probe = {
	.kp.symbol_name = "pcie_capability_read_dword",
	.entry_handler = atomics_entry,
	.handler = atomics_return,
	.data_size = sizeof(u32 *),
};

static int __init atomics_init(void)
{
	return register_kretprobe(&atomics_probe);
}
module_init(atomics_init);

static void __exit atomics_exit(void)
{
	unregister_kretprobe(&atomics_probe);
}
module_exit(atomics_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tests of VFIO: root ports that complete AtomicOps");
