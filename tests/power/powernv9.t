#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same where the kernel owns the table.

cd "$(dirname "$0")" || exit
# shellcheck source=tests/power/prepare.bash
. ./prepare.bash
prepare 6.12-ppc64el
exec ./run --kernel 6.12-ppc64el --machine powernv9 spapr msi intx
