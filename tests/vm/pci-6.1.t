#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rows of the PCI driver on bookworm's own kernel.

cd "$(dirname "$0")" || exit
exec ./run --kernel 6.1 --profile vtd --modules ours suites/pci_*.sh
