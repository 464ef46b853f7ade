#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The figures of vfiotop on the distribution's own modules are what the workloads did,
# and what the kernel counts; what cannot be known there is unknown.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = stock ] || plan_skip_all "this is about the distribution's modules"

mib=$((1 << 20))

# Locked memory of a process, in bytes.
locked_of() {
	awk '$1 == "VmLck:" { print $2 * 1024 }' "/proc/$1/status"
}

# known VALUE: that, where unpins are counted, else unknown
known() {
	[ -n "$runs" ] && echo "$1" || echo null
}

maps_and_unmaps() {
	start_ready "$what: a process maps" map "$workloads/hugemap" "${device[@]}" --size 8 \
		--count 2 --hold --dirty
	pid=${pid_of[map]}
	report
	same '"\(.comm) \(.backend) \(.owner_alive)"' "hugemap vfio-iommu-type1 true" \
		"$what: its name and backend"
	same '"\(.groups) \(.devices)"' "[$group] [\"$edu\"]" "$what: its group and device"
	same '"\(.mappings) \(.mappings_limit)"' "3 65535" "$what: its mappings, and as many allowed"
	same '"\(.map.count) \(.unmap.count)"' "6 3" "$what: in the second round"
	same '.map_sizes | "\(map(.maps) | add) \(map(.mappings) | add)"' "6 3" "$what: by size, too"
	dirty_log "$what" 8
	same .pinned_bytes $((24 * mib)) "$what: its pins"
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "$what: as the kernel says"
	same .charged_bytes $((24 * mib)) "$what: its charge"
	same .locked_bytes "$(locked_of "$pid")" "$what: its locked memory, as /proc says"
	same .locked_unlimited true "$what: which nothing limits"
	finish "$what: it ends" map 0
	report
	same .map.count "$(json "$tmp/map.out" .maps)" "$what: as many maps as it says"
	same .map.bytes "$(json "$tmp/map.out" .bytes_mapped)" "$what: as many bytes"
	same .unmap.count "$(json "$tmp/map.out" .unmaps)" "$what: as many unmaps"
	same .unmap.bytes "$(json "$tmp/map.out" .bytes_unmapped)" "$what: as many bytes"
	same '"\(.map.errors) \(.unmap.errors) \(.unmap.differs)"' "0 0 0" "$what: none failed"
	same '"\(.mappings) \(.pinned_bytes) \(.charged_bytes)"' "0 0 0" "$what: nothing is left"
	same .pinned_peak_bytes $((24 * mib)) "$what: the peak"
	same '.map.ns | .p50 > 0 and .p50 <= .p99 and .p99 <= .max * 1.25 and .max <= .sum' true \
		"$what: latencies are in order"
	same '.released_ns > .opened_ns' true "$what: the container is gone"
	same '.leaf_bytes["4096"]' $((16 * mib)) "$what: bytes in leaves of 4 KiB"
	same '.leaf_bytes["2097152"]' $((32 * mib)) "$what: and of 2 MiB"
	same '.runs > 0' true "$what: runs"
	same .left_pinned_bytes "$(known 0)" "$what: pins left"
	same '[.map.phase_ns[]] | tostring' '[null,null,null]' "$what: phases are unknown"
	is "$(figure '.groups | length')" 0 "$what: nobody has a group"
	is "$(figure '.devices[] | "\(.address) \(.state) \(.opens) \(.closes) \(.open.ns.last > 0)"')" \
		"$edu closed 1 1 true" "$what: the device was opened and closed"
}

teardown() {
	start_ready "$what: a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 16 --size 64
	pid=${pid_of[leak]}
	report
	same '"\(.mappings) \(.pinned_bytes)"' "16 $mib" "$what: its mappings and pins"
	same '.map_sizes | map("\(.from_bytes) \(.maps)") | join(", ")' "65536 16" "$what: their size"
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "$what: as the kernel says"
	finish_by KILL "$what: it is killed" leak 137
	report
	same '"\(.mappings) \(.pinned_bytes) \(.unmap.count)"' "0 0 0" "$what: its end unpins all"
	same '.teardown | "\(.count) \(.mappings) \(.bytes) \(.ns > 0)"' "1 16 $mib true" \
		"$what: in one teardown"
	same '.released_ns > .opened_ns' true "$what: the container is gone"
	is "$(figure '.leaks | length')" 0 "$what: which is no leak"
	is "$(pinned_now)" 0 "$what: the kernel has nothing pinned"
}

# Each stage, as on our modules.
stages='account -12, alignment -22, aperture -22, argument -22, overflow -22, overlap -17, pin -14, reserved -22'

failures() {
	start_ready "$what: maps fail" fail "$workloads/failmap" "${device[@]}"
	pid=${pid_of[fail]}
	report
	same .map.errors "$(json "$tmp/fail.out" .errors)" "$what: as many failed maps"
	same .map.count "$(json "$tmp/fail.out" .maps)" "$what: beside those that succeeded"
	same .map.bytes "$(json "$tmp/fail.out" .bytes_mapped)" "$what: with their bytes only"
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "$what: a failed map pins nothing"
	same '.first_failure | "\(.operation) \(.stage) \(.ret)"' "map argument -22" \
		"$what: the first failure"
	is "$(figure '[.failures[].ret] | sort | tostring')" \
		"$(json "$tmp/fail.out" '[.errnos[]] | sort | tostring')" "$what: each with its errno"
	is "$(figure '[.failures[] | "\(.stage) \(.ret)" | sub("overflow -75"; "overflow -22")]
		| sort | join(", ")')" "$stages" "$what: and the stages"
	like "$(figure '.failures[] | select(.stage == "aperture") | .text')" \
		'outside the aperture of the IOMMU, 0x0 to 0x[0-9a-f]+$' "$what: with the aperture"
	like "$(figure '.failures[] | select(.stage == "reserved") | .text')" \
		'reserved region at 0xfee00000 of 1 MiB$' "$what: with the reserved range"
	like "$(figure '.failures[] | select(.stage == "overlap") | .text')" \
		'in the way at 0x100000000 of 64 KiB$' "$what: with the mapping in the way"
	like "$(figure '.failures[] | select(.stage == "account") | .text')" \
		'RLIMIT_MEMLOCK 0 B, up to [0-9]+ KiB too little$' "$what: with what is missing"
	same .locked_limit_bytes 0 "$what: the limit that was reached"

	start refused "$workloads/hugemap" "${device[@]}"
	refused=${pid_of[refused]}
	finish "$what: a second process is refused" refused 1
	report
	is "$(figure ".groups[] | select(.id == $group) | \"\(.pid) \(.open_errors)\"")" "$pid 1" \
		"$what: the group counts it and keeps its owner"
	is "$(figure '.failures[-1] | "\(.operation) \(.ret) \(.pid) \(.holder_pid)"')" \
		"group-open -16 $refused $pid" "$what: the failure names who has the group"
	finish "$what: the first process ends" fail 0

	# CAP_IPC_LOCK of another user namespace than the initial one does not count.
	start confined prlimit --memlock=0 unshare -U -r "$workloads/hugemap" "${device[@]}" \
		--kind 4k --size 1
	finish "$what: root of a user namespace has a limit" confined 1
	report
	is "$(figure '.failures[-1] | "\(.operation) \(.stage) \(.ret)"')" "map account -12" \
		"$what: its map is known to be over it"
}

in_flight() {
	ok "$what: the module that withholds memory loads" load_test_module vfio_test_withheld
	start_ready "$what: a map waits for memory" stuck "$workloads/stuckmap" "${device[@]}" --size 16
	pid=${pid_of[stuck]}
	report
	same '.in_flight[0] | "\(.operation) \(.pid) \(.iova) \(.size_bytes) \(.elapsed_ns > 0)"' \
		"map $pid 0x100000000 $((16 * mib)) true" "$what: it is in flight"
	same .map.count 0 "$what: and does not count yet"
	finish_by KILL "$what: it is killed" stuck 137
	report
	same '"\(.map.errors) \(.pinned_bytes) \(.in_flight | length)"' "1 0 0" "$what: its map failed"
	crowd
	ok "$what: the module unloads" rmmod vfio_test_withheld
}

# What keeps superpages away, and where.
apart() {
	start_ready "$what: a process maps at IOVAs apart from its addresses" map \
		"$workloads/hugemap" "${device[@]}" --size 8 --kind hugetlb --shift 4 --hold
	pid=${pid_of[map]}
	report
	same '"\(.incongruent_bytes) \(.superpage_percent)"' "$((8 * mib)) 0" \
		"$what: no superpage fits"
	same '.ranges | map("\(.iova) \(.size_bytes) \(.leaves)") | join(", ")' '0x2100001000 8388608 4K' \
		"$what: where they lie"
	same '.superpage_hint | test("IOVA and address differ")' true "$what: and why"
	finish "$what: it unmaps and ends" map 0
	report
	same '.ranges | tostring' "[]" "$what: nothing is there any more"
}

# attached PROGRAM: how many programs of that name are attached
attached() {
	local id programs n=0

	programs=$(bpftool -j prog show | jq ".[] | select(.name == \"$1\") | .id")
	for id in $programs; do
		n=$((n + $(bpftool -j link show | jq "[.[] | select(.prog_id == $id)] | length")))
	done
	echo "$n"
}

is_attached() {
	[ "$(attached stock_pin_run)" = "$1" ]
}

# More short runs than are cheap to count: the rest is not counted, and nobody is told a part.
short_runs() {
	local counted

	start_ready "$what: a process maps hugepages" before "$workloads/hugemap" "${device[@]}" \
		--size 8 --kind hugetlb --hold
	report
	pid=${pid_of[before]}
	same '.leaf_bytes["2097152"]' $((8 * mib)) "$what: hugepages that were mapped before"
	is "$(figure .runs_over_budget)" false "$what: runs are counted"
	ok "$what: by a program" is_attached 1
	start_ready "$what: a process maps 64 MiB of scattered pages" short "$workloads/hugemap" \
		"${other[@]}" --size 64 --kind 4k --hold
	[ -n "$runs" ] || ok "$what: the program is detached" wait_until is_attached 0
	report
	pid=${pid_of[short]}
	counted=$([ -n "$runs" ] && echo true || echo false)
	is "$(figure .runs_over_budget)" "$([ -n "$runs" ] && echo false || echo true)" \
		"$what: that is too much, unless all are wanted"
	same '.runs != null and .runs > 5120' "$counted" "$what: its runs"
	same '"\(.leaf_bytes["4096"]) \(.superpage_hint | test("too costly"))"' \
		"$([ -n "$runs" ] && echo "$((64 * mib))" || echo null) $([ -n "$runs" ] && echo false || echo true)" \
		"$what: its leaves, or why they are not known"
	same .pinned_bytes $((64 * mib)) "$what: its pins are known"
	same '[.ranges[] | "\(.size_bytes) \(.leaves)"] | join(" ")' \
		"$((64 * mib)) $([ -n "$runs" ] && echo 4K || echo null)" "$what: and where it lies"
	pid=${pid_of[before]}
	same '.leaf_bytes["2097152"]' $((8 * mib)) "$what: what was counted before stays"
	finish "$what: it ends" short 0
	finish "$what: and the first" before 0
}

# Threads whose numbers agree in their low bits, all in a request at once. On a kernel that is
# preemptible a program may miss events of a thread that interrupts it, or be interrupted while
# it reads the mappings: as often as it says.
crowd() {
	local missed maps errors bytes unmaps unmapped

	echo 4194304 > /proc/sys/kernel/pid_max
	start_ready "$what: 64 threads map and unmap at once" crowd "$workloads/crowd" "${device[@]}"
	pid=${pid_of[crowd]}
	report
	missed=$(figure '.lost | .missed + .reads')
	same "[.mappings, .pinned_bytes / 4096, .charged_bytes / 4096] | all(. != null and fabs <= $missed)" true \
		"$what: T8: nothing is left"
	finish "$what: they end" crowd 0
	read -r maps errors bytes unmaps unmapped < <(json "$tmp/crowd.out" \
		'"\(.maps) \(.errors) \(.bytes_mapped) \(.unmaps) \(.bytes_unmapped)"')
	same "[$maps - .map.count, $errors - .map.errors, $unmaps - .unmap.count] | all(. >= 0) and add <= $missed" \
		true "$what: their maps and unmaps"
	same "[$bytes - .map.bytes, $unmapped - .unmap.bytes] | all(. >= 0) and add <= $missed * 4096" \
		true "$what: as many bytes"
	same .unmap.errors 0 "$what: no unmap fails"
	same '[.map.ns, .unmap.ns] | all(.p50 > 0)' true "$what: each was timed"
}

hugepages 64
use "$edu" "$edu2"
with "$edu2"
other=("${device[@]}")
with "$edu"
group=$(group_of "$edu")

# With --runs the programs are all those of the default and some more.
modes=('' --runs)
[[ -n $VFIOTOP_ALL || $VFIOTOP_RELEASE == 6.12.* ]] || modes=(--runs)
lost=.
[[ $VFIOTOP_RELEASE != 7.* ]] || lost='del(.missed, .reads)'
for runs in "${modes[@]}"; do
	what=${runs:-default}
	# shellcheck disable=SC2086 # no word, or one
	watch_with $runs
	report
	is "$(figure '"\(.schema) \(.source) \(.attach)"')" "vfiotop/2 stock fentry" "$what: the source"
	maps_and_unmaps
	teardown
	failures
	apart
	short_runs
	[ ! -e "$VFIOTOP_BUILT/vfio_test_withheld.ko" ] || in_flight
	is "$(figure "[.lost | $lost | .[]] | add")" 0 "$what: nothing was lost" || diag "$(figure '.lost | tojson')"
	is "$(figure '.leaks | length')" 0 "$what: nothing leaks"
	finish_by TERM "$what: vfiotop ends at SIGTERM" top 0
	is "$(wc -l < "$tmp/top.err")" 0 "$what: and complained about nothing"
done

# --- A container from before the watch -----------------------------------------------------

start_ready "a process maps before the watch" map "$workloads/hugemap" "${device[@]}" --size 8 \
	--kind 4k --hold
pid=${pid_of[map]}
watch_with
report
finish "it unmaps and ends under the watch" map 0
report
same '"\(.map.count) \(.unmap.count) \(.unmap.bytes)"' "0 1 $((8 * mib))" "its unmap is counted"
same '"\(.pinned_bytes) \(.charged_bytes) \(.opened_ns)"' "0 null null" \
	"what it had before is gone, its charges and age are unknown"
same '.released_ns > 0' true "and it is gone"
is "$(bpftool -j map dump name backends | jq length)" 0 "no table keeps its backend"
is "$(figure '.leaks | length')" 0 "which is no leak"
finish_by TERM "vfiotop ends at SIGTERM" top 0

# --- Unloading --------------------------------------------------------------------------------

watch_with
done_with "$edu"
ok "the drivers unload while it watches" modprobe -r vfio-pci
ok "vfiotop waits for them" wait_until waits
ok "the rest unloads" wait_until unload_modules
use "$edu"
ok "loaded again, it watches" wait_until watches
ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
report
is "$(figure .totals.map.count)" 1 "and is seen"
finish_by TERM "vfiotop ends at SIGTERM" top 0

done_testing
