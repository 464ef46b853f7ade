#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own modules with an emulated device: its pins are counted; what is pinned
# unseen, as a real device joins later, makes pins unknown.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = stock ] || plan_skip_all "the test module is built for the kernel's own vfio"

use "$edu"
name=vfio-test-emulated
ok "emulated: the test module loads" load_test_module vfio_test_stock_emulated
group=$(basename "$(readlink "/sys/devices/platform/$name/iommu_group")")
pins=$(vmstat_pins)

is_done() {
	has_line 'done' "$tmp/pin.out"
}

# pinner WHAT PINNED LEFT CHARGED OPTION...: what is shown as pinned, what after an unmap, and
# what is charged in the end
pinner() {
	local what=$1 pinned=$2 rest=$3 charged=$4
	shift 4

	start_ready "emulated: $what" pin "$workloads/pinner" --group "$group" --device "$name" "$@"
	pid=${pid_of[pin]}
	report
	same '"\(.mappings) \(.pinned_bytes)"' "$pinned" "emulated: $what: mappings, and bytes pinned"
	[ "${pinned#* }" = null ] ||
		is "$(pinned_now)" "${pinned#* }" "emulated: $what: as many as the kernel has"
	kill -TERM "$pid"
	wait_until is_done
	report
	same '"\(.mappings) \(.pinned_bytes)"' "$rest" "emulated: $what: and after they are unmapped"
	finish "emulated: $what: it ends" pin 0
	report
	same .charged_bytes "$charged" "emulated: $what: what is charged in the end"
	is "$(pinned_now)" 0 "emulated: $what: the kernel has nothing pinned"
	is "$(figure '.leaks | length')" 0 "emulated: $what: and there is no leak"
}

watch_with --source=stock
# Pages that only a driver pins are charged unseen.
pinner "it pins pages" "1 65536" "0 0" null
# The driver pins its pages once more.
pinner "a device is there already" "1 $((262144 + 65536))" "0 0" 0 --group2 "$(group_of "$edu")"
pinner "a device joins later" "null null" "null null" null --group2 "$(group_of "$edu")" --late
is "$(figure '[.lost | to_entries[] | select(.key != "census") | .value] | add')" 0 "nothing was lost"
finish_by TERM "vfiotop ends at SIGTERM" top 0
ok "emulated: the test module unloads" rmmod vfio_test_stock_emulated

done_testing
