#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Devices: their events, and what vfiotop shows of them.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock modules have no events"

tracing=/sys/kernel/tracing

# device ADDRESS FILTER: of the row of this device
device() {
	figure ".devices[] | select(.address == \"$1\") | $2"
}

# shows ADDRESS FILTER WANT DESCRIPTION: a test of that row
shows() {
	is "$(device "$1" "$2")" "$3" "$4"
}

# did ADDRESS FIELD: what the workload says
did() {
	json "$tmp/use.out" ".devices[\"$1\"].$2"
}

# What lspci says of the device: vendor and device.
lspci_name() {
	lspci -vmm -s "$1" | sed -n 's/^\(Vendor\|Device\):\t//p' | paste -sd ' '
}

# events EVENT [PATTERN]: what the events of a device say that match
events() {
	sed -n "s/.* vfio_device_$1: //p" "$tmp/trace" | grep -E -e "${2-}"
}

in_order='.last > 0 and .last <= .max and .max <= .sum'

use "$e1000e" "$edu"
with "$e1000e" "$edu"
group=$(group_of "$e1000e")
group2=$(group_of "$edu")
echo > $tracing/trace
echo 1 > $tracing/events/vfio/enable
watch_with
report
is "$(figure '.devices | length')" 0 "no device at first"

# --- Open, reset ---------------------------------------------------------------------------

start_ready "a process opens two devices" use "$workloads/devices" "${device[@]}" --fds 3 \
	--close 1 --resets 3 --bus-resets 1 --wrong 0000:ff:1f.7
pid=${pid_of[use]}
report
is "$(figure '[.devices[].address] | tostring')" "[\"$edu\",\"$e1000e\"]" \
	"both devices are there, by address"
shows "$e1000e" '"\(.state) \(.group) \(.pid) \(.comm) \(.owner_alive)"' \
	"open $group $pid devices true" "P4: one close of several leaves the device open, with group and owner"
shows "$e1000e" .container "$(of "$pid" .id)" "and container"
shows "$e1000e" '"\(.vendor_id) \(.device_id)"' "0x8086 0x10d3" "its IDs"
shows "$e1000e" .pci_name "$(lspci_name "$e1000e")" "its name is what lspci calls it"
shows "$e1000e" .driver vfio-pci "its driver"
shows "$edu" '"\(.vendor_id) \(.device_id) \(.pci_name)"' "0x1234 0x11e8 null" \
	"a device that has no name"
shows "$edu" '"\(.group) \(.pid)"' "$group2 $pid" "it is in its own group"
is "$(of "$pid" '.devices | tostring')" "[\"$edu\",\"$e1000e\"]" \
	"the container has their addresses"
shows "$e1000e" '"\(.opens) \(.open_errors) \(.closes)"' "3 0 1" "opens, and a close"
shows "$e1000e" ".open.ns | $in_order" true "the opens' latencies are in order"
shows "$e1000e" '.open.ns | .last < .max' true "P4: only the first open resets"
shows "$e1000e" '.opened_ns > 0' true "it was opened some time"
shows "$e1000e" '"\(.resets) \(.reset_errors)"' "3 1" \
	"P4: function resets, and a bus reset that failed"
shows "$e1000e" ".reset.ns | $in_order" true "the resets' latencies are in order"
is "$(figure '[.devices[] | select(.address == "0000:ff:1f.7")] | length')" 0 \
	"a name that no device has makes no row"
is "$(figure '[.failures[] | select(.operation == "device-open")
	| "\(.ret) \(.name) \(.pid) \(.group)"] | tostring')" \
	"[\"-19 0000:ff:1f.7 $pid $group\"]" "but a failure"
is "$(figure "[.failures[] | select(.operation == \"bus-reset\" and .name == \"$e1000e\")
	| \"\(.pid) \(.group)\"] | tostring")" "[\"$pid $group\"]" "so does the failed bus reset"

"$VFIOTOP_ROOT/build/vfiotop" --once -d 0.1 > "$tmp/text"
ok "a watch that began later finds it" grep -q "^$e1000e .* $pid  open " "$tmp/text"

# --- Close ----------------------------------------------------------------------------------

finish "the process closes all and ends" use 0
report
for address in "$e1000e" "$edu"; do
	shows "$address" '"\(.state) \(.owner_alive)"' "closed false" "P4: $address is closed"
	shows "$address" '"\(.opens) \(.closes)"' "$(did "$address" opens) 3" \
		"$address was closed as often as opened"
	shows "$address" '"\(.resets) \(.reset_errors)"' \
		"$(did "$address" resets) $(did "$address" reset_errors)" \
		"$address: the resets that the process counted"
	shows "$address" '.close.ns | .last > 0 and .last <= .max and .max <= .sum' true \
		"$address: latencies of the closes"
done
shows "$e1000e" '.close.ns | .last == .max' true "P4: the last close resets"
is "$(of "$pid" '.devices | length')" 0 "the container has no device any more"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
# Our modules make no nodes in /dev/vfio/devices.
for field in $("$VFIOTOP_ROOT/build/vfiotop" --list-fields | awk '$1 == "devices[]" && $2 != "cdev" { print $2 }'); do
	ok "the field $field has been seen" test "$(device "$e1000e" ".$field")" != null
done

# --- The same, by name of another group; the driver ---------------------------------------------

with "$e1000e"
start_ready "another process asks for the wrong group's device" use "$workloads/devices" \
	"${device[@]}" --wrong "$edu"
pid=${pid_of[use]}
report
shows "$edu" '"\(.state) \(.opens) \(.open_errors)"' "closed 3 1" \
	"a device that was seen counts the failed open"
shows "$e1000e" '"\(.state) \(.pid)"' "open $pid" "a device shows who opened it last"
finish "it ends" use 0
ok "the device goes back" done_with "$e1000e"
report
shows "$e1000e" .driver "$(driver_of "$e1000e" || echo null)" "the driver that is bound now is shown"
use "$e1000e"

start_ready "a device is open" use "$workloads/devices" "${device[@]}" --resets 1
finish_by KILL "P4: and its owner is killed" use 137
report
shows "$e1000e" '"\(.state) \(.opens) \(.closes)"' "closed 5 5" "P4: the kernel closes it"
echo 0 > $tracing/events/vfio/enable
cat $tracing/trace > "$tmp/trace"
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- Events -----------------------------------------------------------------------------------------

like "$(events reset "device=$e1000e .* kind=function" | head -n 1)" \
	"^device=$e1000e group=$group container=[1-9][0-9]* pid=[1-9][0-9]* kind=function ret=0 ns=[1-9][0-9]*$" \
	"P4: every field of a function reset"
is "$(events reset "device=$e1000e .* kind=function ret=0 " | wc -l)" 4 "each has an event"
like "$(events reset "device=$e1000e .* kind=bus")" \
	"^device=$e1000e group=$group container=[1-9][0-9]* pid=[1-9][0-9]* kind=bus ret=-[1-9][0-9]* ns=[1-9][0-9]*$" \
	"P4: a failed bus reset has one"
is "$(events release "device=$e1000e .* users=[12]$" | sed 's/.* //')" "users=2
users=1" "a close that is not the last says so"
is "$(events release "device=$e1000e .* users=0$" | wc -l)" 3 "so do those that are"
is "$(events release ' ns=0 ' | wc -l)" 0 "every close was timed"
is "$(events open ' ret=-19 ' | sed 's/ container=.* ret/ ret/; s/ ns=.*//')" \
	"device=0000:ff:1f.7 group=$group ret=-19
device=$edu group=$group ret=-19" "failed opens say what was asked for"

# --- A watch that begins late, without type information --------------------------------------------

start_ready "a process has a device open" use "$workloads/devices" "${device[@]}" --fds 2
watch_with --attach=raw_tp
finish "it closes it" use 0
report
shows "$e1000e" '"\(.state) \(.group) \(.pid) \(.opened_ns) \(.opens) \(.closes)"' \
	"closed $group null null 0 2" "of a device opened before the watch the closes are known"
shows "$e1000e" '.close.ns.sum > 0' true "and timed"
start_ready "and one opens it again" use "$workloads/devices" "${device[@]}" --resets 2
report
shows "$e1000e" '"\(.state) \(.pid) \(.opens) \(.resets)"' "open ${pid_of[use]} 1 2" \
	"untyped programs count the same"
finish "it ends" use 0
finish_by TERM "vfiotop ends at SIGTERM" top 0

start top "$VFIOTOP_ROOT/build/vfiotop" -b -d 0.2 --ready-fd 1
wait_until is_ready top
start_ready "a device is open" use "$workloads/devices" "${device[@]}" --resets 1
shown="^$e1000e  vfio-pci +$group +${pid_of[use]}  open +[0-9].* +1 +0  devices +Intel"
ok "the text shows it" wait_until grep -qE "$shown" "$tmp/top.out"
finish "the process ends" use 0
ok "and that it is closed" wait_until grep -qE "^$e1000e .*  closed " "$tmp/top.out"
finish_by TERM "vfiotop ends at SIGTERM" top 0

done_testing
