#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The units of vfiotop under a real systemd. Not in make test: see VFIOTOP_ALL.

cd "$(dirname "$0")" || exit
if [ -z "${VFIOTOP_ALL-}" ] || [ "${KERNEL:-6.12}" != 6.12 ]; then
	echo "1..0 # SKIP in make test-all only, on 6.12"
	exit
fi
exec ./run --kernel 6.12 --profile vtd --modules ours --systemd --no-aids --timeout 3600 suites/systemd.sh
