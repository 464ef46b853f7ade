#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same with pages of 64 KiB, and a window that does not begin at 0.

cd "$(dirname "$0")" || exit
# shellcheck source=tests/power/prepare.bash
. ./prepare.bash
prepare 6.12-ppc64el-64k
exec ./run --kernel 6.12-ppc64el-64k --machine pseries --window 0x8000000 spapr msi intx
