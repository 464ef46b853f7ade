#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All other suites on the VT-d machine with our modules; see the other .t files.

cd "$(dirname "$0")" || exit
suites=()
for suite in suites/*.sh; do
	case $suite in
	suites/pci_* | suites/testpmd.sh | suites/lockdown.sh | suites/package.sh | suites/enforced.sh) ;;
	*/core_debug.sh | */fault_inject.sh | */lost.sh | */leak_inject.sh) ;;
	*/kept.sh | */storm.sh) ;;
	*/framebuffer.sh | */config_*.sh) ;;
	*/figures.sh | */devices.sh | */badcases.sh | */late.sh | */same_figures.sh | */wait.sh | */commands.sh | */serve.sh | */trace.sh) ;;
	*/fuzz.sh | */leaks.sh | */soak.sh | */stock_emulated.sh) ;; # run by hand
	*) suites+=("$suite") ;;
	esac
done
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules ours --timeout 3600 "${suites[@]}"
