#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row D1: commands of README.md and tracepoints/README.md that need VFIO, as printed.

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
has_device() {
	find "/proc/$user/fd" -lname '*vfio-device*' | grep -q .
}
ok "a process has a device, and maps again and again" wait_until has_device

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
seen() {
	grep -q vfio_dma_map "$tmp/out"
}

# Those that end by themselves, side by side; but trace-cmd fails where the kernel's symbols
# change while it reads them, and the programs of bpftrace are among these.
declare -A shows=([perf]=vfio:vfio_dma_map: [trace-cmd]=' vfio_dma_map: ' [bpftrace]='@us\[')
declare -A tracer=()
trace_with() {
	local program

	for program; do
		bash -c "$(printed tracepoints/README.md "$program")" > "$tmp/$program.out" \
			2> "$tmp/$program.err" < /dev/null &
		tracer[$program]=$!
	done
	for program; do
		wait "${tracer[$program]}"
		is $? 0 "D1: $(printed tracepoints/README.md "$program")" ||
			diag "$(< "$tmp/$program.err")"
		ok "D1: $program shows maps" grep -q "${shows[$program]}" "$tmp/$program.out"
	done
}
trace_with perf trace-cmd
trace_with bpftrace

command=$(printed tracepoints/README.md 'echo 1 > /sys/kernel/tracing')
setsid bash -c "$command" > "$tmp/out" 2>&1 < /dev/null &
reader=$!
ok "D1: $command" wait_until seen
kill -- -$reader
wait $reader
echo 0 > /sys/kernel/tracing/events/vfio/enable

kill $user
wait $user

done_testing
