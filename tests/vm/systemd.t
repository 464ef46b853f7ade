#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The units of vfiotop under a real systemd. Not in make test: see VFIOTOP_ALL.

cd "$(dirname "$0")" || exit
if [ -z "${VFIOTOP_ALL-}" ]; then
	echo "1..0 # SKIP in make test-all only"
	exit
fi
# The kernel's own modules are found by other means than ours.
kernel=${KERNEL:-6.12} modules=ours
[ "$kernel" = 6.12 ] || modules=stock
exec ./run --kernel "$kernel" --profile vtd --modules $modules --systemd --no-aids --timeout 3600 suites/systemd.sh
