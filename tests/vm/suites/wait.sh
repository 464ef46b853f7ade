#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop waits for VFIO: modules may be loaded after it starts, unloaded, and loaded again.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

vfiotop=$VFIOTOP_ROOT/build/vfiotop


# waits_for WHAT
waits_for() {
	report && [ "$(figure .waiting_for)" = "$1" ]
}

# It has begun to catch signals, too.
has_reported() {
	more_reports_than 0
}

# maps COUNT: a process maps so often
maps() {
	use "$edu"
	with "$edu"
	ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8 --count "$1"
}

# Programs that are attached hold the core, beside the modules that use it.
holds_nothing() {
	[ "$(< /sys/module/vfio/refcnt)" -eq "$(find /sys/module/vfio/holders -type l | wc -l)" ]
}

# unloads WHAT: while it watches; the core, which its programs hold, once it waits
unloads() {
	done_with "$edu"
	ok "$1: the drivers unload while it watches" unload_drivers
	ok "$1: it waits again" wait_until waits
	ok "$1: the rest unloads" wait_until unload_modules
}

# --- VFIO is not loaded ------------------------------------------------------------------------

"$vfiotop" --batch -n 2 -d 0.1 > "$tmp/text"
is $? 0 "without VFIO two reports can be had"
is "$(grep -c 'waiting for VFIO: the module vfio is not loaded' "$tmp/text")" 2 \
	"which say that it waits"

start top "$vfiotop" --json -d 0.2 --ready-fd 1
ticks=1
ok "vfiotop reports before VFIO is loaded" wait_until has_reported
report
is "$(figure '"\(.source) \(.attach) \(.census) \(.watched_ns)"')" "null null null null" \
	"there is no source"
is "$(figure .waiting_for)" "the module vfio" "it says what is missing"
is "$(figure '[.lost[], (.totals | .. | numbers)] | map(select(. != null)) | length')" 0 \
	"nothing is known"
is "$(figure '[.containers, .groups, .devices, .leaks, .failures] | flatten | length')" 0 \
	"nothing is shown"
is "$(grep -c ready "$tmp/top.out")" 0 "it is not ready"

# --- It is loaded, piece by piece ----------------------------------------------------------------

if [ "$VFIOTOP_MODULES" = ours ]; then
	modprobe irqbypass
	insmod "$VFIOTOP_BUILT/vfio.ko"
	ok "with the core it waits for a backend" wait_until waits_for "a backend such as vfio_iommu_type1"
	insmod "$VFIOTOP_BUILT/vfio_iommu_type1.ko"
	ok "then for a driver" wait_until waits_for "a driver such as vfio-pci"
	is "$(grep -c ready "$tmp/top.out")" 0 "it is not ready yet"
	insmod "$VFIOTOP_BUILT/vfio-pci.ko"
else
	ok "the modules load" load_modules
fi
ok "it is ready when all are there" wait_until is_ready top
maps 1
report
is "$(figure '"\(.waiting_for) \(.totals.map.count) \(.census) \([.lost[]] | add)"')" \
	"null 1 true 0" "it counts what is mapped"

# --- Unloaded, and loaded again --------------------------------------------------------------------

unloads "the first time"
is "$(grep '^{' "$tmp/top.out" | jq -s '[.[] | select(.source)] | last | .totals.map.count')" 1 \
	"the last report before has all counts"
is "$(figure '"\(.source) \(.totals.map.count)"')" "null null" "those since have none"
ok "the modules load again" load_modules
ok "it watches again" wait_until watches
maps 2
report
is "$(figure '.totals | "\(.map.count) \(.containers)"')" "2 1" "and counts anew"
is "$(grep -c ready "$tmp/top.out")" 1 "it was ready once"

# The driver alone goes and comes: what is loaded all the time does not count as loaded anew.
done_with "$edu"
ok "the drivers unload" unload_drivers
ok "it waits for a driver" wait_until waits_for "a driver such as vfio-pci"
ok "and holds nothing" wait_until holds_nothing
if [ "$VFIOTOP_MODULES" = ours ]; then
	insmod "$VFIOTOP_BUILT/vfio-pci.ko"
else
	modprobe vfio-pci
fi
ok "a driver comes back, and it watches again" wait_until watches

# Loaded and unloaded while it attaches.
for round in 1 2 3; do
	ok "round $round: the modules unload" wait_until unload_modules
	ok "round $round: the modules load" load_modules
done
ok "it has kept up" wait_until watches
maps 1
report
is "$(figure .totals.map.count)" 1 "and counts"

# --- Others are loaded ---------------------------------------------------------------------------------

if [ "$VFIOTOP_MODULES" = ours ]; then
	is "$(figure .source)" tracepoints "the source is our modules"
	unloads "our modules"
	VFIOTOP_MODULES=stock
	use "$edu"
	ok "it watches the distribution's modules" wait_until watches
	is "$(figure .source)" stock "which are another source"
	maps 1
	report
	is "$(figure .totals.map.count)" 1 "and counts"
fi
finish_by TERM "it ends at SIGTERM" top 0
ticks=0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

# --- The end of a wait -----------------------------------------------------------------------------------

start_ready "vfiotop watches for one report" top "$vfiotop" --once --json -d 3600 --ready-fd 1
done_with "$edu"
ok "the drivers unload" unload_drivers
ok "it ends" wait_until has_ended top
finish "with its report" top 0
is "$(json "$tmp/top.out" .source)" stock "of what it watched"
ok "the rest unloads" wait_until unload_modules

# On a terminal; a line of text that follows an empty one is drawn whole.
start screen env TERM=xterm script -qefc "$vfiotop -d 0.2" /dev/null
ok "the screen says that it waits" wait_until grep -q 'waiting for VFIO: the module vfio' \
	"$tmp/screen.out"
ok "the modules load" load_modules
ok "it shows what it watches" wait_until grep -q 'no VFIO container seen' "$tmp/screen.out"
echo q >&"${input_of[screen]}"
ok "q ends it" wait_until has_ended screen
finish "well" screen 0

# Keys while it attaches: as long as nobody writes to the FIFO, no BPF program is loaded.
mkfifo "$tmp/door"
start screen env TERM=xterm LD_PRELOAD="$workloads/closed_door.so" CLOSED_DOOR="$tmp/door" \
	script -qefc "$vfiotop -d 0.2" /dev/null
ok "the screen is there while it attaches" wait_until grep -q 'vfiotop: attaching' "$tmp/screen.out"
echo h >&"${input_of[screen]}"
ok "a key is answered meanwhile" wait_until grep -q 'Escape back' "$tmp/screen.out"
echo q >&"${input_of[screen]}"
ok "q ends it meanwhile" wait_until has_ended screen
finish "well" screen 0
ok "the modules unload" wait_until unload_modules

start screen env TERM=xterm script -qefc "$vfiotop -d 0.2 --source=tracepoints" /dev/null
ok "the screen waits for tracepoints" wait_until grep -q 'waiting for VFIO' "$tmp/screen.out"
ok "modules without come" load_modules
ok "the screen ends" wait_until has_ended screen
finish "with status 4" screen 4
like "$(tail -n 1 "$tmp/screen.out")" $'\e\\[\\?1049l.*vfiotop: .*no tracepoints' \
	"and says why, once the terminal is back"
ok "the modules unload" wait_until unload_modules

start top "$vfiotop" --json -d 0.2 --source=tracepoints
ok "vfiotop waits for tracepoints" wait_until has_reported
ok "modules without come" load_modules
ok "it ends" wait_until has_ended top
finish "with status 4" top 4
like "$(< "$tmp/top.err")" 'no tracepoints' "and says why"
is "$(wc -l < "$tmp/top.err")" 1 "in one line"

done_testing
