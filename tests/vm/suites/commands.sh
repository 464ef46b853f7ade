#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row D1: the commands of README.md and tracepoints/README.md that need VFIO, as printed.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the stock modules have no events"

# printed PAGE PATTERN: the command of a page's code blocks that matches, without sudo, which
# root needs not, and without its comment. There is one.
printed() {
	awk '/^```/ { code = !code; next } code' "$VFIOTOP_ROOT/$1" |
		sed -E 's/^sudo //; s/ +# .*//' | grep -E -e "^$2" | head -n 1
}

use "$edu"
with "$edu"
"$workloads/hugemap" "${device[@]}" --kind 4k --size 1 --loop --interval-ms 100 > "$tmp/hugemap" 2>&1 &
user=$!

# --- README.md ------------------------------------------------------------------------

cd "$VFIOTOP_ROOT" || exit
for option in info once; do
	command=$(printed README.md "build/vfiotop --$option")
	ok "D1: README.md has a command with --$option" test -n "$command"
	bash -c "$command" > "$tmp/out" 2> "$tmp/err" < /dev/null
	is $? 0 "D1: $command"
	is "$(< "$tmp/err")" "" "D1: it complains of nothing"
done
ok "D1: the report has the process" grep -q hugemap "$tmp/out"

command=$(printed README.md 'build/vfiotop --json')
bash -c "exec $command" > "$tmp/out" 2>&1 < /dev/null &
watcher=$!
ok "D1: $command" wait_until test -s "$tmp/out"
kill $watcher
wait $watcher
ok "D1: prints JSON" jq -e '.schema' "$tmp/out"

# --- tracepoints/README.md ---------------------------------------------------------------

cd "$tmp" || exit
reader=
# reads PATTERN READY: starts the command that matches; it is ready when READY succeeds.
reads() {
	command=$(printed tracepoints/README.md "$1")
	setsid bash -c "$command" > "$tmp/out" 2>&1 < /dev/null &
	reader=$!
	ok "D1: $command" wait_until "${@:2}"
}

# A shell ignores the interrupt for what it starts in the background, unless that asks for it.
stop() {
	kill -"$1" -- -$reader
	wait $reader
}

seen() {
	grep -q vfio_dma_map "$tmp/out"
}

events_on() {
	[ "$(cat /sys/kernel/tracing/events/vfio/vfio_dma_map/enable)" = 1 ]
}

reads 'echo 1 > /sys/kernel/tracing' seen
stop TERM
echo 0 > /sys/kernel/tracing/events/vfio/enable

reads bpftrace grep -q Attach "$tmp/out"
stop INT
ok "D1: bpftrace draws a histogram of the maps" grep -q '@us\[' "$tmp/out"

reads 'trace-cmd record' events_on
stop INT
trace-cmd report > "$tmp/out" 2> /dev/null
ok "D1: trace-cmd recorded maps" seen

# Ends by itself.
reads 'perf record' test -s "$tmp/perf.data"
wait $reader
ok "D1: perf printed maps" seen

kill $user
wait $user

done_testing
