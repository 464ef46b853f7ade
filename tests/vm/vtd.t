#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All suites on the VT-d machine with our modules.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules ours --timeout 3600 suites/*.sh
