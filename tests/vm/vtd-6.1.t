#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rows of the core and type1 on bookworm's own kernel; vfiotop there on both sets of modules.

cd "$(dirname "$0")" || exit
exec ./run --kernel 6.1 --profile vtd --modules ours --timeout 3600 \
	suites/core.sh suites/type1.sh suites/dirty.sh suites/p2p.sh suites/emulated.sh \
	suites/external.sh suites/kvm.sh suites/qemu.sh suites/windows.sh suites/hostile.sh \
	suites/events.sh suites/same_figures.sh suites/abi.sh
