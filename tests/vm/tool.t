#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on our modules. What finds wrong use of memory in these is on in vtd.t.

cd "$(dirname "$0")" || exit
more=()
[ -z "${VFIOTOP_ALL-}" ] || more=(suites/kept.sh suites/storm.sh suites/leaks.sh suites/screen.sh)
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules ours --no-aids --timeout 7200 \
	suites/figures.sh suites/devices.sh suites/badcases.sh suites/late.sh \
	suites/same_figures.sh suites/wait.sh suites/privileges.sh suites/commands.sh suites/serve.sh suites/trace.sh \
	"${more[@]}"
