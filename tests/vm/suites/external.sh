#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row C13: a module of our own holds a group that a process has opened.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock core has no such interface"

users() {
	cat "/sys/module/$1/refcnt"
}

pins=$(vmstat_pins)
use "$edu"
core=$(users vfio)
ok "C13: a module that uses groups from outside loads" load_test_module vfio_test_external
is "$(users vfio)" "$((core + 1))" "C13: it keeps the core"
not_ok "C13: which cannot be unloaded" rmmod vfio

check external "$edu"
is "$(users vfio_test_external)" 0 "C13: no group is held any more"
is "$(users vfio_iommu_type1)" 0 "C13: the backend has no user"
is "$(users vfio)" "$((core + 1))" "C13: the core has as many users as before"

exec {external}<> /dev/vfio-test-external
not_ok "C13: an external user that is open cannot be unloaded" rmmod vfio_test_external
exec {external}>&-
ok "C13: it unloads afterwards" rmmod vfio_test_external
is "$(users vfio)" "$core" "C13: and leaves the core as it was"

done_with "$edu"
is "$(vmstat_pins)" "$pins" "C13: nothing stays pinned"
ok "C13: all modules unload" unload_modules

done_testing
