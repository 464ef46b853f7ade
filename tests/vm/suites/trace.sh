#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop --duration prints each map, unmap and teardown as it ends, with its phases where
# these are known, and counts those that came too fast.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

mib=$((1 << 20))

# trace_with OPTION...: as lines of JSON
trace_with() {
	start_ready "vfiotop traces, $*" top "$VFIOTOP_ROOT/build/vfiotop" --format=json \
		--ready-fd 1 "$@"
}

# lines [FILTER]: how many requests were printed, those that fit
lines() {
	grep '^{' "$tmp/top.out" | jq -s "[.[] | select(.operation) | select(${1-true})] | length"
}

lines_are() {
	[ "$(lines "${2-true}")" = "$1" ]
}

# line PID FILTER: of each request of this process
line() {
	grep '^{' "$tmp/top.out" | jq -r "select(.pid == $1) | $2"
}

# known VALUE: that on our modules, else unknown
known() {
	[ "$VFIOTOP_MODULES" = ours ] && echo "$1" || echo null
}

hugepages 16
use "$edu"
with "$edu"

# --- Each as it ends ------------------------------------------------------------------------

trace_with --duration=0
start_ready "a process maps three kinds" map "$workloads/hugemap" "${device[@]}" --size 8 --hold
pid=${pid_of[map]}
ok "the maps are told while they are there" wait_long lines_are 3 ".pid == $pid"
is "$(line "$pid" '"\(.schema) \(.comm) \(.api) \(.operation) \(.size_bytes) \(.done_bytes) \(.ret)"' | sort -u)" \
	"vfiotop-trace/1 hugemap vfio map $((8 * mib)) $((8 * mib)) 0" "each with its size and result"
is "$(line "$pid" .pinned_bytes | sort -u)" $((8 * mib)) "with the bytes that it pinned"
is "$(line "$pid" '.ns.total > 0' | sort -u)" true "how long it took"
is "$(line "$pid" .backing | sort -u)" "$(known ram)" "its backing, where that is known"
is "$(line "$pid" 'if .ns.pin then .ns.pin > 0 and .ns.pin + .ns.iommu + .ns.other == .ns.total else null end' |
	sort -u)" "$(known true)" "and the phases, where these are known, which add up"
is "$(line "$pid" .iova | sort -u | wc -l)" 3 "each is somewhere else"
finish "it unmaps and ends" map 0
ok "the unmaps are told, too" wait_long lines_are 3 ".pid == $pid and .operation == \"unmap\""
is "$(line "$pid" 'select(.operation == "unmap") | "\(.size_bytes) \(.done_bytes) \(.pinned_bytes) \(.ns.pin)"' |
	sort -u)" "$((8 * mib)) $((8 * mib)) $((8 * mib)) null" "with what they undid, and no phases"

start_ready "a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 4 --size 64
pid=${pid_of[leak]}
finish_by KILL "and is killed" leak 137
ok "the teardown is told" wait_long lines_are 1 ".pid == $pid and .operation == \"teardown\""
is "$(line "$pid" 'select(.operation == "teardown") | "\(.iova) \(.done_bytes) \(.pinned_bytes)"')" \
	"null $((256 << 10)) $((256 << 10))" "with what was left"

start_ready "maps fail" fail "$workloads/failmap" "${device[@]}"
pid=${pid_of[fail]}
errors=$(json "$tmp/fail.out" .errors)
ok "failed maps are told" wait_long lines_are "$errors" ".pid == $pid and .ret < 0"
is "$(line "$pid" 'select(.ret < 0) | .ret' | sort)" "$(json "$tmp/fail.out" '.errnos[]' | sort)" \
	"each with its errno"
is "$(line "$pid" 'select(.ret < 0) | "\(.done_bytes) \(.pinned_bytes)"' | sort -u)" "0 0" \
	"and none of its bytes"
finish "it ends" fail 0

if [ "$VFIOTOP_MODULES" = ours ]; then
	ok "the module that withholds memory loads" load_test_module vfio_test_withheld
	start_ready "a map waits for memory" stuck "$workloads/stuckmap" "${device[@]}" --size 16
	pid=${pid_of[stuck]}
	report_now() { kill -USR1 "${pid_of[top]}"; }
	report_now
	is "$(lines ".pid == $pid")" 0 "it is not told before it ends"
	finish "it gets its memory" stuck 0
	ok "then it is" wait_long lines_are 1 ".pid == $pid and .operation == \"map\""
	ok "the module unloads" rmmod vfio_test_withheld
fi
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- Who made it ------------------------------------------------------------------------------

trace_with --duration=0 --stacks
start_ready "a process maps" map "$workloads/hugemap" "${device[@]}" --size 8 --kind 4k --hold
pid=${pid_of[map]}
ok "the map is told" wait_long lines_are 1 ".pid == $pid"
like "$(line "$pid" '.stack[0]')" '^[_a-z]*ioctl\+0x[0-9a-f]+ \(/.*/libc' "with the ioctl"
like "$(line "$pid" '.stack | join("\n")')" 'main\+0x[0-9a-f]+ \(/.*/hugemap\)' \
	"and who called it"
finish "it ends" map 0
finish_by TERM "vfiotop ends" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- More than can be told --------------------------------------------------------------------

trace_with --duration=0
kill -STOP "${pid_of[top]}"
start_ready "a process makes 9000 mappings meanwhile" churn "$workloads/churner" "${device[@]}" \
	--count 9000
ok "it stops" tell churn still
ok "it unmaps them" tell churn empty
finish "it ends" churn 0
kill -CONT "${pid_of[top]}"
finish_by TERM "vfiotop, which did not read, ends at SIGTERM" top 0
lost=$(grep '^{' "$tmp/top.out" | jq -s '[.[] | .lost // 0] | add')
ok "requests are lost" [ "$lost" -gt 0 ]
is "$(($(lines) + lost))" "$(($(json "$tmp/churn.out" .maps) + $(json "$tmp/churn.out" .unmaps)))" \
	"what is lost and what is told are all of them"

# --- Only some ----------------------------------------------------------------------------------

map_some() {
	"$workloads/hugemap" "${device[@]}" --size 8 --kind 4k > /dev/null
}

trace_with --duration=86400000000
ok "a process maps and unmaps" map_some
finish_by TERM "vfiotop ends" top 0
is "$(lines)" 0 "what took less than a day is not told"

trace_with --duration=0 --pid $$
ok "a process maps and unmaps" map_some
finish_by TERM "vfiotop ends" top 0
is "$(lines)" 0 "nor what another process does"

start_ready "vfiotop traces as text, and no more than two" top "$VFIOTOP_ROOT/build/vfiotop" \
	--duration=0 --count 2 --ready-fd 1
ok "a process maps and unmaps" map_some
ok "vfiotop ends by itself" wait_long has_ended top
collect "without a failure" top 0
is "$(grep -v '^ready$' "$tmp/top.out" | awk '{ print $1 == "TIME" ? $1 : "-", $2, $3, $NF }')" \
	"TIME PID COMMAND RESULT
- $(awk '$3 == "hugemap" { print $2; exit }' "$tmp/top.out") hugemap 0
- $(awk '$3 == "hugemap" { print $2; exit }' "$tmp/top.out") hugemap 0" "titles and two lines"

"$VFIOTOP_ROOT/build/vfiotop" --duration=0 --source=proc > "$tmp/out" 2> "$tmp/err" < /dev/null
is "$?" 4 "a source that sees no maps is refused"
like "$(< "$tmp/err")" "it sees none" "with the reason"

done_testing
