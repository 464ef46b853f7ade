#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on the distribution's own modules; then the PCI suites and clients, so that a
# difference is ours.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules stock \
	suites/stock_figures.sh suites/late.sh suites/ladder.sh suites/wait.sh suites/privileges.sh \
	suites/abi.sh suites/trace.sh \
	suites/pci_interrupts.sh suites/pci_bars.sh suites/pci_reset.sh suites/pci_unplug.sh \
	suites/pci_clients.sh
