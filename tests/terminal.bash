# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # expected is used, tmp and vfiotop are set by those that source this
#
# For tests of the screen: vfiotop in a real terminal, tmux's, and what is seen there.

export LC_ALL=C.UTF-8 TMUX_TMPDIR=$tmp
socket=
terminals=0
# Lines that wrap are joined when they are captured; it takes a program more.
joined=-J

# What the tables are called, by their keys, and their first columns
names=(Procs Spaces Latency Pages Running Devices Groups Fails Leaks Alerts)
titles=(PROCESS CONTAINER CONTAINER CONTAINER CONTAINER DEVICE GROUP AGE LEAK SEVERITY)

terminal() {
	tmux -u -L "$socket" -f /dev/null "$@"
}

end_terminal() {
	[ -n "$socket" ] || return 0
	# A server waits for such a client.
	echo detach-client >&"$control_in"
	wait "$control"
	terminal kill-server
	exec {control_in}>&- {control_out}<&-
	socket=
}

# The server is asked through one client that stays, as to start one takes long where there
# is no hardware virtualisation.
open_control() {
	rm -f "$tmp"/control.{in,out}
	mkfifo "$tmp"/control.{in,out}
	terminal -C attach -f no-output,ignore-size -t one < "$tmp/control.in" > "$tmp/control.out" 2> /dev/null &
	control=$!
	exec {control_in}> "$tmp/control.in" {control_out}< "$tmp/control.out"
	answer
}

# Until a command is done. All else that is told begins with other words.
answer() {
	local line

	while IFS= read -r line <&"$control_out"; do
		[[ $line != '%end '* ]] || return 0
		[[ $line != '%error '* ]] || return 1
	done
	return 1
}

# ask COMMAND
ask() {
	echo "$1" >&"$control_in" && answer
}

# open_terminal WIDTHxHEIGHT LOCALE OPTION...: a new one, in which vfiotop runs
open_terminal() {
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
		open_control && wait_until shows 1 '^vfiotop [0-9:]{8} '
}

# resize WIDTHxHEIGHT
resize() {
	ask "resize-window -t one -x ${1%x*} -y ${1#*x}"
}

press() {
	local keys

	printf -v keys " '%s'" "$@"
	ask "send-keys -t one$keys"
}

# As it is seen. A line that wrapped would be one with the next.
capture() {
	ask "capture-pane -t one -b seen $joined" && ask "save-buffer -b seen $tmp/seen"
	if [ -n "$joined" ]; then
		mapfile -t seen < <(sed 's/ *$//' "$tmp/seen")
	else
		mapfile -t seen < "$tmp/seen"
	fi
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
	local IFS=$'\n'

	capture
	[[ "${seen[*]}" == *"$1"* ]]
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

# has_rows FIRST...: in any order
has_rows() {
	local row left=" $* "

	capture
	for row in $(first_column); do
		[[ $left == *" $row "* ]] || return
		left=${left/ $row / }
	done
	[[ $left =~ ^\ *$ ]]
}

# in_order FIRST...
in_order() {
	capture
	[ "$(first_column)" = "$* " ]
}

# table KEY FIRST...: it is there with its rows. The first column of failures is some time.
table() {
	shows 3 "\[$1${names[$1]}\]" && [[ ${seen[3]} =~ ^\ *[v^]?${titles[$1]}(\ |$) ]] || return
	case $1 in
	7) [[ $(first_column) =~ ^([0-9.]+ )*$ ]] ;;
	*) has_rows "${@:2}" ;;
	esac
}

# Sets expected to the first column of each table, as the report of JSON in $tmp/report says.
read_expected() {
	mapfile -t expected < <(jq -r '[.processes[]?.pid],
		([.containers[]?.id] | ., ., .),
		[.containers[]? | .id as $id | .in_flight[]? | $id],
		[.devices[]?.address], [.groups[]?.id], [],
		[.leaks[]?.kind], [.alerts[]?.severity]
		| map(tostring) | join(" ")' "$tmp/report")
}

# row_has FIRST PATTERN: the row of a table that begins so
row_has() {
	local line

	capture
	for line in "${seen[@]:4}"; do
		[[ ! ${line:3} =~ ^\ *$1\ +$2 ]] || return 0
	done
	return 1
}

# has PATTERN: on one line
has() {
	local line

	capture
	for line in "${seen[@]}"; do
		[[ ! $line =~ $1 ]] || return 0
	done
	return 1
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

# restored STATUS HOW
restored() {
	await "end: $2" test -s "$tmp/after"
	is "$(< "$tmp/status")" "$1" "end: $2: the exit code"
	is "$(< "$tmp/after")" "$(< "$tmp/before")" "end: $2: the terminal's modes are the old ones"
	await "end: $2: the shell goes on" anywhere "shell again"
	is "$(terminal display -t one -p '#{alternate_on} #{cursor_flag} #{keypad_flag}')" "0 1 0" \
		"end: $2: so are its screen, its cursor and its keys"
}
