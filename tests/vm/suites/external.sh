#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C12 and C13: a module of our own holds a device, or a group that a process has
# opened.

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

# C12. What the module says of a command is what the write returns.
tell() {
	echo "$*" >&"$external"
}

unbinds() {
	grep -q vfio_del_group_dev "/proc/$unbinding/stack"
}

exec {external}<> /dev/vfio-test-external
ok "C12: a device is found by its struct device, with its driver's data" tell look "$edu"
ok "C12: and put" tell leave
not_ok "C12: a device that no VFIO driver has is not found" tell look "$edu2"
ok "C12: a device is held" tell look "$edu"
unbind_vfio "$edu" &
unbinding=$!
ok "C9: the driver's unbinding waits for who holds it" wait_until unbinds
ok "C12: while it waits its group is still there" test -c "/dev/vfio/$(group_of "$edu")"
ok "C12: the device is put" tell leave
wait $unbinding
is $? 0 "C9: which ends the wait"
not_ok "C12: then the device is not found any more" tell look "$edu"
not_ok "C2: and its group is gone" test -e "/dev/vfio/$(group_of "$edu")"
use "$edu"

not_ok "C13: an external user that is open cannot be unloaded" rmmod vfio_test_external
exec {external}>&-
ok "C13: it unloads afterwards" rmmod vfio_test_external
is "$(users vfio)" "$core" "C13: and leaves the core as it was"

done_with "$edu"
is "$(vmstat_pins)" "$pins" "C13: nothing stays pinned"
ok "C13: all modules unload" unload_modules

done_testing
