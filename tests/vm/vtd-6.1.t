#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rows of the core, type1 and PCI on bookworm's own kernel.

cd "$(dirname "$0")" || exit
exec ./run --kernel 6.1 --profile vtd --modules ours \
	suites/core.sh suites/type1.sh suites/pci_*.sh suites/dirty.sh suites/p2p.sh \
	suites/emulated.sh suites/external.sh suites/kvm.sh suites/hostile.sh
