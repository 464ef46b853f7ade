#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The static vfiotop on this kernel: it finds the same sources possible as the one with
# libraries, refuses the others with the same words, and shows the same of the same work.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

dynamic=$VFIOTOP_ROOT/build/vfiotop
static=$dynamic-static

# both NAME OPTION...: what each of them prints, as $tmp/NAME-dynamic and -static with the
# status last
both() {
	local name=$1 kind
	shift

	for kind in dynamic static; do
		"${!kind}" "$@" > "$tmp/$name-$kind" 2>&1
		echo "status $?" >> "$tmp/$name-$kind"
		sed -i 's/vfiotop-static/vfiotop/g' "$tmp/$name-$kind"
	done
}

# same_lines NAME DESCRIPTION
same_lines() {
	is "$(diff "$tmp/$1-dynamic" "$tmp/$1-static")" '' "$2"
}

# watched SOURCE: both watch the same work, one process after the other. Each makes one report,
# which has all containers, however long ago they were released.
watched() {
	local kind

	for kind in dynamic static; do
		start_ready "$1: $kind watches" "$kind" "${!kind}" --json -d 3600 --ready-fd 1 --source="$1"
	done
	start_ready "$1: a process maps and unmaps" map "$workloads/hugemap" "${device[@]}" --size 8 \
		--count 2 --hold --dirty
	finish "$1: it ends" map 0
	start_ready "$1: maps fail" fail "$workloads/failmap" "${device[@]}"
	finish "$1: it ends" fail 0
	start_ready "$1: another maps" leak "$workloads/leaker" "${device[@]}" --count 16 --size 64
	for kind in dynamic static; do
		finish_by TERM "$1: $kind ends" "$kind" 0
		read_objects "$tmp/$kind.out"
		is "$(jq '[.groups[].comm] | index("leaker") != null' <<< "$last_object")" true "$1: $kind shows it"
		jq "$comparable" <<< "$last_object" > "$tmp/$1-$kind"
	done
	finish_by KILL "$1: the last process is killed" leak 137
	is "$(jq 'length > 40' "$tmp/$1-static")" true "$1: the report is a full one"
	same_lines "$1" "$1: both show the same"
}

hugepages 64
use "$edu"
with "$edu"
both info --info --json
same_lines info "--info says the same"
for source in tracepoints stock iommufd kprobes iommu proc; do
	if "$static" --info --json | jq -e ".sources[] | select(.name == \"$source\").possible" > "$tmp/possible"; then
		watched "$source"
	else
		both "$source" --once --source="$source"
		same_lines "$source" "$source: both refuse it with the same words"
		like "$(tail -n 1 "$tmp/$source-static")" '^status [4-7]$' "$source: as something that it lacks"
		is "$(wc -l < "$tmp/$source-static")" 2 "$source: in one line"
		diag "$(head -n 1 "$tmp/$source-static")"
	fi
done
done_testing
