// SPDX-License-Identifier: GPL-2.0-only
/*
 * AtomicOps: does what the device sends up reach a root port that completes it?
 *
 * The device sends them when the user has set AtomicOp Requester Enable in its Device
 * Control 2 register; a virtual function follows the one of its physical function.
 */
#include <linux/pci.h>

#include "../compat.h"
#include "pci.h"

static u32 vfio_pci_completer(u32 devcap2)
{
	return (devcap2 & PCI_EXP_DEVCAP2_ATOMIC_COMP32 ? VFIO_PCI_ATOMIC_COMP32 : 0) |
	       (devcap2 & PCI_EXP_DEVCAP2_ATOMIC_COMP64 ? VFIO_PCI_ATOMIC_COMP64 : 0) |
	       (devcap2 & PCI_EXP_DEVCAP2_ATOMIC_COMP128 ? VFIO_PCI_ATOMIC_COMP128 : 0);
}

/* Can the device be one that sends them? */
static bool vfio_pci_may_request(struct pci_dev *pdev)
{
	u16 ctl = 0;

	if (!pci_is_pcie(pdev))
		return false;
	if (pdev->is_virtfn) {
		pcie_capability_read_word(pci_physfn(pdev), PCI_EXP_DEVCTL2, &ctl);
		return ctl & PCI_EXP_DEVCTL2_ATOMIC_REQ;
	}
	return pci_pcie_type(pdev) == PCI_EXP_TYPE_ENDPOINT ||
	       pci_pcie_type(pdev) == PCI_EXP_TYPE_LEG_END;
}

/**
 * vfio_pci_atomic_completion() - which AtomicOps to the root work
 * @pdev: the device
 *
 * Each switch on the way must route them, and not block them where they leave it.
 *
 * Return: VFIO_PCI_ATOMIC_COMP32, 64 and 128, or 0 when none works.
 */
u32 vfio_pci_atomic_completion(struct pci_dev *pdev)
{
	struct pci_dev *port;

	if (!vfio_pci_may_request(pdev))
		return 0;
	for (port = pci_upstream_bridge(pdev); port; port = pci_upstream_bridge(port)) {
		u32 cap = 0;
		u16 ctl = 0;

		pcie_capability_read_dword(port, PCI_EXP_DEVCAP2, &cap);
		pcie_capability_read_word(port, PCI_EXP_DEVCTL2, &ctl);
		switch (pci_pcie_type(port)) {
		case PCI_EXP_TYPE_ROOT_PORT:
			return vfio_pci_completer(cap);
		case PCI_EXP_TYPE_UPSTREAM:
			if (ctl & PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK)
				return 0;
			fallthrough;
		case PCI_EXP_TYPE_DOWNSTREAM:
			if (!(cap & PCI_EXP_DEVCAP2_ATOMIC_ROUTE))
				return 0;
			break;
		default:
			return 0;
		}
	}
	return 0;
}
