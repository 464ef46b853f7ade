#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C5 to C9, C13, T4 and T7: a user who tries everything.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock container uses the backend without a lock and oopses"

use "$edu"
check hostile "$edu"

ok "the module that emulates a device loads" load_test_module vfio_test_emulated
with_emulated
emulated=("${device[@]}")

for kvm in kvm_amd kvm_intel; do
	modprobe $kvm 2> /dev/null && break
done
device=(--group "$(group_of "$edu")" --device "$edu"
	--group2 "${emulated[1]}" --device2 "${emulated[3]}")
check_device hostile-groups
modprobe -r "$kvm"

use "$edu2"
with_emulated "$edu" "$edu2"
check_device exchange
ok "and unloads" rmmod vfio_test_emulated
is "$(vmstat_pins)" 0 "C8: nothing stays pinned"
done_with "$edu2"
done_with "$edu"
ok "C8: the modules unload" unload_modules

done_testing
