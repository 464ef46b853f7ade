#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T9: the BAR of one device as the DMA target of another.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$edu2"
with_dma_faults check p2p "$edu" "$edu2"
with_dma_faults check late-revoked "$edu" "$edu2"

done_testing
