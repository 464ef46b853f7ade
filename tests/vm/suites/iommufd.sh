#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The figures of iommufd's address spaces are what a program did, and what the kernel
# counts; beside a VFIO container they are the same for the same work.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/iommufd.bash
. "$VFIOTOP_ROOT/tests/vm/suites/iommufd.bash"

[ "$VFIOTOP_MODULES" = iommufd ] || plan_skip_all "these modules have no iommufd"

# bytes_of FIELD: of the process's status, in bytes
bytes_of() {
	awk -v "field=$1:" '$1 == field { print $2 * 1024 }' "/proc/${pid_of[user]}/status"
}

use "$edu" "$edu2"
# shellcheck disable=SC2119 # no options
watch_with
start_ready "a process opens /dev/iommu" user "$workloads/iommufd-user"
cdev=$(cdev_of "$edu")
cdev2=$(cdev_of "$edu2")

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
is "$(figure ".devices[] | select(.address == \"$edu\") | \"\(.state) \(.opens) \(.comm) \(.group)\"")" \
	"open 1 iommufd-user $(group_of "$edu")" "the device is open"
is "$(figure '.groups | length')" 0 "and its group is not"
is "$(of_ioas 1 '"\(.locked_by) \(.charged_bytes) \(.map.phase_ns.pin)"')" "none null null" "CAP_IPC_LOCK charges nobody"

# --- Failures ---------------------------------------------------------------------------------

ask map 1 4096 0x10000000 > /dev/null
is "$(ask map 1 4096 0x10000000)" -17 "a second map at an address fails"
is "$(ask map 1 4097 0x20000000)" -22 "so does one of a piece of a page"
is "$(ask map 1 4096 0xfee00000)" -22 "and one of what is reserved for interrupts"
is "$(ask nomap 1 4096 0x30000000)" -14 "and one of no memory"
is "$(ask map 999 4096 0x10000000)" -2 "and one to no IOAS"
is "$(ask unmap 1 4096 0x50000000)" -2 "and an unmap of nothing"
is "$(ask unmap 1 4096 0x10000000)" 0 "but not one of a mapping"
adds_up "requests failed"
is "$(of_ioas 1 '"\(.map.count) \(.map.errors) \(.unmap.count) \(.unmap.errors) \(.mappings)"')" \
	"3 4 1 1 2" "they are counted apart"
is "$(figure '[.failures[] | "\(.operation) \(.stage) \(.ret) \(.container)"] | join(", ")')" \
	"map overlap -17 1, map alignment -22 1, map reserved -22 1, map pin -14 1, map null -2 null, unmap null -2 1" \
	"each with its errno, and the stages that follow"
is "$(figure '[.failures[] | select(.conflict_iova) | "\(.conflict_iova) \(.conflict_size_bytes)"] | join(", ")')" \
	"0x10000000 4096, 0xfee00000 1048576" "and with what was in the way"
is "$(ask deaf-map 1 65536 0x30000000)" -14 "what is mapped without an answer fails"
adds_up "a map that fails once it is done"
is "$(of_ioas 1 '"\(.map.count) \(.map.errors) \(.mappings) \(.mapped_bytes)"')" "4 4 3 $((3 * mib + 65536))" \
	"and is counted, as it stays"
is "$(ask deaf-unmap 1 65536 0x30000000)" -14 "so does an unmap of it"
adds_up "an unmap that fails once it is done"
is "$(of_ioas 1 '"\(.unmap.count) \(.unmap.errors) \(.mappings) \(.mapped_bytes)"')" "1 2 2 $((3 * mib))" \
	"which has unmapped it"

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
	"2 $((7 * mib + 4096 + 65536)) 0 0" "with its bytes"
is "$(of_ioas "$two" '"\(.mappings) \(.pinned_bytes)"')" "1 0" "the copy is there still"
ask detach > /dev/null
is "$(ask destroy "$two")" 0 "the second IOAS is destroyed"
adds_up "an end"
is "$(of_ioas "$two" '"\(.released_ns > 0) \(.teardown.mappings) \(.teardown.bytes)"')" \
	"true 1 $((4 * mib))" "with the copy in it"

# --- Requests in flight -----------------------------------------------------------------------

[[ $VFIOTOP_RELEASE != 6.12.* ]] || is "$(ask map-file 1 4096 0x70000000)" -25 "6.12 maps no files"
is "$(ask attach 1)" 0 "the device comes back"
ask map 1 65536 0x6fff0000 > /dev/null
is "$(ask stall 1 $((2 * mib)) 0x70000000)" 0 "a map waits for its memory"
report
is "$(of_ioas 1 '.in_flight | map("\(.operation) \(.iova) \(.size_bytes) \(.elapsed_ns > 0)") | join(" ")')" \
	"map 0x70000000 $((2 * mib)) true" "which is shown while it does"
is "$(ask unmap 1 $((2 * mib + 65536)) 0x6fff0000)" -16 "an unmap of it and the one before stops half way"
report
is "$(of_ioas 1 '"\(.unmap.errors) \(.mappings) \(.mapped_bytes)"')" "3 0 0" "and has unmapped the one before"
is "$(ask destroy 1)" -16 "its IOAS cannot be destroyed meanwhile"
is "$(ask give)" $((0x70000000)) "it gets the memory"
adds_up "a long map"
is "$(of_ioas 1 '"\(.in_flight | length) \(.map.errors) \(.pinned_bytes) \(.released_ns)"')" \
	"0 4 $((2 * mib)) null" "and ends, as if it had been short"
ask unmap-all 1 > /dev/null
ask detach > /dev/null
start_ready "another process opens /dev/iommu" killed "$workloads/iommufd-user"
killed=${pid_of[killed]}
for command in ioas "cdev $cdev2" bind "attach 1" "stall 1 $mib 0x10000000"; do
	echo "$command" >&"${input_of[killed]}"
done
wait_until lines killed 6
is "$(tail -n 1 "$tmp/killed.out")" 0 "its map waits, too"
finish_by KILL "it is killed" killed 137
adds_up "a death in the middle of a map"
is "$(of "$killed" '"\(.released_ns > 0) \(.in_flight | length) \(.pinned_bytes) \(.teardown.mappings)"')" \
	"true 0 0 0" "which leaves nothing"

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
for source in proc kprobes; do
	watched=$([ $source = proc ] && echo false || echo true)
	"$VFIOTOP_ROOT/build/vfiotop" --json -n 1 -d 1 --source=$source > "$tmp/report"
	is "$(figure '"\(.iommufd) \([.processes[] | "\(.comm) \(.api) \(.iommufds)"] | sort | join(", "))"')" \
		"$watched hugemap vfio 0, iommufd-user iommufd 1" "$source tells which process uses which"
	[ $source = kprobes ] ||
		like "$(figure .no_iommufd)" 'does not see' "and that it does not see what iommufd maps"
done
finish "the container's user ends" map 0
finish "so does the other" user 0
adds_up "nobody is left"
is "$(figure '[.containers[] | .released_ns > 0] | all')" true "everything is gone"
is "$(figure '[.devices[].state] | unique | join(" ")')" closed "all devices are closed" ||
	diag "$(figure '.devices | tojson')"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
is "$(figure '.leaks | length')" 0 "nothing leaks"
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- A watch that begins late -----------------------------------------------------------------

start_ready "a process is there before the watch" user "$workloads/iommufd-user"
ask ioas > /dev/null
ask ioas > /dev/null
ask ioas > /dev/null
attach_device "$cdev" 1
ask map 1 $((4 * mib)) 0x40000000 > /dev/null
ask map 1 "$mib" 0x50000000 > /dev/null
ask map 2 65536 0x50000000 > /dev/null
is "$(ask copy 2 $((4 * mib)) 0x40000000 1)" 0 "it has pages in two IOASes"
# shellcheck disable=SC2119 # no options
watch_with
adds_up "a late watch"
is "$(figure '[.containers[] | "\(.ioas):\(.iommufd):\(.mappings):\(.pinned_bytes)"] | join(" ")')" \
	"1:1:2:$((5 * mib)) 2:1:2:0 3:1:0:0" "all IOASes are found, with their mappings and pins"
is "$(of_ioas 1 '.census | "\(.mappings) \(.bytes) \(.pinned_bytes)"')" "2 $((5 * mib)) $((5 * mib))" \
	"which the walk has found"
is "$(of_ioas 1 '"\(.comm) \(.before_watch) \(.opened_ns) \(.holders) \(.holder_comm) \(.devices)"')" \
	"iommufd-user true null 1 iommufd-user [\"$edu\"]" "their owner, holder and device"
is "$(ask map 1 "$mib" 0x60000000)" $((0x60000000)) "it maps more"
is "$(ask unmap 1 $((4 * mib)) 0x40000000)" 0 "and unmaps what it copied"
adds_up "after a change"
is "$(of_ioas 1 '"\(.mappings) \(.pinned_bytes) \(.mapped_bytes)"')" "2 $((2 * mib)) $((2 * mib))" \
	"what came and went is counted on top"
is "$(of_ioas 1 '.map_sizes | map("\(.from_bytes) \(.maps) \(.mappings)") | join(", ")')" "$mib 1 null" \
	"its map by size; of mappings from before no size is known"
is "$(ask attach 2)" 0 "the device moves"
adds_up "after a move"
is "$(of_ioas 2 .pinned_bytes)" $((4 * mib + 65536)) "to the IOAS from before, whose pages are pinned"
is "$(ask destroy 3)" 0 "one from before ends"
report
is "$(of_ioas 3 '.released_ns > 0')" true "which is seen"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost" || diag "$(figure '.lost | tojson')"

# --- Page tables, users in the kernel, and VFIO's requests ------------------------------------

hwpt=$(ask hwpt 1)
is "$(ask attach "$hwpt")" 0 "the device goes to a page table of the first IOAS"
adds_up "a page table"
is "$(of_ioas 1 '"\(.devices) \(.pinned_bytes)"')" "[\"$edu\"] $((2 * mib))" "and so to that IOAS"
ask detach > /dev/null

insmod "$access_module"
four=$(ask ioas)
ask map "$four" "$mib" 0x1000000 > /dev/null
is "$(ask access "$four")" 0 "a user in the kernel attaches to an IOAS"
is "$(ask pin 0x1000000 65536)" 0 "and pins 64 KiB"
adds_up "a pin in the kernel"
is "$(of_ioas "$four" '"\(.pinned_bytes) \(.map.pages)"')" "65536 null" "for that IOAS"
is "$(ask read 0x1008000 4096)" 0 "it reads"
is "$(ask read 0x9000000 4096)" -2 "but not where nothing is mapped"
adds_up "an access"
is "$(ask unpin)" 0 "it unpins"
adds_up "an unpin in the kernel"
is "$(of_ioas "$four" .pinned_bytes)" 0 "all of it"
ask pin 0x1000000 65536 > /dev/null
is "$(ask unmap "$four" "$mib" 0x1000000)" 0 "an unmap has it unpin"
adds_up "an unmap of what is pinned in the kernel"
is "$(of_ioas "$four" '"\(.pinned_bytes) \(.mappings)"')" "0 0" "which leaves nothing"

compat=$(ask vfio-new)
ask vfio-map "$mib" 0x1000000 > /dev/null
ask vfio-map "$mib" 0x2000000 > /dev/null
is "$(ask vfio-map 4096 0x2000000)" -17 "a map by VFIO's request may fail"
is "$(ask vfio-unmap "$mib" 0x1000000)" 0 "others and an unmap do not"
report
is "$(of_ioas "$compat" '"\(.map.count) \(.map.errors) \(.unmap.count) \(.unmap.bytes)"')" \
	"2 1 1 $mib" "they count"
is "$(ask vfio-unmap-all)" 0 "all is unmapped by it"
adds_up "VFIO's requests"
is "$(of_ioas "$compat" '"\(.unmap.count) \(.unmap.bytes) \(.unmap.differs) \(.mapped_bytes)"')" \
	"2 $((2 * mib)) 0 0" "with its bytes"
finish "it ends" user 0
adds_up "the end of what was there before"
is "$(figure '[.containers[] | .released_ns > 0] | all')" true "all of it is gone"

# --- A group whose container is /dev/iommu ----------------------------------------------------

# It may have been closed before, by who had it before the watch.
read -r opens closes < <(device_is "$edu" '"\(.opens) \(.closes)"')
start_ready "a process knows containers only" user prlimit --memlock=$((2 * mib)) setpriv \
	--bounding-set -ipc_lock --inh-caps -ipc_lock "$workloads/iommufd-user"
is "$(ask vfio-group "/dev/vfio/$(group_of "$edu")")" 0 "and is given /dev/iommu for one"
is "$(ask vfio-device "$edu")" 0 "it opens the device of its group"
is "$(ask vfio-map "$mib" 0x1000000)" 0 "and maps for it"
adds_up "a group"
is "$(of_ioas 1 '"\(.api) \(.mappings) \(.pinned_bytes) \(.devices)"')" "iommufd 1 $mib [\"$edu\"]" \
	"in an IOAS, which has the device"
is "$(device_is "$edu" '"\(.state) \(.group) \(.opens) \(.comm)"') $(ioas_of "$edu")" \
	"open $(group_of "$edu") 1 iommufd-user $(of_ioas 1 .iommufd) 1" "and the device names that"
is "$(of_ioas 1 '"\(.locked_by) \(.charged_bytes) \(.locked_bytes)"')" "user $mib $mib" \
	"its user is charged"
is "$(ask vfio-map $((2 * mib)) 0x2000000)" -12 "not beyond its limit"
adds_up "a charge that is refused"
is "$(of_ioas 1 '"\(.map.count) \(.map.errors) \(.mappings)"')" "1 1 1" "which counts"
is "$(ask vfio-device "$edu")" 0 "it opens the device again"
is "$(ask close)" 0 "and closes it once"
report
is "$(device_is "$edu" .state) $(of_ioas 1 '.devices | tojson')" "open [\"$edu\"]" "which leaves it where it is"
finish "it ends" user 0
adds_up "the end of a group"
is "$(device_is "$edu" '"\(.state) \(.opens) \(.closes)"')" \
	"closed $((opens + 2)) $((closes + 2))" "and with it the device is closed"
is "$(figure '[.containers[] | .released_ns > 0] | all')" true "which leaves nothing"

# --- Files that are inherited, and passed on ---------------------------------------------------

passed_on() {
	local parent child

	start_ready "a process has an IOAS" user prlimit --memlock=$((4 * mib)) setpriv --bounding-set -ipc_lock \
		--inh-caps -ipc_lock "$workloads/iommufd-user"
	parent=${pid_of[user]}
	ask account-mm > /dev/null
	ask ioas > /dev/null
	attach_device "$cdev" 1
	ask map 1 $((2 * mib)) 0x40000000 > /dev/null
	child=$(ask fork)
	is "$(ask map 1 "$mib" 0x50000000)" $((0x50000000)) "its child maps memory, too"
	adds_up "a map by a child"
	is "$(of_ioas 1 '"\(.pid) \(.opener_pid) \(.holders) \(.mappings)"')" "$child $parent 2 2" "whose IOAS it is then"
	is "$(of_ioas 1 '"\(.locked_by) \(.charged_bytes) \(.locked_bytes)"')" "mm $((3 * mib)) $mib" \
		"each is charged what it maps"
	kill -KILL "$parent"
	wait_until has_ended user
	adds_up "the death of the parent"
	is "$(of_ioas 1 '"\(.pid) \(.owner_alive) \(.holders) \(.holder_pid) \(.mappings) \(.released_ns)"')" \
		"$child true 1 $child 2 null" "all of it is the child's"
	is "$(device_is "$edu" '"\(.state) \(.pid)"')" "open $child" "and so is the device"
	start_ready "a process is passed the context" context "$workloads/heir" --pid "$child" --file /dev/iommu
	start_ready "another one the device" device "$workloads/heir" --pid "$child" --file "$cdev"
	kill -KILL "$child"
	ok "the child dies" wait_until reports_that '.containers | map(select(.released_ns == null).holders) == [2]'
	adds_up "the death of the child"
	is "$(of_ioas 1 '"\(.pid) \(.owner_alive) \(.holder_comm) \(.mappings) \(.devices)"')" \
		"$child false heir 2 [\"$edu\"]" "what it had is held by others"
	is "$(device_is "$edu" '"\(.state) \(.pid) \(.comm)"')" "open ${pid_of[device]} heir" "the device by one of them"
	finish "the first ends" context 0
	report
	is "$(of_ioas 1 '"\(.holders) \(.holder_pid) \(.released_ns)"')" "1 ${pid_of[device]} null" \
		"the device keeps its context"
	finish "the second ends" device 0
	adds_up "the last file is closed"
	is "$(device_is "$edu" .state) $(figure '[.containers[] | .released_ns > 0] | all')" "closed true" \
		"and nothing is left"
	finish "the parent was killed" user 137
}

[ -z "$VFIOTOP_ALL" ] || passed_on
rmmod vfio_test_access
finish_by TERM "vfiotop ends" top 0

# --- Much that changes ------------------------------------------------------------------------

many=200 others=600
[ -z "$VFIOTOP_ALL" ] || many=2000 others=2000
start_ready "a process will die" doomed "$workloads/iommufd-user"
echo "many $many" >&"${input_of[doomed]}"
wait_long lines doomed 2
start_ready "another has many IOASes" user "$workloads/iommufd-user"
is "$(ask many $many)" 0 "$many of them"
ask ioas > /dev/null
attach_device "$cdev" $((many + 1))
watch_and_stop $many --max-containers $((3 * others + 5 * many))
ok "the walk is half through the first" wait_long is_stopped top
finish_by KILL "which dies" doomed 137
is "$(ask destroy 7)" 0 "the second destroys an IOAS meanwhile"
start_ready "contexts of another come and go" churn "$workloads/iommufd-user"
echo "churn $others" >&"${input_of[churn]}"
before=$(answers)
echo "flutter $((many + 1)) $many" >&"${input_of[user]}"
kill -CONT "${pid_of[top]}"
ok "the walk ends" wait_long is_ready top
wait_long more_answers_than "$before"
wait_until reports_that '.lost.census == 0'
is "$(figure .lost.census)" 0 "all are counted once they stand still" || diag "$(figure '.lost | tojson')"
is "$(figure "[.containers[] | select(.holder_pid == ${pid_of[user]})] | \"\\(length) \\(map(.mappings) | add)\"")" \
	"$many $((many - 1))" "each with its mapping, whatever others do" ||
	diag "$(figure '.lost | tojson')"
is "$(of_ioas $((many + 1)) '"\(.mappings) \(.pinned_bytes)"')" "0 0" "what was busy has what it had"
finish_by KILL "the other is killed" churn 137
finish "the first ends" user 0
adds_up "everything ended"
is "$(figure '[.containers[] | select(.released_ns == null)] | length')" 0 "no context has left a ghost" ||
	diag "$(figure '[.containers[] | select(.released_ns == null)] | .[0] | tojson')"
finish_by TERM "vfiotop ends" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- Who is charged, and iommufd alone --------------------------------------------------------

wait_until rmmod vfio_iommu_type1
start_ready "a process may not lock memory freely" user prlimit --memlock=131072 setpriv --bounding-set -ipc_lock \
	--inh-caps -ipc_lock "$workloads/iommufd-user"
ask ioas > /dev/null
# grouped COUNT: a process that has edu2 open so often, by its group
grouped() {
	local i

	start_ready "a process has a group" grouped "$workloads/iommufd-user"
	echo "vfio-group /dev/vfio/$(group_of "$edu2")" >&"${input_of[grouped]}"
	for ((i = 0; i < $1; i++)); do
		echo "vfio-device $edu2" >&"${input_of[grouped]}"
	done
	wait_until lines grouped $((2 + $1))
}

grouped 1
watch_with --runs
report
is "$(device_is "$edu2" .state) $(ioas_of "$edu2")" "open $(of "${pid_of[grouped]}" .iommufd) 1" \
	"a device that was opened by its group is where it was"
finish "its process ends" grouped 0
report
is "$(device_is "$edu2" .state)" closed "it is closed then"
grouped 2
report
is "$(device_is "$edu2" '"\(.state) \(.opens) \(.comm)"') $(ioas_of "$edu2")" \
	"open 2 iommufd-user $(of "${pid_of[grouped]}" .iommufd) 1" "another process opens it twice"
is "$(figure '.groups[] | "\(.id) \(.pid) \(.comm)"')" "$(group_of "$edu2") ${pid_of[grouped]} iommufd-user" \
	"and has its group"
finish "that ends" grouped 0
report
is "$(device_is "$edu2" '"\(.state) \(.closes)"')" "closed 3" "it is closed again"
is "$(figure '.groups | length')" 0 "and so is its group"
is "$(figure '"\(.source) \(.iommufd)"')" "iommufd true" "without VFIO's containers, iommufd alone is watched"
is "$(of_ioas 1 '"\(.before_watch) \(.mappings) \(.holder_comm)"')" "true 0 iommufd-user" "what was there is found"
ioas=$(ask ioas)
attach_device "$cdev" "$ioas"
is "$(ask map "$ioas" 65536 0x40000000)" $((0x40000000)) "it maps 64 KiB"
adds_up "a charge"
is "$(of_ioas "$ioas" '"\(.locked_by) \(.charged_bytes) \(.locked_bytes)"')" "user 65536 65536" "the user is charged"
is "$(of_ioas "$ioas" '.map | "\(.phase_ns.pin > 0) \(.phase_ns.iommu > 0) \(.ns.sum > .phase_ns.pin + .phase_ns.iommu)"')" \
	"true true true" "where its map spent its time" || diag "$(of_ioas "$ioas" '.map | tojson')"
is "$(ask map "$ioas" 131072)" -12 "not beyond the limit"
adds_up "a refused charge"
is "$(figure '.failures[-1] | "\(.stage) \(.text)"' | grep -o '^account\|up to .* too little')" \
	$'account\nup to 64 KiB too little' "and what it lacks is said" || diag "$(figure .failures[-1].text)"
is "$(device_is "$edu" '"\(.state) \(.opens) \(.comm)"')" "open 1 iommufd-user" "its device is known"

# What the kernel tells of each run that it puts into the IOMMU, beside what is counted.
prlimit --pid "${pid_of[user]}" --memlock=unlimited
hugepages 3
runs=$(of_ioas "$ioas" .runs)
ok "the first map had runs" [ "$runs" -ge 1 ]
is "$(of_ioas "$ioas" '[.leaf_bytes[]] | add')" 65536 "by leaves of as many bytes"
echo 1 > /sys/kernel/tracing/events/iommu/map/enable
is "$(ask hugemap "$ioas" $((4 * mib)) 0x80000000)" $((0x80000000)) "it maps two huge pages"
is "$(ask hugemap "$ioas" $((2 * mib)) 0xa0001000)" $((0xa0001000)) "and one at an odd address"
echo 0 > /sys/kernel/tracing/events/iommu/map/enable
more=$(grep -c 'map: .*iova=0x0*\(8[0-3]\|a0[0-2]\)' /sys/kernel/tracing/trace)
report
is "$(of_ioas "$ioas" .runs)" $((runs + more)) "runs are counted as the kernel tells"
is "$(of_ioas "$ioas" '.leaf_bytes | "\(.["2097152"]) \([.[]] | add)"')" "$((4 * mib)) $((6 * mib + 65536))" \
	"and their leaves" || diag "$(of_ioas "$ioas" '.leaf_bytes | tojson')"
bare=$(ask ioas)
ask map "$bare" 65536 > /dev/null
report
is "$(of_ioas "$bare" '"\(.runs) \(.leaf_bytes["4096"])"')" "null null" "without a device there are none yet"
like "$(of_ioas "$bare" .superpage_hint)" 'before a device' "and why that is"
finish "it ends" user 0
hugepages 0
report
is "$(device_is "$edu" '"\(.state) \(.closes)"')" "closed 1" "until it is closed"

start_ready "another process has locked memory" user prlimit --memlock=$((4 * 65536)) setpriv \
	--bounding-set -ipc_lock --inh-caps -ipc_lock "$workloads/iommufd-user"
is "$(ask lock 65536)" 0 "of its own"
is "$(ask account-mm)" 0 "and has itself charged, not its user"
ioas=$(ask ioas)
attach_device "$cdev" "$ioas"
ask map "$ioas" 65536 0x40000000 > /dev/null
adds_up "a charge of the process"
is "$(of_ioas "$ioas" '"\(.locked_by) \(.charged_bytes) \(.locked_bytes) \(.locked_limit_bytes)"')" \
	"mm 65536 $(bytes_of VmLck) $((4 * 65536))" "it is charged beside what it had locked"
is "$(bytes_of VmLck) $(bytes_of VmPin)" "131072 65536" "as the kernel says"
is "$(ask map "$ioas" $((3 * 65536)))" -12 "not beyond its limit"
report
is "$(figure '.failures[-1] | "\(.stage) \(.text)"' | grep -o '^account\|up to .* too little')" \
	$'account\nup to 64 KiB too little' "by what that lacks" || diag "$(figure .failures[-1].text)"
ask unmap "$ioas" 65536 0x40000000 > /dev/null
report
is "$(of_ioas "$ioas" '"\(.charged_bytes) \(.locked_bytes)"')" "0 $(bytes_of VmLck)" "an unmap gives it back"
finish "it ends" user 0
finish_by TERM "vfiotop ends" top 0

done_testing
