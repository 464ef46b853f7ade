#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The screen of vfiotop in a real terminal, tmux's, on recordings: needs neither VFIO nor
# privileges. A narrow, a usual and a wide terminal; and one that knows no UTF-8.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh

tmp=$(mktemp -d)
trap 'end_terminal; rm -rf "$tmp"' EXIT
vfiotop=build/vfiotop
# shellcheck source=tests/terminal.bash
. tests/terminal.bash

# Bytes that the terminal got and that neither print nor are part of a sequence
wrong_bytes() {
	# ESC, CR, LF, BS, TAB, SI and SO are what ncurses moves and changes looks with.
	LC_ALL=C tr -d '\033\r\n\b\t\016\017 -~'"${1-}" < "$tmp/raw" | wc -c
}

to_end() {
	press ']]]]]]]]'
	wait_until shows 1 PAUSED
}

# --- Each table in each size ------------------------------------------------------------

for size in 80x24 100x30 250x60; do
	for recording in tests/recordings/{demo,enomem,leak,short,space,stock-proc}.vfiotop; do
		name=$(basename "$recording" .vfiotop)
		$vfiotop --replay "$recording" --json | tail -n 1 > "$tmp/report"
		read_expected
		open_terminal $size C.UTF-8 --replay "$recording"
		press ']]]]]]]]'
		await "$name, $size: the end of the recording" shows 1 PAUSED
		wrong=
		for key in 1 2 3 4 5 6 7 8 9 0; do
			press $key
			await "$name, $size: $key ${names[key]}" table $key "${expected[key]}"
			wrong+=$(wrong_lines "${size%x*}")
		done
		press Tab
		await "$name, $size: Tab leads to the first" table 1 "${expected[1]}"
		is "$wrong" "" "$name, $size: no line wraps or has a control character"
		is "$(wrong_bytes '\200-\377')" 0 "$name, $size: nor did the terminal get one"
		press q
		await "$name, $size: q quits" test -s "$tmp/after"
	done
done

# --- A map in flight --------------------------------------------------------------------

open_terminal 80x24 C.UTF-8 --replay tests/recordings/slow.vfiotop --speed 0.01
steps=$($vfiotop --replay tests/recordings/slow.vfiotop --json |
	jq -s 'map([.containers[]?.in_flight[]?] | length > 0) | index(true)')
press 4 "$(printf '%*s' "$steps" '' | tr ' ' .)"
await "slow: a step at a time leads to the map in flight" \
	shows 5 '^> +4 +262 +map +'

# --- One address space ------------------------------------------------------------------

changed() {
	capture
	[ "${seen[*]}" != "$before" ]
}

# further_down TEXT: a page at a time, each as soon as the one before is drawn
further_down() {
	local before

	anywhere "$1" && return
	before=${seen[*]}
	press NPage
	wait_until changed
	return 1
}

for size in 80x24 100x30 250x60; do
	open_terminal $size C.UTF-8 --replay tests/recordings/space.vfiotop
	to_end
	press 1 Enter
	await "space, $size: Enter leads into it" anywhere "Container 1 of 208 (hugemap)"
	await "space, $size: maps by size" further_down "     64 MiB         6         0         3  "
	await "space, $size: mappings by age" further_down \
		"     64 MiB         3          0          0          3          3          3"
	await "space, $size: bytes by leaf size" further_down "  2 MiB         256 MiB  "
	await "space, $size: where they lie" further_down \
		"  M 0x0000001100000000 to 0x0000001103ffffff      64 MiB  "
	is "$(wrong_lines "${size%x*}")" "" "space, $size: no line wraps"
	press Escape
	await "space, $size: Escape leads back" shows 4 '^   CONTAINER '
	press End Enter
	await "space, $size: Enter leads into the other" anywhere "Container 2 of 214 (leaker)"
	await "space, $size: mappings that are new" further_down \
		"    256 KiB        35        3-5         35         35         35         35"
done

# --- Causes that are long --------------------------------------------------------------

open_terminal 250x60 C.UTF-8 --replay tests/recordings/enomem.vfiotop
to_end
press 7
await "causes: all of each where there is room" anywhere \
	"$($vfiotop --replay tests/recordings/enomem.vfiotop --json |
		jq -r '.failures[]? | select(.stage == "account").cause')  64 KiB"
resize 100x24
await "causes: not what would hide other columns" anywhere "the locked-memory limit forbids it: 64 K  64 KiB"

# --- Figures at the edge ----------------------------------------------------------------

table_of_three() {
	shows 3 "\[$1${names[$1]}\]" && has_rows 1 2 3 && foot "q quit"
}

# Whatever there is of a row of figures is all of it, up to the gap before the next column.
whole_figures() {
	local i

	shows 1 interval || return
	for i in 3 4 5 6; do
		[ -n "${narrow[i]}" ] && [[ ${seen[i]}"  " == "${narrow[i]}  "* ]] || return
	done
}
for key in 2 3; do
	open_terminal 80x24 C.UTF-8 --replay tests/recordings/demo.vfiotop
	to_end
	press $key
	await "figures: $key ${names[key]}" table_of_three $key
	narrow=("${seen[@]}")
	resize 250x60
	await "figures: none is cut at the edge, $key ${names[key]}" whole_figures ||
		diag "$(printf '%s\n' "${narrow[@]:3:4}")"
done

# --- Keys -------------------------------------------------------------------------------

# One report of a recording, as the first line of a wide screen has it
mapfile -t reports < <($vfiotop --replay tests/recordings/demo.vfiotop -b |
	sed -n 's/^vfiotop \([0-9:]*\) .*  interval \([0-9.]* [^ ]*\)  .*/\1 .*interval \2$/p')
last=$((${#reports[@]} - 1))
at() {
	shows 1 "^vfiotop ${reports[$1]/ / .*}" && [[ ${seen[0]} == *PAUSED* ]]
}
resize 250x60
await "steps: the last report" at $last
press ,
await "steps: , is one back" at $((last - 1))
press ,
await "steps: and one more" at $((last - 2))
press .
await "steps: . is one on" at $((last - 1))
press '['
await "steps: [ is ten back" at $((last - 11))
press ']'
await "steps: ] is ten on" at $((last - 1))
press Space
await "steps: Space plays the rest" at $last

small_detail() {
	anywhere "Container 2 of " && foot "Escape back" && fits 80
}

# The second column is scrolled out.
is_scrolled() {
	shows 4 '^ *CONTAINER' && [[ ${seen[3]} != *PID* ]]
}

# keys_at WIDTHxHEIGHT: every key on a terminal of this size
keys_at() {
	local columns=${1%x*}

	resize "$1"
	press 1
	await "$1: the address spaces" shows 3 '\[1Spaces\]'
	press '>'
	await "$1: > orders by the first column, the largest first" in_order 3 2 1
	like "${seen[3]}" '^  vCONTAINER ' "$1: v marks the column"
	press R
	await "$1: R reverses it" in_order 1 2 3
	like "${seen[3]}" '^  \^CONTAINER ' "$1: ^ marks that"
	press '<'
	await "$1: < leads out of it" shows 4 '^   CONTAINER '
	press R

	press / leaker
	await "$1: / leaves the rows with a text while it is typed" in_order 2
	await "$1: the foot says it" foot "filter: leaker_  (1 of 3 rows)"
	press Enter
	await "$1: Enter keeps it" foot "filter: leaker  (1 of 3 rows)"
	press Escape
	await "$1: Escape drops it" in_order 1 2 3

	press End
	await "$1: End leads to the last row" shows 7 '^> +3 '
	await "$1: the foot says that rows keep their order" foot "row 3 of 3"
	press Home
	await "$1: Home leads to the first" shows 5 '^> +1 '
	press Right
	await "$1: Right scrolls the columns" is_scrolled
	press Left
	await "$1: Left leads back" shows 4 '^   CONTAINER +PID '
	press t
	await "$1: t groups by machine, pod or unit" shows 5 '^>/$'
	press t
	await "$1: and no longer" in_order 1 2 3
	press d 2.5
	await "$1: d asks for the delay" foot "seconds between reports: 2.5_"
	press Enter
	await "$1: Enter takes it" foot "q quit"

	press Down
	await "$1: Down moves the cursor" shows 6 '^> '
	press Enter
	await "$1: Enter leads into the address space" anywhere "Container 2 of "
	is "$(wrong_lines "$columns")" "" "$1: no line of it wraps"
	resize 80x24
	await "$1: nor on a smaller terminal" small_detail
	resize "$1"
	press NPage
	await "$1: Page Down scrolls it" lacks 4 '^Container 2 of '
	press PPage
	await "$1: Page Up scrolls back" shows 4 '^Container 2 of '
	press Escape
	await "$1: Escape leads back" shows 4 '^   CONTAINER '
	await "$1: where the cursor was" shows 6 '^> '
	press Home 5
	await "$1: the devices" shows 5 '^> +0000:00:10.0 '
	press Enter
	await "$1: Enter leads to the address space of a device" anywhere "Container 1 of "
	press 1
	await "$1: another table" shows 3 '\[1Spaces\]'
	await "$1: all of the foot fits" anywhere "Enter details"
	like "$(printf '%s\n' "${seen[@]}")" "0Procs" "$1: so do all names of tables"

	for key in h '?' F1; do
		press "$key"
		await "$1: $key helps" anywhere "vfiotop - what VFIO does, live"
		await "$1: lines of keys fit" anywhere "Escape leads back"
		press NPage
		await "$1: it scrolls" lacks 1 'what VFIO does'
		press "$key"
		await "$1: $key leads back" shows 4 '^   CONTAINER '
	done
	press 0
	await "$1: the processes are elsewhere" anywhere "1 shows whose each address space is"
	press 1
	await "$1: there" in_order 1 2 3
	press f
	await "$1: f chooses the columns" anywhere "[x] CONTAINER"
	is "$(wrong_lines "$columns")" "" "$1: no line wraps"
	press Escape
	await "$1: Escape leads back" shows 4 '^   CONTAINER '
	for key in r C-l; do
		press "$key"
		await "$1: $key draws the same" in_order 1 2 3
	done
}

for size in 80x24 100x30 250x60; do
	keys_at $size
done

small_enough() {
	shows 1 '^vfiotop' && fits "$1"
}
for size in 100x30 20x5 10x2 250x60; do
	resize $size
	await "resize: no line wraps at $size" small_enough "${size%x*}"
done
await "resize: the table is there" in_order 1 2 3

# --- The end ----------------------------------------------------------------------------

press q
restored 0 "q"
open_terminal 80x24 C.UTF-8 --replay tests/recordings/demo.vfiotop --speed 0.01
await "pause: it plays" shows 1 '^vfiotop [0-9:]{8}  alerts'
press Space
await "pause: Space" shows 1 PAUSED
press Space
await "pause: and on" lacks 1 PAUSED
press C-c
restored 0 "Ctrl-C"
open_terminal 80x24 C.UTF-8 --replay tests/recordings/demo.vfiotop --speed 0.01
press "C-\\"
restored 0 "Ctrl-\\, SIGQUIT"
is "$(capture; printf '%s\n' "${seen[@]}" | grep -cvE '^$|^shell again$')" 0 \
	"end: SIGQUIT: nothing is printed"

# --- Without UTF-8 ----------------------------------------------------------------------

open_terminal 80x24 C --replay tests/recordings/demo.vfiotop
to_end
press 2
await "C: microseconds" anywhere " us "
press Enter
await "C: bars" anywhere "###"
is "$(wrong_lines 80)" "" "C: no line wraps"
press q
restored 0 "q without UTF-8"
is "$(wrong_bytes)" 0 "C: the terminal gets ASCII only"

done_testing
