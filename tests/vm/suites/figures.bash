# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # common.bash sets what is used here
#
# For suites that compare what vfiotop shows; sourced after common.bash.

watch_with() {
	start_ready "vfiotop watches, $*" top "$VFIOTOP_ROOT/build/vfiotop" --json -d 3600 \
		--ready-fd 1 "$@"
}

more_reports_than() {
	read_objects "$tmp/top.out"
	[ "$objects" -gt "$1" ]
}

# 1 while vfiotop makes reports by itself, one of which may have begun before it is asked.
ticks=0

# A report of this moment, in $tmp/report.
report() {
	local before

	settle
	read_objects "$tmp/top.out"
	before=$objects
	kill -USR1 "${pid_of[top]}"
	wait_until more_reports_than $((before + ticks))
	echo "$last_object" > "$tmp/report"
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
	wait_long has_line "$2" "$tmp/$1.out"
}

# of PID FILTER: of the container of this process
of() {
	figure "[.containers[] | select(.pid == $1)] | last | $2"
}

# VT-d's page tables of a device, where this kernel shows them.
tables=/sys/kernel/debug/iommu/intel/$edu/domain_translation_struct

# Bytes in leaves of 4K, 2M and 1G in the tables. A line has the entries on the way to a
# leaf: five for the smallest.
leaves_in_tables() {
	awk '$2 == "|" { count[NF - 2]++ }
	     END { printf "%d %d %d\n", count[5] * 2 ^ 12, count[4] * 2 ^ 21, count[3] * 2 ^ 30 }' "$tables"
}

# leaves_in_report PID: the same as the last report has it
leaves_in_report() {
	of "$1" '.leaf_bytes | "\(."4096") \(."2097152") \(."1073741824")"'
}

# The containers that mapped and all that is not about a container, one value a line, but for
# those that no two watches have in common: times, processes, how the kernel was asked, what
# the watch takes, and how scattered the memory was. A map may be slow by chance.
# shellcheck disable=SC2016,SC2034 # variables of jq, for suites
comparable='(.containers | arrays) |= map(select(.map.count > 0))
	| (.alerts | arrays) |= map(select(.kind != "slow-map"))
	| [paths(type != "object" and type != "array") as $path
	| { key: ($path | map(tostring) | join(".")), value: getpath($path) | (strings |= sub("process [0-9]+"; "process")) }
	| select(.key | test("(_|\\.|^)ns(\\.|$)|runs?(_bytes)?$|pid$|rss_bytes$|\\.tid$|^source$|^attach$|^watch\\.|(text|hint)$|^lost|\\.younger\\.|^containers\\.[0-9]+\\.alert$") | not)]
	| from_entries'

# same FILTER WANT DESCRIPTION: a test of the container of $pid. It is made with the next
# report, or at the suite's end: one jq for all of them, which takes long to start.
same_report='' same_filters=() same_wanted=() same_descriptions=()

same() {
	local current

	mapfile -t current < "$tmp/report"
	if [ "${current[*]}" != "$same_report" ]; then
		settle
		same_report=${current[*]}
	fi
	same_filters+=("[.containers[] | select(.pid == $pid)] | last | $1")
	same_wanted+=("$2") same_descriptions+=("$3")
}

settle() {
	local filter program='' i got

	# In a subshell, such as that of ok, nobody would hear of the results.
	[[ ${#same_filters[@]} -gt 0 && $BASH_SUBSHELL -eq 0 ]] || return 0
	for filter in "${same_filters[@]}"; do
		program+="(try ($filter) catch \"jq: \(.)\"), \"\\u001e\", "
	done
	mapfile -t -d $'\x1e' got < <(jq -r "${program%, }" <<< "$same_report" 2>&1)
	for i in "${!same_filters[@]}"; do
		# What follows the mark of the result before, but for the ends of lines.
		got[i]=${got[i]#$'\n'}
		is "${got[i]%$'\n'}" "${same_wanted[i]}" "${same_descriptions[i]}"
	done
	same_filters=() same_wanted=() same_descriptions=()
}

# dirty_log WHAT MIB: of hugemap --dirty with three kinds of so much memory
dirty_log() {
	same '.dirty_log | "\(.starts) \(.stops) \(.bitmaps) \(.errors)"' "1 1 3 1" \
		"$1: T8: dirty-log requests, and the one that failed"
	same '.dirty_log | "\(.range_bytes) \(.bitmap_bytes)"' "$((3 * $2 << 20)) $((3 * $2 * 32))" \
		"$1: T8: the ranges of these bitmaps, and their bytes"
	same '.dirty_log.ns | .last > 0 and .last <= .max and .max < .sum' true \
		"$1: T8: how long they took"
}

done_testing() {
	settle
	end_of_tests
}

pins=$(vmstat_pins)

# Pages that the kernel says are pinned, in bytes, beyond those at the start.
pinned_now() {
	echo $((($(vmstat_pins) - pins) * 4096))
}
