#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The figures of vfiotop are what the workloads did, and what the kernel counts.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/screen.bash
. "$VFIOTOP_ROOT/tests/vm/suites/screen.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock modules have no events"

mib=$((1 << 20))

# What the workloads say that they did, all together.
declare -A did=([maps]=0 [unmaps]=0 [bytes_mapped]=0 [bytes_unmapped]=0)

# add NAME: what this one said
add() {
	local key

	for key in "${!did[@]}"; do
		did[$key]=$((did[$key] + $(json "$tmp/$1.out" ".$key")))
	done
}

# The figures of one kind of memory, mapped once: kind, bytes by 4 KiB and by 2 MiB.
one_kind() {
	local kind=$1 by_4k=$2 by_2m=$3

	start_ready "$kind: a process maps" map "$workloads/hugemap" "${device[@]}" --size 8 \
		--kind "$kind" --hold
	pid=${pid_of[map]}
	report
	same .comm hugemap "$kind: its name"
	same .owner_alive true "$kind: it lives"
	same .backend vfio-iommu-type1 "$kind: its backend"
	same '.groups | tostring' "[$group]" "$kind: its group"
	same '.devices | tostring' "[\"$edu\"]" "$kind: its device"
	same .mappings 1 "$kind: one mapping"
	same .mappings_limit 65535 "$kind: of as many"
	same .pinned_bytes $((8 * mib)) "$kind: all of it is pinned"
	is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "$kind: as the kernel says, too"
	same .charged_bytes $((8 * mib)) "$kind: all of it is charged"
	same .map.count 1 "$kind: one map"
	same .map.bytes $((8 * mib)) "$kind: its bytes"
	same .map.errors 0 "$kind: no map failed"
	same .unmap.count 0 "$kind: no unmap yet"
	same '.leaf_bytes["4096"]' "$by_4k" "$kind: bytes in leaves of 4 KiB"
	same '.leaf_bytes["2097152"]' "$by_2m" "$kind: bytes in leaves of 2 MiB"
	same '.leaf_bytes | add' $((8 * mib)) "$kind: all leaves together"
	same '(.map.bytes / .runs | floor) == .mean_run_bytes' true "$kind: the mean run"
	same '.map.ns | .p50 > 0 and .p50 <= .p90 and .p90 <= .p99 and .p99 <= .max * 1.25' true \
		"$kind: latencies are in order"
	same '.map.ns | .max == .sum' true "$kind: the only map is the longest"
	same '.backing == {"ram_bytes": .map.bytes, "bar_bytes": 0, "other_bytes": 0}' true \
		"$kind: of memory"
	same .incongruent_bytes 0 "$kind: at an IOVA equal to the address modulo 2 MiB"
	same .released_ns null "$kind: the container is there"
	is "$(figure ".groups[] | select(.id == $group) | \"\(.pid) \(.comm)\"")" "$pid hugemap" \
		"$kind: the group's owner"
	is "$(figure ".groups[] | select(.id == $group) | .container")" "$(of "$pid" .id)" \
		"$kind: and container"

	finish "$kind: it unmaps and ends" map 0
	report
	add map
	same .mappings 0 "$kind: no mapping left"
	same .pinned_bytes 0 "$kind: nothing pinned"
	same .pinned_peak_bytes $((8 * mib)) "$kind: the peak"
	same .charged_bytes 0 "$kind: nothing charged"
	same .map.count 1 "$kind: still one map"
	same .unmap.count 1 "$kind: one unmap"
	same .unmap.bytes $((8 * mib)) "$kind: its bytes"
	same .unmap.errors 0 "$kind: no unmap failed"
	same .unmap.differs 0 "$kind: no unmap did another size than asked"
	same .teardown.mappings 0 "$kind: nothing was left for a teardown"
	same .left_pinned_bytes 0 "$kind: nothing was left pinned"
	same '.released_ns > .opened_ns' true "$kind: the container is gone"
	same .owner_alive false "$kind: so is its owner"
	is "$(figure ".groups | length")" 0 "$kind: nobody has a group"
	is "$(pinned_now)" 0 "$kind: the kernel has nothing pinned"
}

# many METHOD: three kinds, three rounds
many() {
	start_ready "$1: a process maps three kinds" map "$workloads/hugemap" "${device[@]}" \
		--size 8 --count 3 --hold --dirty
	pid=${pid_of[map]}
	report
	same '"\(.mappings) \(.map.count) \(.unmap.count)"' "3 9 6" "$1: in the third round"
	same '.map_sizes | map("\(.from_bytes) \(.maps) \(.mappings)") | join(", ")' "$((8 * mib)) 9 3" \
		"$1: all of one size"
	same .pinned_bytes $((24 * mib)) "$1: 24 MiB are pinned"
	dirty_log "$1" 8
	finish "$1: it ends" map 0
	report
	add map
	same .map.count "$(json "$tmp/map.out" .maps)" "$1: as many maps as it says"
	same .map.bytes "$(json "$tmp/map.out" .bytes_mapped)" "$1: as many bytes"
	same .unmap.count "$(json "$tmp/map.out" .unmaps)" "$1: as many unmaps"
	same .unmap.bytes "$(json "$tmp/map.out" .bytes_unmapped)" "$1: as many bytes"
	same .pinned_peak_bytes $((24 * mib)) "$1: the peak"
	same '.leaf_bytes["4096"]' $((24 * mib)) "$1: a third by 4 KiB"
	same '.leaf_bytes["2097152"]' $((48 * mib)) "$1: two thirds by 2 MiB"
}

hugepages 64
use "$edu" "$edu2"
with "$edu"
group=$(group_of "$edu")

watch_with
report
is "$(figure .schema)" vfiotop/2 "the schema"
is "$(figure .source)" tracepoints "the source"
is "$(figure .attach)" tp_btf "typed programs"
is "$(figure '.containers | length')" 0 "no container at first"

one_kind 4k $((8 * mib)) 0
one_kind thp 0 $((8 * mib))
one_kind hugetlb 0 $((8 * mib))
many tp_btf

# Of the two processes at once, whose figures are in the last report; more is in screen.sh.
on_screen() {
	local id own

	id=$(of "$leaker" .id)
	own=$(of "${pid_of[map]}" .id)
	open_terminal 100x50 C.UTF-8 -d 0.5
	await "the screen has both" has_rows "$own" "$id"
	await "what the leaker has pinned, and its mappings" row_has "$id" \
		"$leaker +leaker .* 1 MiB +16/65535 "
	await "the same of the other" row_has "$own" "${pid_of[map]} +hugemap .* 8 MiB +1/65535 "
	press / leaker Enter
	await "the filter leaves one row" in_order "$id"
	press Enter
	await "Enter leads into its address space" has "^Container $id of $leaker \(leaker\), vfio-iommu-type1"
	await "which has the mappings from before" has "  mappings 16  limit 65535  of each 64 KiB"
	press q
	restored 0 "q"
	# It has inherited what ends the others.
	end_terminal
}

# --- Two processes at once, one of which never unmaps -------------------------------------

with "$edu2"
start_ready "a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 16 --size 64
leaker=${pid_of[leak]}
with "$edu"
start_ready "and another process" map "$workloads/hugemap" "${device[@]}" --size 8 --kind thp --hold
pid=$leaker
report
same '"\(.mappings) \(.pinned_bytes) \(.map.count) \(.unmap.count)"' "16 $mib 16 0" \
	"the leaker's mappings, bytes, maps and unmaps"
is "$(figure .totals.pinned_bytes)" $((9 * mib)) "both together"
is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "as the kernel says"
is "$(figure '[.containers[] | select(.released_ns == null)] | length')" 2 "two containers"
# On one kernel that is enough, as the screen is the same.
[[ $VFIOTOP_RELEASE == 7.* && -z $VFIOTOP_ALL ]] || on_screen
finish "the other process ends" map 0
add map
finish_by KILL "the leaker is killed" leak 137
# It cannot say so any more.
did[maps]=$((did[maps] + 16))
did[bytes_mapped]=$((did[bytes_mapped] + mib))
report
same '"\(.mappings) \(.pinned_bytes) \(.unmap.count)"' "0 0 0" "T5: the leaker's end unpins all"
same '"\(.teardown.mappings) \(.teardown.bytes) \(.left_pinned_bytes)"' "16 $mib 0" \
	"T5: in a teardown"
is "$(figure '.leaks | length')" 0 "T5: which is no leak"
is "$(pinned_now)" 0 "T5: the kernel has nothing pinned"

# --- Failures ---------------------------------------------------------------------------------

start_ready "maps fail" fail "$workloads/failmap" "${device[@]}"
pid=${pid_of[fail]}
report
same .map.errors "$(json "$tmp/fail.out" .errors)" "as many failed maps"
same .map.count "$(json "$tmp/fail.out" .maps)" "beside those that succeeded"
same .map.bytes "$(json "$tmp/fail.out" .bytes_mapped)" "with their bytes only"
same .pinned_bytes 65536 "T5: a failed map pins nothing"
is "$(figure .totals.pinned_bytes)" "$(pinned_now)" "T5: as the kernel says"
same '.first_failure | "\(.operation) \(.stage) \(.ret)"' "map argument -22" "the first failure"
said='[.errnos | to_entries[] | "\(.key) \(.value)"] | sort | join(", ")'
is "$(figure '[.failures[] | "\(.stage) \(.ret)"] | sort | join(", ")')" \
	"$(json "$tmp/fail.out" "$said")" \
	"each failure with its stage and errno"

with "$edu"
start refused "$workloads/hugemap" "${device[@]}"
refused=${pid_of[refused]}
finish "C5: a second process is refused" refused 1
report
is "$(figure ".groups[] | select(.id == $group) | \"\(.pid) \(.open_errors)\"")" "$pid 1" \
	"C5: the group counts it and keeps its owner"
is "$(figure '.failures[-1] | "\(.operation) \(.ret) \(.pid) \(.holder_pid)"')" \
	"group-open -16 $refused $pid" "C5: the failure names who has the group"
finish "the first process ends" fail 0
add fail
failed=$(json "$tmp/fail.out" .errors)

# --- In flight ----------------------------------------------------------------------------------

ok "the module that withholds memory loads" load_test_module vfio_test_withheld
start_ready "a map waits for memory" stuck "$workloads/stuckmap" "${device[@]}" --size 16
pid=${pid_of[stuck]}
report
same '.in_flight | length' 1 "one request is in flight"
same '.in_flight[0] | "\(.operation) \(.pid) \(.iova) \(.size_bytes)"' \
	"map $pid 0x100000000 $((16 * mib))" "it is the map"
same '.in_flight[0].done_bytes' $((8 * mib)) "half of it is pinned"
same '.in_flight[0].elapsed_ns > 0' true "for a while"
same .map.count 0 "it does not count yet"
finish "it gets its memory" stuck 0
report
add stuck
same '.in_flight | length' 0 "nothing is in flight then"
same '"\(.map.count) \(.map.bytes) \(.unmap.count)"' "1 $((16 * mib)) 1" "and it counts"

start_ready "another waits for memory" stuck "$workloads/stuckmap" "${device[@]}" --size 16
pid=${pid_of[stuck]}
finish_by KILL "T5: and is killed in the middle of its map" stuck 137
report
same '.map.errors' 1 "T5: its map failed"
same '.pinned_bytes' 0 "T5: and left no pin"
same '.in_flight | length' 0 "T5: nothing is in flight"
is "$(pinned_now)" 0 "T5: the kernel has nothing pinned"

ok "the module unloads" rmmod vfio_test_withheld

# --- All of it ------------------------------------------------------------------------------------

is "$(figure '.totals.map | "\(.count) \(.bytes)"')" "${did[maps]} ${did[bytes_mapped]}" \
	"the totals of all maps"
is "$(figure '.totals.unmap | "\(.count) \(.bytes)"')" "${did[unmaps]} ${did[bytes_unmapped]}" \
	"the totals of all unmaps"
is "$(figure .totals.map.errors)" $((failed + 1)) "the total of failed maps, the killed one too"
is "$(figure .totals.unmap.errors)" 0 "no unmap failed"
is "$(figure '.totals | .map.bytes - .unmap.bytes - .teardown.bytes - .pinned_bytes')" 0 \
	"every byte that was mapped was unmapped"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
is "$(figure '.leaks | length')" 0 "nothing leaks"
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

watch_with --attach=raw_tp
many raw_tp
is "$(figure .attach)" raw_tp "untyped programs"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"

start_ready "a process maps at IOVAs apart from its addresses" map "$workloads/hugemap" \
	"${device[@]}" --size 64 --kind hugetlb --shift 4 --hold
pid=${pid_of[map]}
report
same .incongruent_bytes $((64 * mib)) "all of it"
same .superpage_percent 0 "no superpage fits"
same '.ranges | map("\(.iova) \(.size_bytes) \(.leaves)") | join(", ")' '0x2100001000 67108864 4K' \
	"where they lie"
same '.superpage_hint | test("IOVA and address differ")' true "and the reason is known"
is "$(figure .disable_hugepages)" false "it is not the module's parameter"
advice=$("$VFIOTOP_ROOT/build/vfiotop" advise "$pid" --container "$(of "$pid" .id)" --json -d 0.1)
is "$(jq '.containers[0].container' <<< "$advice")" "$(of "$pid" .id)" \
	"the advice is about its container"
is "$(jq -c '[.containers[0].unknown[].how | test("vfiotop record")]' <<< "$advice")" '[true]' \
	"and says that its maps were not seen"
finish "it unmaps and ends" map 0
report
same '.ranges | tostring' "[]" "nothing is there any more"
finish_by TERM "vfiotop ends at SIGTERM" top 0

start_ready "vfiotop watches one process" top "$VFIOTOP_ROOT/build/vfiotop" --json -d 3600 \
	--ready-fd 1 --pid $$
"$workloads/hugemap" "${device[@]}" --size 8 > "$tmp/hugemap"
report
is "$(figure '.containers | length')" 0 "another process's container is not shown"
finish_by TERM "vfiotop ends at SIGTERM" top 0

# --- Released containers leave -----------------------------------------------------------------

churn() {
	local i

	for ((i = 0; i < 6; i++)); do
		"$workloads/hugemap" "${device[@]}" --kind 4k --size 1 > /dev/null || return
	done
}

# Early reports let them go one by one, as each has been there for some time.
have_left() {
	[ "$(json "$tmp/top.out" '.watch.containers < 2')" = true ]
}

watch_with --max-containers=8
ok "6 of at most 8 containers come and go" churn
ok "a report comes early" wait_long more_reports_than 0
ok "they leave" wait_long have_left
ok "6 more containers come and go" churn
ok "they are counted" wait_until reports_that '.totals.containers == 12'
is "$(figure '"\(.totals.containers) \(.totals.map.count) \(.lost.containers)"')" "12 12 0" \
	"none is lost, and all are in the totals"
finish_by TERM "vfiotop ends at SIGTERM" top 0

done_testing
