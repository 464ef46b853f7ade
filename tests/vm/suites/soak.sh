#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop serve through churn, for VFIOTOP_SECONDS: processes that come, map, unmap, are
# killed or end. Its memory stays, its descriptors stay, nothing is lost; in the middle it is
# started anew, and what is there then is known by the census.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/metrics.bash
. "$VFIOTOP_ROOT/tests/vm/suites/metrics.bash"

vfiotop=$VFIOTOP_ROOT/build/vfiotop
seconds=${VFIOTOP_SECONDS:-60}
# Before that the caches of a process fill.
warm=$((seconds / 6))

serve() {
	start serve "$vfiotop" serve
	ok "$1: it serves" wait_long scrape
	mapfile -t processes < <(echo "${pid_of[serve]}"; pgrep -P "${pid_of[serve]}")
}

# KiB that its processes have to themselves
size() {
	(cd /proc && awk '/^RssAnon:/ { n += $2 } END { print n }' "${processes[@]/%//status}")
}

descriptors() {
	(cd /proc && find "${processes[@]/%//fd}" -type l | wc -l)
}

# round NUMBER: churn for some seconds; every third process is killed
round() {
	start_ready "round $1: a process churns" churn "$workloads/churner" "${device[@]}" --count 500
	sleep 5 # how long does not matter
	if (($1 % 3)); then
		finish "round $1: it ends" churn 0
	else
		finish_by KILL "round $1: it is killed" churn 137
	fi
}

# churn UNTIL: rounds until that second; the largest size after the warm-up in $most
churn() {
	local began=$SECONDS now

	most=0 first=
	while [ $SECONDS -lt "$1" ]; do
		rounds=$((rounds + 1))
		round $rounds
		scrape
		now=$(size)
		[ $((SECONDS - began)) -lt $warm ] || first=${first:-$now}
		[ "$now" -le "$most" ] || most=$now
	done
	first=${first:-$now}
}

# is_steady WHEN
is_steady() {
	diag "$1: $(metric vfiotop_map_total) maps"
	diag "$1: $first KiB after the warm-up, $most KiB at most"
	ok "$1: its memory does not grow" test "$most" -le $((first + first / 10 + 512))
	ok "$1: nor its open files" test "$(descriptors)" -le $((files + 2))
	is "$(awk '/^vfiotop_lost_events_total/ { n += $2 } END { print n + 0 }' "$tmp/metrics")" 0 \
		"$1: nothing was lost"
}

use "$edu"
with "$edu"
rounds=0
serve "the first"
files=$(descriptors)
churn $((SECONDS + seconds / 2))
is_steady "the first half"
finish_by TERM "it ends" serve 0

start_ready "a process has 500 mappings" churn "$workloads/churner" "${device[@]}" --count 500
ok "and stops" tell churn still
serve "started anew"
files=$(descriptors)
knows() {
	scrape && [ "$(sed -n 's/^vfiotop_container_mappings{.*} //p' "$tmp/metrics" | paste -sd ' ')" = 500 ]
}
ok "the mappings of before are known" wait_until knows
is "$(metric vfiotop_pinned_bytes)" "$(pinned_now)" "and what is pinned is as the kernel says"
finish "it ends" churn 0
churn $((SECONDS + seconds / 2))
is_steady "the second half"
finish_by TERM "it ends" serve 0
is "$(wc -c < "$tmp/serve.err")" 0 "and complained about nothing"
done_testing
