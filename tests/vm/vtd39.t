#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The backend on a VT-d of 39 address bits; at last the machine is locked down for good.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd39 --modules ours \
	suites/aperture.sh suites/type1.sh suites/dirty.sh suites/gigantic.sh suites/lockdown.sh
