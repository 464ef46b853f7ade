#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows T5, T7, T9: what happens in the middle of requests.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock modules have no events"

use "$edu" "$edu2"
ok "the module that withholds memory loads" load_test_module vfio_test_withheld
check windows "$edu" "$edu2"
use "$e1000e"
check lost-bar "$edu" "$e1000e"

ok "the module that emulates a device loads" load_test_module vfio_test_emulated
with_emulated "$edu" "$edu2"
check_device late-windows
check_device payer-dies
ok "it unloads" rmmod vfio_test_emulated
ok "the other one, too" rmmod vfio_test_withheld
is "$(vmstat_pins)" 0 "T5: nothing stays pinned"

done_testing
