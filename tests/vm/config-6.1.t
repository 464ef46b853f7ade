#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same on bookworm's own kernel.

cd "$(dirname "$0")" || exit
exec ./run --kernel 6.1 --profile config --modules ours suites/config_table.sh suites/config_attack.sh
