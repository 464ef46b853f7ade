# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # common.bash sets what is used here
#
# For suites that compare what vfiotop shows; sourced after common.bash.

watch_with() {
	start_ready "vfiotop watches, $*" top "$VFIOTOP_ROOT/build/vfiotop" --json -d 3600 \
		--ready-fd 1 "$@"
}

reports() {
	grep -c '^{' "$tmp/top.out"
}

more_reports_than() {
	[ "$(reports)" -gt "$1" ]
}

# A report of this moment, in $tmp/report.
report() {
	local before

	before=$(reports)
	kill -USR1 "${pid_of[top]}"
	wait_until more_reports_than "$before"
	grep '^{' "$tmp/top.out" | tail -n 1 > "$tmp/report"
}

# waits, watches: what vfiotop does at this moment
waits() {
	report && [ "$(figure .waiting_for)" != null ]
}

watches() {
	report && [ "$(figure .waiting_for)" = null ]
}

# figure FILTER: of the last report
figure() {
	jq -r "$1" "$tmp/report"
}

# reports_that FILTER: a report of this moment for which it is true
reports_that() {
	report && [ "$(figure "$1")" = true ]
}

# tell NAME WORD: a line of input, and the program's answer
tell() {
	echo >&"${input_of[$1]}"
	wait_long grep -qx "$2" "$tmp/$1.out"
}

# of PID FILTER: of the container of this process
of() {
	figure "[.containers[] | select(.pid == $1)] | last | $2"
}

# same FILTER WANT DESCRIPTION: a test of the container of $pid
same() {
	is "$(of "$pid" "$1")" "$2" "$3"
}

pins=$(vmstat_pins)

# Pages that the kernel says are pinned, in bytes, beyond those at the start.
pinned_now() {
	echo $((($(vmstat_pins) - pins) * 4096))
}
