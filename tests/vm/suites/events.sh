#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tracepoints of the system vfio, as read by unmodified tools, say exactly
# what the workloads did.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock modules have no events"

tracing=/sys/kernel/tracing
events=(container_open container_release group_open group_release group_attach group_detach
	iommu_set device_open device_release device_reset dma_map_begin dma_map dma_unmap_begin dma_unmap
	dma_long_begin dma_progress dma_revoke dma_lost dma_excess account_drift dirty_log pin unpin account pin_standalone unpin_standalone account_standalone)
mib=$((1 << 20))

trace_on() {
	echo > $tracing/trace
	echo 1 > $tracing/events/vfio/enable
}

# What each event said goes to a file of its own.
trace_off() {
	echo 0 > $tracing/events/vfio/enable
	cat $tracing/trace > "$tmp/trace"
	rm -rf "$tmp/said" && mkdir "$tmp/said"
	(cd "$tmp/said" && touch "${events[@]}")
	awk -v dir="$tmp/said/" 'match($0, / vfio_[a-z_]+: /) {
		print substr($0, RSTART + RLENGTH) > (dir substr($0, RSTART + 6, RLENGTH - 8)) }' "$tmp/trace"
}

# lines EVENT [PATTERN]: what the events say that match
lines() {
	grep -E -e "${2-}" "$tmp/said/$1"
}

count() {
	grep -cE -e "${2-}" "$tmp/said/$1"
}

# sum EVENT FIELD [PATTERN]: over the events that match
sum() {
	awk -v field="$2" -v pattern="${3-}" '
		$0 ~ pattern {
			for (i = 1; i <= NF; i++)
				if (index($i, field "=") == 1)
					sum += substr($i, length(field) + 2)
		}
		END { print sum + 0 }' "$tmp/said/$1"
}

# The trace clock orders events of all CPUs: no end comes before its begin.
begins_come_first() {
	awk -v begin="vfio_$1_begin:" -v end="vfio_$1:" '
		$5 == begin { open++ }
		$5 == end && open-- < 1 { exit 1 }
		END { exit open != 0 }' "$tmp/trace"
}

hugepages 64
use "$edu" "$edu2"
with "$edu"
group=$(group_of "$edu")
echo 4096 > $tracing/buffer_size_kb
echo mono > $tracing/trace_clock

for event in "${events[@]}"; do
	ok "vfio_$event exists" test -f "$tracing/events/vfio/vfio_$event/format"
done
is "$(find $tracing/events/vfio -mindepth 1 -type d | wc -l)" ${#events[@]} "there are no others"

# --- Every event of one process with three kinds of memory, two rounds ------------

trace_on
start_ready "the workload maps" map "$workloads/hugemap" "${device[@]}" --size 8 --count 2 --hold
pid=${pid_of[map]}
finish "and unmaps and ends" map 0
trace_off
maps=$(json "$tmp/map.out" .maps)
pages=$(json "$tmp/map.out" .pages)
is "$maps/$pages" 6/12288 "it made six mappings of 8 MiB"

is "$(count container_open " pid=$pid")" 1 "one container is opened, by the workload"
id=$(lines container_open | sed 's/container=\([0-9]*\) .*/\1/')
ok "a container has a number" test "$id" -gt 0
is "$(lines group_open)" "group=$group pid=$pid ret=0 holder_pid=0" "one group is opened"
is "$(lines group_attach)" "group=$group container=$id ret=0" "it joins the container"
like "$(lines iommu_set)" "^container=$id type=3 backend=vfio-iommu-type1 ret=0$" \
	"the container gets its backend"
like "$(lines device_open)" \
	"^device=$edu group=$group container=$id pid=$pid ret=0 ns=[1-9][0-9]*$" \
	"the device is opened"
like "$(lines device_release)" "^device=$edu group=$group container=$id ns=[1-9][0-9]* users=0$" \
	"the device is closed"
is "$(lines group_detach)" "group=$group container=$id ret=0" "the group leaves the container"
is "$(lines group_release)" "group=$group pid=$pid" "the group is closed"
is "$(lines container_release)" "container=$id pid=$pid pinned=0 mappings=0 charged=0" \
	"the container is released with nothing left"

size=$((8 * mib))
by="^container=$id pid=$pid "
is "$(count dma_map_begin "$by.* size=$size prot=3$")" "$maps" "each map has a begin"
is "$(count dma_map "$by.* size=$size prot=3 ret=0 stage=done")" "$maps" "each map has an end"
is "$(count dma_unmap_begin "$by.* size=$size cause=user$")" "$maps" "each unmap has a begin"
is "$(count dma_unmap "$by.* size=$size done=$size cause=user ret=0")" "$maps" \
	"each unmap has an end that says the same size"
is "$(count dma_map)/$(count dma_unmap)" "$maps/$maps" "there are no other maps and unmaps"
ok "no map ends before it begins" begins_come_first dma_map
ok "no unmap ends before it begins" begins_come_first dma_unmap

is "$(sum dma_map pages)" "$pages" "the pages of all maps"
is "$(sum dma_unmap pages)" "$pages" "the pages of all unmaps"
is "$(sum dma_unmap expected)" "$pages" "which are what was expected"
is "$(sum dma_unmap removed)" "$maps" "the mappings removed by all unmaps"
is "$(sum pin pages)" "$pages" "the pages of all batches that were pinned"
is "$(sum unpin pages)" "$pages" "the pages of all batches that were unpinned"
is "$(sum account pages '=[1-9]')" 0 "charges and refunds cancel out"
is "$(sum account pages ' pages=[1-9]')" "$pages" "the pages of all charges"
is "$(sum dma_map charged)" "$pages" "which the maps tell, too"
is "$(sum dma_unmap refunded)" "$pages" "as the unmaps tell of the refunds"
is "$(count dma_unmap " locked_pid=$pid locked=0 ")" 2 "twice all is refunded, to the workload"
is "$(count dma_long_begin "$by""kind=map .* size=$size start_ns=[1-9]")" "$maps" \
	"maps of 8 MiB are not brief"
is "$(count dma_long_begin "$by""kind=unmap .* size=$size start_ns=[1-9]")" "$maps" \
	"nor are their unmaps"
is "$(($(sum dma_progress pages) + 512 * maps))" "$pages" \
	"the progress of all maps lacks their last batches"
is "$(count pin_standalone)/$(count unpin_standalone)/$(count account_standalone)" 0/0/0 \
	"nothing is pinned or charged outside of requests"
is "$(count account ' ret=0$')" "$(count account)" "no charge fails"
is "$(count account " pid=$pid ")" "$(count account)" "the workload pays"

is "$(sum dma_map leaf_4k ' iova=0x100000000 ')" $((16 * mib)) "4k memory has leaves of 4 KiB only"
is "$(sum dma_map leaf_2m ' iova=0x100000000 ')" 0 "and none of 2 MiB"
is "$(sum dma_map leaf_2m ' iova=0x2100000000 ')" $((16 * mib)) \
	"hugetlb memory has leaves of 2 MiB only"
is "$(sum dma_map leaf_4k ' iova=0x2100000000 ')" 0 "and none of 4 KiB"
is "$(sum dma_map leaf_2m ' iova=0x1100000000 ')" $((16 * mib)) "THP memory has leaves of 2 MiB"
is "$(count dma_map ' backing=ram ')" "$maps" "the backing is RAM"
ok "hugetlb memory has at most one run for 2 MiB" \
	test "$(sum dma_map runs ' iova=0x2100000000 ')" -le 8
ok "4k memory has more runs than that" test "$(sum dma_map runs ' iova=0x100000000 ')" -gt 512
for mappings in 1 2 3; do
	is "$(count dma_map " mappings=$mappings/65535 pinned=$((2048 * mappings)) ")" 2 \
		"$mappings of 65535 mappings, with all their pages, twice"
done
is "$(count dma_map 'total_ns=0')" 0 "every map was timed"
is "$(count dma_unmap 'total_ns=0')" 0 "every unmap was timed"
is "$(lines dma_map | awk -F'[ =]' '
	{ for (i = 1; i < NF; i++) v[$i] = $(i + 1) }
	v["pin_ns"] + v["iommu_ns"] + v["account_ns"] > v["total_ns"] { bad++ }
	END { print bad + 0 }')" 0 "the phases of a map are no longer than the whole"

# Brief maps are timed in cycles where the kernel trusts these: each took at least from its begin
# to its pins, and all but the first no longer than from the end of the first to that of the last.
times_fit() {
	awk '
		$5 == "vfio_dma_map_begin:" { begin = $4 }
		$5 == "vfio_pin:" { pin = $4 }
		$5 == "vfio_dma_map:" && match($0, / total_ns=[0-9]+/) {
			total = substr($0, RSTART + 10, RLENGTH - 10)
			if (total * 1.02 + 2000 < (pin - begin) * 1e9)
				exit bad = 1
			if (n++)
				sum += total
			else
				first = $4
			last = $4
		}
		END { exit bad || n < 2 || sum * 0.98 - 2000 > (last - first) * 1e9 }' "$tmp/trace"
}

# --- Mappings that nobody unmaps --------------------------------------------------------

trace_on
start_ready "a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 20 --size 64
pid=${pid_of[leak]}
finish_by KILL "and is killed" leak 137
trace_off
is "$(count dma_map ' ret=0 ')" 20 "its maps"
is "$(count dma_unmap)" 1 "one unmap takes them all"
size=$((20 << 16))
what=" size=$size done=$size cause=(detach|release) ret=0 .*"
what+=" pages=320 expected=320 removed=20 mappings=0 pinned=0 refunded=320 locked_pid=$pid locked=0 "
like "$(lines dma_unmap)" "$what" \
	"T5: the teardown of a killed process releases all"
is "$(count dma_unmap_begin 'cause=(detach|release)$')" 1 "the teardown has a begin"
is "$(count dma_long_begin 'kind=map')" 0 "maps of 64 KiB are brief"
ok "and are timed as the trace clock sees them" times_fit
is "$(count dma_long_begin 'kind=teardown')" 1 "the teardown is not"
is "$(sum dma_progress pages ' pages=-')" $((-20 * 16)) "it tells of its progress, mapping by mapping"
like "$(lines container_release)" ' pinned=0 mappings=0 charged=0$' "nothing is left at release"
is "$(sum account pages)" 0 "all charges are refunded"

trace_on
start_ready "another one maps pages" leak "$workloads/leaker" "${device[@]}" --count 20 --size 4
finish_by KILL "and is killed" leak 137
trace_off
is "$(count dma_map ' ret=0 .* leaf_4k=4096 leaf_2m=0 leaf_1g=0 ')" 20 "the leaf of a page, and no other"
ok "they are timed, too" times_fit

# --- Failures ---------------------------------------------------------------------------

trace_on
start_ready "a process has the group open" leak "$workloads/leaker" "${device[@]}" --count 1
holder=${pid_of[leak]}
start refused "$workloads/hugemap" "${device[@]}"
pid=${pid_of[refused]}
finish "C5: a second process is refused" refused 1
finish "the first process ends" leak 0
trace_off
like "$(< "$tmp/refused.err")" 'busy' "C5: with -EBUSY"
is "$(lines group_open 'ret=-')" "group=$group pid=$pid ret=-16 holder_pid=$holder" \
	"C5: the refused open is traced with who has the group"

# failure STAGE ERRNO: exactly one map failed so
failure() {
	is "$(count dma_map " ret=-$2 stage=$1 ")" 1 "T4, T5: a map fails with -$2 at stage $1"
	is "$(json "$tmp/fail.out" ".errnos.$1")" "-$2" "and the caller sees the same"
}

ok "T2: load with dma_entry_limit" reload vfio_iommu_type1.dma_entry_limit=8
trace_on
start_ready "maps fail" fail "$workloads/failmap" "${device[@]}"
finish "the process ends" fail 0
trace_off
failure argument 22
failure alignment 22
failure overflow 22
failure overlap 17
failure aperture 22
failure reserved 22
failure pin 14
failure limit 28
failure account 12
is "$(count dma_map ' ret=-')" "$(json "$tmp/fail.out" .errors)" "no other map fails"
is "$(count dma_map ' ret=0 ')" "$(json "$tmp/fail.out" .maps)" "the others succeed"
is "$(sum dma_map pages ' ret=-')" 0 "a failed map says that it keeps no page"
is "$(sum pin pages)" "$(sum unpin pages)" "what failed maps pinned they unpin"
like "$(lines dma_map ' stage=overlap ')" ' conflict=0x100000000\+65536 ' \
	"an overlap names what is in the way"
like "$(lines dma_map ' stage=reserved ')" ' conflict=0xfee00000\+1048576 ' \
	"a reserved region is named"
like "$(lines account ' ret=-12$')" ' pages=16 .* limit=0 ipc_lock=0 ' \
	"a refused charge tells the limit"
ok "T2: load without limit" reload

# --- Unmodified tools ---------------------------------------------------------------------

unmodified_tools() {
	local program

	perf record -q -e 'vfio:*' -a -o "$tmp/perf.data" -- \
		"$workloads/hugemap" "${device[@]}" --size 8 --count 3 > "$tmp/hugemap" 2> "$tmp/perf.err"
	perf script -i "$tmp/perf.data" > "$tmp/perf.out" 2>> "$tmp/perf.err"
	is "$(grep -c ' vfio:vfio_dma_map: ' "$tmp/perf.out")" "$(json "$tmp/hugemap" .maps)" \
		"perf script shows each map"
	is "$(grep -c ' vfio:vfio_dma_map: .* ret=0 stage=done .* backing=ram ' "$tmp/perf.out")" \
		"$(json "$tmp/hugemap" .maps)" "with its fields in words"
	is "$(grep -c ' vfio:vfio_dma_unmap: ' "$tmp/perf.out")" "$(json "$tmp/hugemap" .unmaps)" \
		"perf script shows each unmap"

	program='tracepoint:vfio:vfio_dma_map
		{ @maps = count(); @bytes = sum(args->size); @ret[args->ret] = count(); }'
	bpftrace -e "$program" \
		-c "$workloads/hugemap ${device[*]} --size 8 --count 3" > "$tmp/bpftrace.out" 2>&1
	is "$(sed -n 's/^@maps: //p' "$tmp/bpftrace.out")" 9 "a bpftrace one-liner counts maps"
	is "$(sed -n 's/^@bytes: //p' "$tmp/bpftrace.out")" $((72 * mib)) "and sums their sizes"
	is "$(sed -n 's/^@ret\[0\]: //p' "$tmp/bpftrace.out")" 9 "and sees that all succeeded"

	trace-cmd record -q -e vfio -o "$tmp/trace.dat" \
		"$workloads/hugemap" "${device[@]}" --size 8 --count 3 \
		> "$tmp/hugemap" 2> "$tmp/trace-cmd.err"
	trace-cmd report -i "$tmp/trace.dat" > "$tmp/trace-cmd.out" 2>> "$tmp/trace-cmd.err"
	is "$(grep -c ' vfio_dma_map: ' "$tmp/trace-cmd.out")" "$(json "$tmp/hugemap" .maps)" \
		"trace-cmd report shows each map"
}

# They start slowly, and see the same on each kernel.
if [[ -n $VFIOTOP_ALL || $VFIOTOP_RELEASE == 6.12.* ]]; then
	unmodified_tools
fi

is "$(vmstat_pins)" 0 "nothing stays pinned"
done_testing
