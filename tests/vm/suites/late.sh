#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A watch that begins when VFIO has been in use for long: what was there before is
# found, and the totals are right from then on.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

mib=$((1 << 20))

# of_group FILTER, of_device FILTER: of the row of $group and $edu
of_group() {
	figure ".groups[] | select(.id == $group) | $1"
}

of_device() {
	figure ".devices[] | select(.address == \"$edu\") | $1"
}

# Of the only container: what it had, and what came and went since, is what it has, but for
# requests whose begin came before the watch.
# shellcheck disable=SC2016 # these are variables of jq
adds_up='.lost.starts as $starts | .containers[0] |
	[(.census.mappings + .map.count - .unmap.count - .teardown.mappings - .mappings),
	 (.census.bytes + .map.bytes - .unmap.bytes - .teardown.bytes) / 4096 - .mappings] |
	all(fabs <= $starts)'

# As many as one container may have; in the other machines fewer, to save time.
many=2000
[[ -z $VFIOTOP_ALL && $(uname -r) != 6.12.* ]] || many=60000

# Modules that keep no totals have to be walked, which takes a moment without a change.
at_once=". == $many or . == $((many - 1))"
[ "$VFIOTOP_MODULES" = ours ] || at_once+=' or . == null'

hugepages 16
use "$edu" "$edu2"

# --- Two containers with all kinds of memory -------------------------------------------------

with "$edu"
group=$(group_of "$edu")
start_ready "a process maps three kinds" map "$workloads/hugemap" "${device[@]}" --size 8 --hold
mapper=${pid_of[map]}
with "$edu2"
start_ready "another maps 1 MiB" hold "$workloads/holder" "${device[@]}"
holder=${pid_of[hold]}

watch_with
report
is "$(figure .census)" true "what was there is looked for"
is "$(figure '.containers | length')" 2 "two containers are found"
is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "with all the pages that the kernel says"
is "$(figure .totals.pinned_bytes)" $((25 * mib)) "which are those of both"
is "$(figure '.totals | "\(.map.count) \(.unmap.count)"')" "0 0" "no request was seen"
pid=$mapper
same '"\(.before_watch) \(.opened_ns) \(.opener_pid)"' "true null null" "it is from before the watch"
same '"\(.comm) \(.owner_alive) \(.backend)"' "hugemap true vfio-iommu-type1" \
	"its owner and its backend"
same '"\(.holders) \(.holder_pid) \(.holder_comm)"' "1 $mapper hugemap" "its holder"
same '"\(.groups) \(.devices)"' "[$group] [\"$edu\"]" "its group and its device"
same '"\(.mappings)/\(.mappings_limit)"' 3/65535 "its mappings"
same '"\(.pinned_bytes) \(.pinned_peak_bytes)"' "$((24 * mib)) $((24 * mib))" "its pins"
same '.census | "\(.mappings) \(.bytes) \(.pinned_bytes)"' "3 $((24 * mib)) $((24 * mib))" \
	"the walk along its mappings says the same"
same '[.ranges[] | "\(.iova) \(.size_bytes) \(.leaves)"] | join(", ")' \
	"0x100000000 $((8 * mib)) null, 0x1100000000 $((8 * mib)) null, 0x2100000000 $((8 * mib)) null" \
	"and where they lie"
pid=$holder
same '.ranges | tostring' "[]" "that the other has no large ones"
same '.census | "\(.mappings) \(.bytes) \(.pinned_bytes)"' "1 $mib $mib" "so it does of the other"
is "$(of_group '"\(.pid) \(.comm) \(.owner_alive) \(.opened_ns)"')" "$mapper hugemap true null" \
	"the group's owner"
is "$(of_group .container)" "$(of "$mapper" .id)" "and container"
is "$(of_group '.reserved[] | select(.kind == "msi") | "\(.iova) \(.size_bytes)"')" \
	"0xfee00000 $mib" "and which of its IOVAs are reserved"
is "$(of_device '"\(.state) \(.group) \(.pid) \(.comm) \(.container)"')" \
	"open $group $mapper hugemap $(of "$mapper" .id)" "the device and its owner"
like "$("$VFIOTOP_ROOT/build/vfiotop" --once -d 0.1)" "hugemap .* old " "the screen says that it is old"

finish "it unmaps and ends" map 0
pid=$mapper
report
same '"\(.mappings) \(.pinned_bytes)"' "0 0" "nothing is left"
same '"\(.unmap.count) \(.unmap.bytes)"' "3 $((24 * mib))" "after its unmaps"
same '.census | "\(.mappings) \(.bytes)"' "3 $((24 * mib))" "what was before stays as it was"
same '"\(.left_pinned_bytes // 0) \(.owner_alive)"' "0 false" "it is gone"
finish "so does the other" hold 0
report
is "$(figure .totals.pinned_bytes)" 0 "nothing is pinned"
is "$(pinned_now)" 0 "as the kernel says"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
is "$(figure '.leaks | length')" 0 "nothing leaks"
finish_by TERM "vfiotop ends" top 0

# --- Many mappings, which change -------------------------------------------------------------

with "$edu"
start churn "$workloads/churner" "${device[@]}" --count "$many"
ok "a process makes $many mappings and goes on changing them" wait_long is_ready churn
pid=${pid_of[churn]}
watch_with
report
same ".mappings | $at_once" true "all are found"
same ".pinned_bytes | if . then . / 4096 else . end | $at_once" true "with their pins"
same ".census.mappings | . == null or $at_once" true "each counts once, or none"
is "$(figure '.lost.census == ([.containers[] | select(.mappings == null)] | length)')" true \
	"what is not known yet is said"
ok "they change during the watch" wait_until reports_that \
	".containers[] | .map.count > 100 and .unmap.count > 100"
ok "it stops" tell churn still
ok "then all is known" wait_until reports_that '.containers[] | .census.mappings != null'
same '"\(.mappings) \(.pinned_bytes)"' "$many $((many * 4096))" "its mappings and pins"
is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "as many as the kernel says"
is "$(figure "$adds_up")" true "what was there and what came and went add up"
same ".pinned_peak_bytes <= $((many * 4096))" true "it never had more"
ok "it unmaps each" tell churn empty
report
same '"\(.mappings) \(.pinned_bytes)"' "0 0" "nothing is left"
is "$(figure "$adds_up")" true "and all adds up"
is "$(pinned_now)" 0 "the kernel has nothing pinned"
is "$(figure .lost.census)" 0 "no walk was cut"
finish "it ends" churn 0
report
same '"\(.teardown.mappings) \(.left_pinned_bytes // 0)"' "0 0" "with nothing to tear down"
finish_by TERM "vfiotop ends" top 0

# --- A file that was passed on, and an owner that died ----------------------------------------

# passed_on NAME WHAT: only the file of this name holds the container
passed_on() {
	local what=$2

	start_ready "$what: a process maps" leak "$workloads/leaker" "${device[@]}" --count 16
	leaker=${pid_of[leak]}
	start_ready "$what: another takes its file" heir "$workloads/heir" --pid "$leaker" --file "$1"
	heir=${pid_of[heir]}
	finish_by KILL "$what: the owner is killed" leak 137

	"$VFIOTOP_ROOT/build/vfiotop" --json -n 3 -d 0.2 > "$tmp/report.all"
	settle
	tail -n 1 "$tmp/report.all" > "$tmp/report"
	is "$(figure '.containers | length')" 1 "$what: the container is found"
	is "$(figure '.containers[0] | "\(.mappings) \(.pinned_bytes)"')" "16 $mib" \
		"$what: with its mappings and pins"
	is "$(figure '.containers[0] | "\(.pid) \(.owner_alive)"')" "$leaker false" \
		"$what: its owner is dead"
	is "$(figure '.containers[0] | "\(.holders) \(.holder_pid) \(.holder_comm)"')" "1 $heir heir" \
		"$what: another process holds it"
	is "$(figure '.leaks | map("\(.kind): \(.text)") | join(" ")')" \
		"orphan: the owner is dead and $heir (heir) holds the container" "$what: it is an orphan"

	watch_with
	report
	is "$(figure '.containers[0] | "\(.mappings) \(.pinned_bytes)"')" "16 $mib" \
		"$what: another watch finds it, too"
	finish "$what: the file is closed" heir 0
	report
	is "$(figure '.containers[0] | "\(.mappings) \(.pinned_bytes) \(.released_ns != null)"')" \
		"0 0 true" "$what: the container is released"
	is "$(pinned_now)" 0 "$what: the kernel has nothing pinned"
	finish_by TERM "$what: vfiotop ends" top 0
}

passed_on "/dev/vfio/$group" "a group's file"
passed_on "anon_inode:[vfio-device]" "a device's file"

watch_with
start_ready "a process opens the group during the watch" leak "$workloads/leaker" "${device[@]}"
leaker=${pid_of[leak]}
report
is "$(of_group '"\(.pid) \(.comm) \(.owner_alive)"')" "$leaker leaker true" "it has the group"
start_ready "another takes the group's file" heir "$workloads/heir" --pid "$leaker" \
	--file "/dev/vfio/$group"
heir=${pid_of[heir]}
finish_by KILL "the first is killed" leak 137
ok "the group is the other's" wait_until reports_that \
	".groups[] | select(.id == $group) | .pid == $heir and .comm == \"heir\" and .owner_alive"
finish "the file is closed" heir 0
ok "nobody has the group" wait_until reports_that '.groups | length == 0'
is "$(figure .totals.pinned_bytes)" 0 "nothing is pinned"
finish_by TERM "vfiotop ends" top 0

# --- Untyped programs -------------------------------------------------------------------------

if [ "$VFIOTOP_MODULES" = ours ]; then
	start_ready "a process maps" map "$workloads/leaker" "${device[@]}" --count 16
	watch_with --attach=raw_tp
	report
	is "$(figure '"\(.attach) \(.census) \(.containers[0].pinned_bytes)"')" \
		"raw_tp true $mib" "untyped programs find it as well"
	finish_by TERM "vfiotop ends" top 0
	finish "the process ends" map 0
fi

# --- Cgroups ------------------------------------------------------------------------------------

mkdir -p "$tmp/cgroup"
mount -t cgroup2 none "$tmp/cgroup"
scope='machine.slice/machine-qemu\x2d3\x2ddb\x2dserver.scope'
mkdir -p "$tmp/cgroup/$scope/libvirt"
start_ready "a process maps" map "$workloads/leaker" "${device[@]}" --count 16
pid=${pid_of[map]}
echo "$pid" > "$tmp/cgroup/$scope/libvirt/cgroup.procs"
watch_with
report
same .cgroup "/$scope/libvirt" "its cgroup"
same '"\(.unit) \(.domain) \(.pod)"' "${scope#*/} db-server null" "its unit and its virtual machine"
finish_by KILL "it is killed" map 137
report
same '"\(.owner_alive) \(.domain)"' "false db-server" "which is remembered when it is dead"
finish_by TERM "vfiotop ends" top 0
rmdir "$tmp/cgroup/$scope/libvirt" "$tmp/cgroup/$scope" "$tmp/cgroup/machine.slice"
umount "$tmp/cgroup"

done_testing
