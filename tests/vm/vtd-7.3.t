#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Our modules on the newest kernel, where its packages can be reached. Not in make test: see
# VFIOTOP_ALL.

cd "$(dirname "$0")" || exit
if [ -z "${VFIOTOP_ALL-}" ]; then
	echo "1..0 # SKIP in make test-all only"
	exit
fi
if ! timeout 900 ../../scripts/build-root fetch 7.3 > /dev/null; then
	echo "1..0 # SKIP the packages of 7.3 cannot be reached"
	exit
fi
if ! output=$(../../scripts/build-modules --tests 7.3 2>&1); then
	tail -n 20 <<< "$output" | sed 's/^/# /'
	echo "Bail out! Our modules do not build for 7.3"
	exit 1
fi
exec ./run --kernel 7.3 --profile vtd --modules ours --timeout 3600 \
	suites/core.sh suites/type1.sh suites/dirty.sh suites/p2p.sh suites/kvm.sh \
	suites/pci_basic.sh suites/pci_interrupts.sh suites/pci_bypass.sh suites/pci_large_bar.sh \
	suites/abi.sh suites/figures.sh suites/same_figures.sh
