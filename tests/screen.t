#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The screen of vfiotop in a real terminal, tmux's, on recordings: needs neither VFIO nor
# privileges. A narrow, a usual and a wide terminal; and one that knows no UTF-8.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh

tmp=$(mktemp -d)
export LC_ALL=C.UTF-8 TMUX_TMPDIR=$tmp
socket=
terminals=0
trap 'end_terminal; rm -rf "$tmp"' EXIT
vfiotop=build/vfiotop
names=(Procs Spaces Latency Pages Running Devices Groups Fails Leaks Alerts)
titles=(PROCESS CONTAINER CONTAINER CONTAINER CONTAINER DEVICE GROUP AGE LEAK SEVERITY)

terminal() {
	tmux -u -L "$socket" -f /dev/null "$@"
}

end_terminal() {
	[ -z "$socket" ] || terminal kill-server
}

# start WIDTHxHEIGHT LOCALE OPTION...: a new terminal, in which a recording is replayed
start() {
	local size=$1 locale=$2
	shift 2

	end_terminal
	# Another server: the last one may still be on its way out.
	socket=vfiotop-screen-$$-$((++terminals))
	rm -f "$tmp"/{before,after,status,raw}
	cat > "$tmp/run" <<-END
		trap : INT QUIT
		tmux -L $socket pipe-pane -t one 'cat > $tmp/raw'
		stty -g > $tmp/before
		LC_ALL=$locale TERM=screen $vfiotop $*
		echo \$? > $tmp/status
		stty -g > $tmp/after
		echo shell again
		exec cat
	END
	terminal new-session -d -s one -x "${size%x*}" -y "${size#*x}" "sh $tmp/run" &&
		wait_until shows 1 '^vfiotop [0-9:]{8} '
}

press() {
	terminal send-keys -t one "$@"
}

# As it is seen. A line that wrapped would be one with the next.
capture() {
	mapfile -t seen < <(terminal capture-pane -t one -p -J | sed 's/ *$//')
}

# await DESCRIPTION COMMAND...: a test that it comes to be so; what is seen then stays in seen
await() {
	local description=$1
	shift

	if wait_until "$@"; then
		pass "$description"
	else
		fail "$description"
		diag "$(printf '%s\n' "${seen[@]}")"
		return 1
	fi
}

# shows LINE PATTERN
shows() {
	capture
	[[ ${seen[$1 - 1]-} =~ $2 ]]
}

# Not yet, or no longer.
lacks() {
	! shows "$@"
}

anywhere() {
	capture
	[[ $(printf '%s\n' "${seen[@]}") == *"$1"* ]]
}

foot() {
	capture
	[[ $(printf '%s\n' "${seen[@]}" | sed '/^$/d' | tail -n 1) == "$1"* ]]
}

# The first column of all rows, in their order.
first_column() {
	local row

	for row in "${seen[@]:4}"; do
		[ -n "$row" ] || break
		row=${row:3}
		row=${row#"${row%%[! ]*}"}
		printf '%s ' "${row%% *}"
	done
}

sorted() {
	# shellcheck disable=SC2048,SC2086 # words
	printf '%s\n' $* | sort | xargs
}

# has_rows FIRST...: in any order; AGE is some time
has_rows() {
	local rows

	capture
	rows=$(sorted "$(first_column)")
	[ "$rows" = "$(sorted "$*")" ]
}

# in_order FIRST...
in_order() {
	capture
	[ "$(first_column)" = "$* " ]
}

# table KEY: it is there with its rows
table() {
	shows 3 "\[$1${names[$1]}\]" && [[ ${seen[3]} =~ ^\ *[v^]?${titles[$1]}(\ |$) ]] || return
	case $1 in
	7) [[ $(first_column) =~ ^([0-9.]+ )*$ ]] ;;
	*) has_rows "$(expected "$1")" ;;
	esac
}

# expected KEY: of the last report, as JSON says
expected() {
	jq -r --arg key "$1" '{
		"1": [.containers[]?.id], "2": [.containers[]?.id], "3": [.containers[]?.id],
		"4": [.containers[]? | .id as $id | .in_flight[]? | $id],
		"5": [.devices[]?.address], "6": [.groups[]?.id],
		"8": [.leaks[]?.kind], "9": [.alerts[]?.severity], "0": [.processes[]?.pid]
	}[$key] | map(tostring) | join(" ")' "$tmp/last"
}

# What is wrong with the lines that were captured, of a terminal so wide
wrong_lines() {
	local line

	for line in "${seen[@]}"; do
		[ "${#line}" -le "$1" ] || echo "wider than $1: $line"
		[[ ! $line =~ [[:cntrl:]] ]] || echo "a control character: $(printf %q "$line")"
	done
}

fits() {
	[ -z "$(wrong_lines "$1")" ]
}

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
	for recording in tests/recordings/{demo,enomem,leak,short,stock-proc}.vfiotop; do
		name=$(basename "$recording" .vfiotop)
		$vfiotop --replay "$recording" --json | tail -n 1 > "$tmp/last"
		start $size C.UTF-8 --replay "$recording"
		press ']]]]]]]]'
		await "$name, $size: the end of the recording" shows 1 PAUSED
		wrong=
		for key in 1 2 3 4 5 6 7 8 9 0; do
			press $key
			await "$name, $size: $key ${names[key]}" table $key
			wrong+=$(wrong_lines "${size%x*}")
		done
		press Tab
		await "$name, $size: Tab leads to the first" table 1
		is "$wrong" "" "$name, $size: no line wraps or has a control character"
		is "$(wrong_bytes '\200-\377')" 0 "$name, $size: nor did the terminal get one"
		press q
		await "$name, $size: q quits" test -s "$tmp/after"
	done
done

# --- A map in flight --------------------------------------------------------------------

start 80x24 C.UTF-8 --replay tests/recordings/slow.vfiotop --speed 0.01
steps=$($vfiotop --replay tests/recordings/slow.vfiotop --json |
	jq -s 'map([.containers[]?.in_flight[]?] | length > 0) | index(true)')
press 4 "$(printf '%*s' "$steps" '' | tr ' ' .)"
await "slow: a step at a time leads to the map in flight" \
	shows 5 '^> +4 +262 +map +'

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
	start 80x24 C.UTF-8 --replay tests/recordings/demo.vfiotop
	to_end
	press $key
	await "figures: $key ${names[key]}" table_of_three $key
	narrow=("${seen[@]}")
	terminal resize-window -t one -x 250 -y 60
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
terminal resize-window -t one -x 250 -y 60
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

press 1
wait_until shows 3 '\[1Spaces\]'
press '>'
await "order: > is by the first column, the largest first" in_order 3 2 1
like "${seen[3]}" '^  vCONTAINER ' "order: v marks the column"
press R
await "order: R reverses it" in_order 1 2 3
like "${seen[3]}" '^  \^CONTAINER ' "order: ^ marks that"
press '<'
await "order: < leads out of it" shows 4 '^   CONTAINER '
press R

small_detail() {
	anywhere "Container 2 of " && foot "Escape back" && fits 80
}
press / leaker
await "filter: its row only, while it is typed" in_order 2
await "filter: the foot says it" foot "filter: leaker_  (1 of 3 rows)"
press Enter
await "filter: Enter keeps it" foot "filter: leaker  (1 of 3 rows)"
press Escape
await "filter: Escape drops it" in_order 1 2 3

press Down
await "cursor: down" shows 6 '^> '
press Enter
await "details: Enter leads into the address space" anywhere "Container 2 of "
is "$(wrong_lines 250)" "" "details: no line wraps"
terminal resize-window -t one -x 80 -y 24
await "details: none does on a small terminal" small_detail
press Escape
await "details: Escape leads back" shows 4 '^   CONTAINER '
await "details: where the cursor was" shows 6 '^> '
press Home 5
await "details: the devices" shows 5 '^> +0000:00:10.0 '
press Enter
await "details: of a device it is its address space" anywhere "Container 1 of "
press 1
await "details: another table" shows 3 '\[1Spaces\]'
await "foot: all of it fits" anywhere "Enter details"
like "$(printf '%s\n' "${seen[@]}")" "0Procs" "tables: all names fit"

press h
await "help: h" anywhere "vfiotop - what VFIO does, live"
await "help: lines of keys fit" anywhere "Escape leads back"
press NPage
await "help: it scrolls" shows 1 '^.* {2,}'
press h
await "help: h leads back" shows 4 '^   CONTAINER '
press f
await "columns: f" anywhere "[x] CONTAINER"
is "$(wrong_lines 80)" "" "columns: no line wraps"
press Escape
await "columns: Escape leads back" shows 4 '^   CONTAINER '

small_enough() {
	shows 1 '^vfiotop' && fits "$1"
}
for size in 100x30 20x5 10x2 250x60; do
	terminal resize-window -t one -x "${size%x*}" -y "${size#*x}"
	await "resize: no line wraps at $size" small_enough "${size%x*}"
done
await "resize: the table is there" in_order 1 2 3

# --- The end ----------------------------------------------------------------------------

# restored STATUS HOW
restored() {
	await "end: $2" test -s "$tmp/after"
	is "$(< "$tmp/status")" "$1" "end: $2: the exit code"
	is "$(< "$tmp/after")" "$(< "$tmp/before")" "end: $2: the terminal's modes are the old ones"
	await "end: $2: the shell goes on" anywhere "shell again"
	is "$(terminal display -t one -p '#{alternate_on} #{cursor_flag} #{keypad_flag}')" "0 1 0" \
		"end: $2: so are its screen, its cursor and its keys"
}

press q
restored 0 "q"
start 80x24 C.UTF-8 --replay tests/recordings/demo.vfiotop --speed 0.01
like "${seen[0]}" '^vfiotop [0-9:]{8}  alerts' "pause: it plays"
press Space
await "pause: Space" shows 1 PAUSED
press Space
await "pause: and on" lacks 1 PAUSED
press C-c
restored 0 "Ctrl-C"
start 80x24 C.UTF-8 --replay tests/recordings/demo.vfiotop --speed 0.01
press "C-\\"
restored 0 "Ctrl-\\, SIGQUIT"
is "$(capture; printf '%s\n' "${seen[@]}" | grep -cvE '^$|^shell again$')" 0 \
	"end: SIGQUIT: nothing is printed"

# --- Without UTF-8 ----------------------------------------------------------------------

start 80x24 C --replay tests/recordings/demo.vfiotop
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
