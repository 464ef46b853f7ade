#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules in which tests can force failures.

cd "$(dirname "$0")" || exit
exec ./run --kernel "${KERNEL:-6.12}" --profile vtd --modules debug suites/faults.sh
