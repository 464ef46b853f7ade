#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows P1, P5 and T9: a BAR of 64 MiB.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$ivshmem"
with_dma_faults check large-bar "$edu" "$ivshmem"

done_testing
