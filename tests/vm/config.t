#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Config space of every emulated device, with our modules.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile config --modules ours suites/config_table.sh suites/config_attack.sh
