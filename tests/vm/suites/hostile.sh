#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C6, C8, C9 and T4: a user who tries everything.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock container uses the backend without a lock and oopses"

use "$edu"
check hostile "$edu"
is "$(vmstat_pins)" 0 "C8: nothing stays pinned"
done_with "$edu"
ok "C8: the modules unload" unload_modules

done_testing
