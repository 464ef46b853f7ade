#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The backend on AMD-Vi.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile amd --modules ours \
	suites/core.sh suites/type1.sh suites/dirty.sh suites/p2p.sh suites/unsafe.sh \
	suites/kvm.sh
