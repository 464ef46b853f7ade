#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on the modules of bookworm's own kernel, and what these answer.

cd "$(dirname "$0")" || exit
more=()
[ -z "${VFIOTOP_ALL-}" ] || more=(suites/kept.sh)
exec ./run --kernel 6.1 --profile vtd --modules stock --cpus 1 \
	suites/stock_figures.sh suites/late.sh suites/ladder.sh suites/abi.sh "${more[@]}"
