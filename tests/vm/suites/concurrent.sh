#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests that take long hold nobody off, and end soon when they are killed.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$edu2"

# --- A map that waits in the middle of pinning ------------------------------------------

ok "the module that withholds memory loads" load_test_module vfio_test_withheld
with "$edu"
start_ready "C8: while a map waits for memory, 1000 others come and go in its container" \
	stuck "$workloads/stuckmap" "${device[@]}" --others 1000
with "$edu2"
ok "C8: and in another container" "$workloads/hugemap" "${device[@]}" --kind 4k --size 2 --count 100
finish "it gets its memory and ends" stuck 0
ok "the module unloads" rmmod vfio_test_withheld
is "$(vmstat_pins)" 0 "nothing stays pinned"

# --- A map of 1 GiB that is killed -----------------------------------------------------------

# killed_at BATCHES KIND: how many batches of pages are pinned of 1 GiB of such memory when
# the process gets SIGKILL as it has pinned so many.
killed_at() {
	bpftrace --unsafe -e "tracepoint:vfio:vfio_pin /comm == \"hugemap\"/ {
		@batches++; if (@batches == $1) { signal(\"KILL\"); } }" \
		-c "$workloads/hugemap ${device[*]} --kind $2 --size 1024" > "$tmp/trace" 2> "$tmp/trace.err"
	sed -n 's/^@batches: //p' "$tmp/trace"
}

with "$edu"
for kind in 4k thp; do
	is "$(killed_at 100 $kind)" 100 "T5: a map of 1 GiB of $kind memory ends with the batch at which it is killed"
	ok "T5: and leaves no pin" wait_until pins_are 0
done

done_testing
