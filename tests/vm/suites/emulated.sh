#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T11: in-kernel pinning, by a device that the test module emulates.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the test module is built for our vfio"

use "$edu"
name=vfio-test-emulated
ok "T11: the test module loads" load_test_module vfio_test_emulated
group=$(readlink "/sys/devices/$name/iommu_group")
ok "T11: an emulated device has a group of its own" test -c "/dev/vfio/${group##*/}"

device=(--group "${group##*/}" --device "$name" --group2 "$(group_of "$edu")" --device2 "$edu")
check_device emulated

ok "T11: a driver that can be held up loads" load_test_module vfio_test_gate
gate=$(readlink /sys/devices/vfio-test-gate/iommu_group)
device=("${device[@]:0:4}" --group2 "${gate##*/}" --device2 vfio-test-gate)
check_device gate
ok "T11: it unloads" rmmod vfio_test_gate
device=("${device[@]:0:4}" --group2 "$(group_of "$edu")" --device2 "$edu")

# --- What vfiotop and the events show of it ---------------------------------------------------

is_done() {
	has_line 'done' "$tmp/pin.out"
}

# pinner WHAT BYTES LEFT OPTION...: as many bytes are pinned, and afterwards so many are left
pinner() {
	local what=$1 bytes=$2 rest=$3
	shift 3

	start_ready "T11: $what" pin "$workloads/pinner" "${device[@]:0:4}" --size 256 "$@"
	pid=${pid_of[pin]}
	report
	same .pinned_bytes "$bytes" "T11: $what: as many bytes are pinned"
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "T11: $what: as the kernel says"
	kill -TERM "$pid"
	wait_until is_done
	report
	same .pinned_bytes "$rest" "T11: $what: as many are left afterwards"
	same .pinned_peak_bytes "$bytes" "T11: $what: the peak"
	is "$(pinned_now)" "$rest" "T11: $what: as the kernel says, too"
	finish "T11: $what: it ends" pin 0
	report
	same '"\(.pinned_bytes) \(.left_pinned_bytes) \(.charged_bytes)"' "0 0 0" \
		"T11: $what: nothing is left in the end"
}

kib=1024
for method in raw_tp tp_btf; do
	watch_with --attach=$method
	pinner "an emulated device pins pages" $((16 * 4 * kib)) 0
	pinner "it gives them back" $((16 * 4 * kib)) 0 --keep
	pinner "it forgets them" $((16 * 4 * kib)) 0 --forget
	pinner "it pins a mapping's pages again" $((256 * kib)) 0 \
		--group2 "$(group_of "$edu")"
	pinner "it gives those back" $((256 * kib)) $((256 * kib)) --keep \
		--group2 "$(group_of "$edu")"
	pinner "an IOMMU joins later" $((256 * kib)) 0 \
		--group2 "$(group_of "$edu")" --late
	is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
	[ $method = tp_btf ] || finish_by TERM "vfiotop ends at SIGTERM" top 0
done

start_ready "T11: an emulated device has pages pinned" pin "$workloads/pinner" \
	"${device[@]:0:4}" --pages 3 --forget
pid=${pid_of[pin]}
report
same '"\(.mappings) \(.pinned_bytes)"' "1 $((3 * 4 * kib))" "T11: three pages"
is "$(figure ".devices[] | select(.address == \"$name\")
	| \"\(.state) \(.group) \(.vendor_id) \(.pci_name) \(.driver)\"")" \
	"open ${group##*/} null null null" "T11: it has a row among the devices, without PCI's part"
finish_by KILL "T11: its user is killed, and the driver forgets" pin 137
report
same '"\(.pinned_bytes) \(.left_pinned_bytes)"' "0 0" "T11: the kernel unpins them"
is "$(figure '.leaks | length')" 0 "T11: which is no leak"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
finish_by TERM "vfiotop ends at SIGTERM" top 0

start_ready "vfiotop looks for leaks" top "$VFIOTOP_ROOT/build/vfiotop" --json -d 0.1 --ready-fd 1
ticks=1
start_ready "T11: a device pins what is pinned already" pin "$workloads/pinner" "${device[@]:0:4}" \
	--group2 "$(group_of "$edu")"
pid=${pid_of[pin]}
read_objects "$tmp/top.out"
ok "T11: for some intervals" wait_until more_reports_than $((objects + 7))
report
same '.pinned_bytes == .charged_bytes' true "T6: as much is charged as is pinned"
is "$(grep '^{' "$tmp/top.out" | jq -s '[.[].leaks[]] | length')" 0 "T11: which is no leak"
finish "T11: the process ends" pin 0
finish_by TERM "vfiotop ends at SIGTERM" top 0
ok "T11: the test module unloads" rmmod vfio_test_emulated
not_ok "T11: the group has gone with it" test -e "/dev/vfio/${group##*/}"

done_testing
