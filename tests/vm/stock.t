#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The PCI suites and clients on the distribution's own modules, so that a difference is ours.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules stock \
	suites/pci_interrupts.sh suites/pci_bars.sh suites/pci_reset.sh suites/pci_unplug.sh \
	suites/pci_clients.sh
