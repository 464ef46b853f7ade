#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The figures of iommufd's address spaces are what a program did, and what the kernel
# counts; beside a VFIO container they are the same for the same work.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = iommufd ] || plan_skip_all "these modules have no iommufd"

mib=$((1 << 20))

answers() {
	wc -l < "$tmp/user.out"
}

more_answers_than() {
	[ "$(answers)" -gt "$1" ]
}

# ask COMMAND...: of iommufd-user; prints its answer
ask() {
	local before

	before=$(answers)
	echo "$*" >&"${input_of[user]}"
	wait_until more_answers_than "$before"
	tail -n 1 "$tmp/user.out"
}

# of_ioas ID FILTER
of_ioas() {
	figure "[.containers[] | select(.ioas == $1)] | last | $2"
}

# adds_up WHAT: the pins of all address spaces are those of the kernel
adds_up() {
	report
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "pins are as the kernel says: $1"
}

use "$edu" "$edu2"
# shellcheck disable=SC2119 # no options
watch_with
start_ready "a process opens /dev/iommu" user "$workloads/iommufd-user"
cdev=/dev/vfio/devices/$(basename "$(pci_device "$edu")"/vfio-dev/vfio*)

# --- Maps, and devices that come and go -------------------------------------------------------

is "$(ask ioas)" 1 "it makes an IOAS"
ask map 1 "$mib" > "$tmp/iova"
ask map 1 $((2 * mib)) > /dev/null
report
is "$(of_ioas 1 '"\(.api) \(.iommufd) \(.backend) \(.comm) \(.before_watch)"')" \
	"iommufd 1 iommufd iommufd-user false" "whose address space is shown"
is "$(of_ioas 1 '"\(.map.count) \(.map.bytes) \(.mappings) \(.mappings_limit) \(.pinned_bytes)"')" \
	"2 $((3 * mib)) 2 null 0" "its maps, which pin nothing without a device"
is "$(figure '"\(.iommufd) \(.source)"')" "true stock" "iommufd is watched in addition"

is "$(ask cdev "$cdev")" 0 "it opens a device"
report
is "$(figure ".devices[] | select(.address == \"$edu\") | .state")" "" "which is not open before it is bound"
is "$(ask close)" 0 "and closes it"
report
is "$(figure ".devices[] | select(.address == \"$edu\") | .state")" "" "which leaves nothing behind"

ask cdev "$cdev" > /dev/null
like "$(ask bind)" '^[0-9]+$' "it binds the device"
is "$(ask attach 1)" 0 "and attaches it"
adds_up "a device came"
is "$(of_ioas 1 '"\(.pinned_bytes) \(.devices)"')" "$((3 * mib)) [\"$edu\"]" "which had its mappings pinned"
is "$(figure ".devices[] | select(.address == \"$edu\") | \"\(.state) \(.opens) \(.comm)\"")" \
	"open 1 iommufd-user" "the device is open"
is "$(of_ioas 1 '"\(.locked_by) \(.charged_bytes)"')" "none null" "CAP_IPC_LOCK charges nobody"

# --- Failures ---------------------------------------------------------------------------------

ask map 1 4096 0x10000000 > /dev/null
is "$(ask map 1 4096 0x10000000)" -17 "a second map at an address fails"
is "$(ask map 1 4097 0x20000000)" -22 "so does one of a piece of a page"
is "$(ask nomap 1 4096 0x30000000)" -14 "and one of no memory"
is "$(ask map 999 4096 0x10000000)" -2 "and one to no IOAS"
is "$(ask unmap 1 4096 0x50000000)" -2 "and an unmap of nothing"
is "$(ask unmap 1 4096 0x10000000)" 0 "but not one of a mapping"
adds_up "requests failed"
is "$(of_ioas 1 '"\(.map.count) \(.map.errors) \(.unmap.count) \(.unmap.errors) \(.mappings)"')" \
	"3 3 1 1 2" "they are counted apart"
is "$(figure '[.failures[] | "\(.operation) \(.stage) \(.ret) \(.container)"] | join(", ")')" \
	"map overlap -17 1, map null -22 1, map pin -14 1, map null -2 null, unmap null -2 1" \
	"each with its errno, and the stages that follow"

# --- Copies: a page is pinned once ------------------------------------------------------------

two=$(ask ioas)
is "$(ask map 1 $((4 * mib)) 0x40000000)" $((0x40000000)) "it maps 4 MiB"
is "$(ask copy "$two" $((4 * mib)) 0x40000000 1)" 0 "and copies them to a second IOAS"
adds_up "a copy"
is "$(of_ioas 1 .pinned_bytes) $(of_ioas "$two" .pinned_bytes)" "$((7 * mib)) 0" "whose pins are the first one's"
is "$(ask attach "$two")" 0 "the device moves to the second"
ask reset > /dev/null
adds_up "a device moved"
is "$(of_ioas 1 .pinned_bytes) $(of_ioas "$two" .pinned_bytes)" "0 $((4 * mib))" \
	"where it has only what is mapped there"
is "$(of_ioas 1 '.devices | tojson') $(of_ioas "$two" '.devices | tojson')" \
	"[] [\"$edu\"]" "and stays there when it is reset"
is "$(ask attach 1)" 0 "it moves back"
is "$(ask unmap-all 1)" 0 "and all is unmapped"
adds_up "an unmap of all"
is "$(of_ioas 1 '"\(.unmap.count) \(.unmap.bytes) \(.unmap.differs) \(.mappings)"')" \
	"2 $((7 * mib + 4096)) 0 0" "with its bytes"
is "$(of_ioas "$two" '"\(.mappings) \(.pinned_bytes)"')" "1 0" "the copy is there still"
ask detach > /dev/null
is "$(ask destroy "$two")" 0 "the second IOAS is destroyed"
adds_up "an end"
is "$(of_ioas "$two" '"\(.released_ns > 0) \(.teardown.mappings) \(.teardown.bytes)"')" \
	"true 1 $((4 * mib))" "with the copy in it"

# --- The same work for a VFIO container -------------------------------------------------------

with "$edu2"
start_ready "another process maps through a container" map "$workloads/hugemap" "${device[@]}" \
	--size 8 --kind 4k --hold
pid=${pid_of[map]}
is "$(ask attach 1)" 0 "the first attaches its device again"
ask map 1 $((8 * mib)) > /dev/null
adds_up "both kinds"
is "$(of "$pid" '"\(.api) \(.map.count) \(.map.bytes) \(.mappings) \(.pinned_bytes)"')" \
	"vfio 1 $((8 * mib)) 1 $((8 * mib))" "of the container"
is "$(of_ioas 1 '"\(.mappings) \(.pinned_bytes)"')" "1 $((8 * mib))" "of the IOAS the same"
finish "the container's user ends" map 0
finish "so does the other" user 0
adds_up "nobody is left"
is "$(figure '[.containers[] | .released_ns > 0] | all')" true "everything is gone"
is "$(figure '[.devices[].state] | unique | join(" ")')" closed "all devices are closed"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
is "$(figure '.leaks | length')" 0 "nothing leaks"
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- Who is charged ---------------------------------------------------------------------------

# shellcheck disable=SC2119 # no options
watch_with
start_ready "a process may not lock memory freely" user setpriv --bounding-set -ipc_lock \
	--inh-caps -ipc_lock "$workloads/iommufd-user"
ask ioas > /dev/null
ask cdev "$cdev" > /dev/null
ask bind > /dev/null
ask attach 1 > /dev/null
ask map 1 65536 > /dev/null
adds_up "a charge"
is "$(of_ioas 1 '"\(.locked_by) \(.charged_bytes) \(.locked_bytes)"')" "user 65536 65536" "the user is charged"
finish "it ends" user 0
finish_by TERM "vfiotop ends" top 0

done_testing
