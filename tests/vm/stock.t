#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on the distribution's own modules; of all suites also those of PCI and its
# clients, so that a difference is ours.

cd "$(dirname "$0")" || exit
# These expect that nothing is pinned, and on 6.1 a page stays so after wait or privileges.
more=()
[ -z "${VFIOTOP_ALL-}" ] ||
	more=(suites/kept.sh suites/storm.sh suites/stock_emulated.sh suites/portable.sh
		suites/pci_{interrupts,bars,reset,unplug,clients}.sh)
last=()
[ -z "${VFIOTOP_ALL-}" ] || last=(suites/screen.sh)
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules stock --timeout 7200 "${more[@]}" \
	suites/stock_figures.sh suites/late.sh suites/ladder.sh suites/wait.sh suites/privileges.sh \
	suites/abi.sh suites/fuzz.sh suites/trace.sh "${last[@]}"
