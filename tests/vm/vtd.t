#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rows of the core and type1 on the VT-d machine with our modules, their events, and what
# is installed. Emulated devices are in debug.t, where more is watched.

cd "$(dirname "$0")" || exit
emulated=()
[ -z "${VFIOTOP_ALL-}" ] || emulated=(suites/emulated.sh)
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules ours --timeout 3600 \
	suites/smoke.sh suites/core.sh suites/type1.sh suites/dirty.sh suites/p2p.sh suites/unsafe.sh \
	"${emulated[@]}" suites/external.sh suites/kvm.sh suites/qemu.sh suites/windows.sh \
	suites/recall.sh suites/concurrent.sh suites/hostile.sh suites/fuzz.sh suites/alloc_fails.sh \
	suites/leaf_witness.sh suites/unload.sh suites/abi.sh suites/events.sh suites/install.sh suites/docs.sh
