#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on the modules of the newest kernel, where its package can be reached.

cd "$(dirname "$0")" || exit
if ! timeout 600 ../../scripts/kernel fetch 7.3 > /dev/null; then
	echo "1..0 # SKIP the package of 7.3 cannot be reached"
	exit
fi
more=()
if [ -n "${VFIOTOP_ALL-}" ]; then
	make -C ../../tools/vfiotop static > /dev/null || exit
	../../scripts/build-root fetch 7.3 > /dev/null || exit
	../../scripts/build-modules --tests 7.3 > /dev/null || exit
	more=(suites/kept.sh suites/privileges.sh suites/portable.sh)
fi
exec ./run --kernel 7.3 --profile vtd --modules stock --cpus 1 \
	suites/stock_figures.sh suites/late.sh suites/ladder.sh "${more[@]}"
