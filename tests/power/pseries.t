#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The backend for POWER, where the hypervisor owns the table.

cd "$(dirname "$0")" || exit
# shellcheck source=tests/power/prepare.bash
. ./prepare.bash
prepare 6.12-ppc64el
exec ./run --kernel 6.12-ppc64el --machine pseries spapr msi intx
