#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The screen while processes use VFIO: each table and the page of an address space show what
# they did, with the figures that JSON has at the same time. All keys are tests/screen.t's.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/screen.bash
. "$VFIOTOP_ROOT/tests/vm/suites/screen.bash"

# has_so_many ROWS: a picture may be taken in the middle of drawing
has_so_many() {
	local rows

	capture
	read -ra rows <<< "$(first_column)"
	[ "${#rows[@]}" -eq "$1" ]
}

# As long as they have room at least.
has_causes() {
	local cause IFS=$'\n'

	capture
	for cause in "${causes[@]}"; do
		[[ "${seen[*]}" == *"${cause:0:40}"* ]] || return
	done
}

# words BYTES...: as they are shown, a line each
words() {
	printf '%s\n' "$@" | awk '
		/null/ { print "-"; next }
		{
			for (unit = 0; $1 >= 1023.5; unit++)
				$1 /= 1024
			decimals = $1 == int($1) ? 0 : $1 < 9.995 ? 2 : $1 < 99.95 ? 1 : 0
			printf "%.*f %s\n", decimals, $1, substr("B  KiBMiBGiB", 3 * unit + 1, 3)
		}' | sed 's/ *$//'
}

# leads_to KEY: to a table with the rows of the last report
leads_to() {
	press "$1"
	await "$1 ${names[$1]}: it has the rows of the report" table "$1" "${expected[$1]}"
}

# page_of COMMAND PID ID: its row is looked for, and Enter leads in
page_of() {
	press 1
	await "the address spaces are there" shows 3 '\[1Spaces\]'
	press / "$1" Enter
	await "$1: the filter leaves its row" in_order "$3"
	press Enter
	await "$1: Enter leads into its address space" has "^Container $3 of $2 \($1\), vfio-iommu-type1"
}

unfiltered() {
	foot "q quit" || foot "row "
}

leave_page() {
	press Escape
	await "Escape leads back" shows 4 '^   CONTAINER '
	press Escape
	await "and drops the filter" unfiltered
}

# Its row leaves some seconds after the process.
has_unmapped() {
	row_has "$failing" "${pid_of[fail]} " && ! row_has "$id" "$pid .* ${figures[4]}/[0-9]+ +"
}

# Sets unpinned to what the teardown of the killed process unpinned.
reports_unpinned() {
	unpinned=$(grep '^{' "$tmp/top.out" | jq -r ".containers[]
		| select(.id == $killed and .released_ns != null).teardown.pinned_bytes" | tail -n 1)
	[ -n "$unpinned" ]
}

hugepages 8
use "$edu" "$edu2" "$e1000e" "$nvme"
ok "a test module withholds memory" load_test_module vfio_test_withheld
# An orphan is one after some reports.
watch_with -d 1
ticks=1
open_terminal 200x50 C.UTF-8 -d 0.5
await "the screen is there, and nothing uses VFIO" anywhere "no VFIO container seen"

# --- What goes on ---------------------------------------------------------------------

with "$edu"
start_ready "a process maps memory" map "$workloads/hugemap" "${device[@]}" --size 4 --count 2 \
	--hold
pid=${pid_of[map]}
with "$edu2"
start_ready "another has maps that fail" fail "$workloads/failmap" "${device[@]}"
with "$nvme"
start_ready "the map of a third waits" stuck "$workloads/stuckmap" "${device[@]}"
with "$e1000e"
start parent "$workloads/keeper" "${device[@]}" --by child
finish "a fourth ends" parent 0
child=$(< "$tmp/parent.out")
ok "its child keeps its files: a leak" \
	wait_until reports_that '.leaks | length == 1'
read_expected
mapfile -t figures < <(figure "([.containers[] | select(.pid == $pid)] | last
	| .id, .pinned_bytes, .leaf_bytes.\"4096\", .leaf_bytes.\"2097152\", .mappings, .map.count,
	  .map_sizes[0].maps, .map_sizes[0].mappings, .ranges[0].iova),
	([.containers[] | select(.pid == ${pid_of[fail]})] | last | .id, .map.errors),
	([.containers[] | select(.pid == ${pid_of[stuck]})] | last
	| .id, .in_flight[0].size_bytes, .in_flight[0].done_bytes),
	(.leaks[0] | .container, .bytes, .pid)")
id=${figures[0]} failing=${figures[9]} waiting=${figures[11]} left=${figures[14]}
mapfile -t pages < <(words "${figures[@]:1:3}")
mapfile -t parts < <(words "${figures[@]:12:2}")
mapfile -t leaked < <(words "${figures[15]}")
# Each report has the failures since the one before.
mapfile -t causes < <(grep '^{' "$tmp/top.out" | jq -r '.failures[].cause')
time='[0-9.]+ (ns|µs|ms|s)'

# --- The tables -----------------------------------------------------------------------

leads_to 1
await "the memory that is pinned, and mappings" row_has "$id" \
	"$pid +hugemap .* ${pages[0]} +${figures[4]}/[0-9]+ +0 "
await "the maps that failed" row_has "$failing" \
	"${pid_of[fail]} +failmap .* [0-9]+/[0-9]+ +${figures[10]} "
await "the leak" row_has "$left" "${figures[16]} +keeper .* orphan .* ${leaked[0]} "
leads_to 2
await "latencies, and that nothing is mapped now" row_has "$id" "0\.0 +$time +$time +$time +0 B/s"
leads_to 3
await "pages by size" row_has "$id" "${pages[1]} +${pages[2]} +0 B"
leads_to 4
await "the map that waits, and how far it is" row_has "$waiting" \
	"${pid_of[stuck]} +map +0x[0-9a-f]+ +${parts[0]} +${parts[1]} "
leads_to 5
await "who has which device" row_has "$edu" "vfio-pci +[0-9]+ +$pid +open .* hugemap"
leads_to 6
await "who has which group" row_has "$(group_of "$edu")" "$pid +hugemap +$id +1 +0"
leads_to 7
await "all that failed" has_so_many "${#causes[@]}"
await "and why" has_causes
leads_to 8
await "how much is left, and whose it was" row_has orphan "${leaked[0]} +$left +${figures[16]} +keeper +dead"
leads_to 9
await "the leak is an alert" row_has warning "orphan +$left "
leads_to 0

# --- One address space ----------------------------------------------------------------

page_of hugemap "$pid" "$id"
await "so many maps" has "^  count ${figures[5]}  errors 0 "
await "a histogram of their latencies" has "^ +$time to +$time +█+ +[0-9]+$"
await "maps and mappings by size" has "^ +4 MiB +${figures[6]} +[0-9]+ +${figures[7]} "
press NPage
await "further down where they lie" has "^  [A-Za-z?] $(printf '0x%016x' "${figures[8]}") to 0x[0-9a-f]{16} +4 MiB"
leave_page
page_of stuckmap "${pid_of[stuck]}" "$waiting"
await "what is in flight" has "^  map 0x[0-9a-f]+  size ${parts[0]} "
[ "${figures[13]}" = null ] ||
	await "and how far that is" has "^  \[█+ *\]  done ${parts[1]}  rate "
leave_page

# --- Pause, and a terminal that changes --------------------------------------------------

press Space
await "Space: the screen is paused" shows 1 PAUSED
finish "the process unmaps and ends meanwhile" map 0
report
is "$(of "$pid" '"\(.mappings) \(.pinned_bytes)"')" "0 0" "as JSON says"
leads_to 2
press 1
await "the screen, which is drawn anew, still has what was" row_has "$id" \
	"$pid +hugemap .* ${pages[0]} +${figures[4]}/[0-9]+ +0 "
press Space
await "it goes on" has_unmapped
for size in 80x24 200x50; do
	resize $size
	await "$size: the rows are there" row_has "$failing" "${pid_of[fail]} +failmap"
done

# --- A process is killed ----------------------------------------------------------------

with "$edu"
start_ready "a process maps and does not unmap" leak "$workloads/leaker" "${device[@]}" \
	--size 1024 --count 16
report
killed=$(of "${pid_of[leak]}" .id)
await "its mappings" row_has "$killed" "${pid_of[leak]} +leaker .* 16 MiB +16/"
page_of leaker "${pid_of[leak]}" "$killed"
press NPage
finish_by KILL "it is killed" leak 137
await "what the kernel removed" has "^  teardowns 1  mappings 16  bytes 16 MiB  unpinned "
# Else it would be gone after some seconds.
press Space
wait_until reports_unpinned
await "and unpinned, as JSON says" has "  unpinned $(words "$unpinned") "
leave_page
await "nothing is pinned" row_has "$killed" "[0-9]+ +leaker +released .* 0 B +0/"

press q
restored 0 "q"
kill "$child"
finish "the map that waited is done" stuck 0
finish "the process whose maps failed ends" fail 0
finish_by TERM "vfiotop ends at SIGTERM" top 0

done_testing
