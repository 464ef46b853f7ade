#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Random use of VFIO that leaks nothing: no leak is reported. COUNT is how many things, SEED
# which ones; make storm does 100,000.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

count=${COUNT-2000}

# It is started again and again: from memory, that is cheap.
cp "$workloads/storm" "$tmp/storm"

use "$edu"
with "$edu"
# Each report is short, and the last one has all leaks that there ever were.
start_ready "vfiotop watches" top "$VFIOTOP_ROOT/build/vfiotop" leaks --json -d 1 --ready-fd 1
ticks=1
ok "$count random things" "$tmp/storm" "${device[@]}" --count "$count" --seed "${SEED-1}"
report
is "$(figure '[.leaks, .ended] | add | length')" 0 "no report had a leak"
is "$(figure '.host | "\(.pinned_bytes) \(.vfio_bytes) \(.kept_bytes) \(.other_bytes)"')" \
	"$(pinned_now) 0 0 0" "nothing is pinned, or left behind"
is "$(figure .complete)" true "nothing was lost"
is "$(pinned_now)" 0 "the kernel has nothing pinned"
finish_by TERM "vfiotop ends" top 0

done_testing
