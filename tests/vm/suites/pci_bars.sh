#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows P1, P5 and P6: BARs, the ROM, ioeventfds and feature probing.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$e1000e" "$ivshmem"
check bars "$ivshmem"
check ports "$e1000e"
check rom "$e1000e"
check ioeventfd "$ivshmem"
check features "$ivshmem"

done_testing
