#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on a kernel that it is not for, where its package can be reached. Not in make test:
# see VFIOTOP_ALL.

cd "$(dirname "$0")" || exit
if [ -z "${VFIOTOP_ALL-}" ]; then
	echo "1..0 # SKIP in make test-all only"
	exit
fi
if ! timeout 600 ../../scripts/kernel fetch 5.10 > /dev/null; then
	echo "1..0 # SKIP the package of 5.10 cannot be reached"
	exit
fi
make -C ../../tools/vfiotop static > /dev/null || exit
exec ./run --kernel 5.10 --profile vtd --modules stock --cpus 1 suites/old.sh suites/portable.sh
