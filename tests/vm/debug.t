#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules in which tests can force failures, and which watch over an invariant.

cd "$(dirname "$0")" || exit
more=()
[ -z "${VFIOTOP_ALL-}" ] || more=(suites/leak_inject.sh)
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules debug \
	suites/fault_inject.sh suites/type1.sh suites/emulated.sh suites/p2p.sh suites/dirty.sh \
	suites/windows.sh suites/lost.sh suites/core_debug.sh "${more[@]}"
