#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The PCI driver and its clients, on the VT-d machine with our modules.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules ours suites/pci_*.sh suites/testpmd.sh
