# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# For the programs that boot a machine: the streams of its suites become one TAP stream,
# and the kernel's log is searched for reports of bugs. They set log, the file of that log,
# and tmp, a folder with the machine's pid, and print the stream's first line.

# What a kernel with a bug prints. Faults of DMA are none where a suite wants them.
splats() {
	tr -d '\r' < "$log" |
		awk '/vfiotop: DMA faults are expected/ { expected = 1 }
		     /vfiotop: no DMA faults are expected/ { expected = 0 }
		     /WARNING: nvram corruption detected/ { next } # the emulated one of pseries is empty
		     !expected || !/DMAR: / { print }' |
		grep -E -A 30 \
		-e '\b(BUG|WARNING|INFO: (task|rcu|possible|trying|suspicious|rcu_.*))\b.*:|\bBUG ' \
		-e '\bOops\b|general protection|Kernel panic|Call Trace|unable to handle' \
		-e 'KFENCE: |KASAN: |UBSAN: |DEBUG_LOCKS_WARN|possible circular locking|suspicious RCU' \
		-e 'Redzone|Poison overwritten|Object padding|Objects remaining|Slab 0x|Freepointer corrupt' \
		-e 'unregister_netdevice|blocked for more than|soft lockup|hard LOCKUP|detected stalls|self-detected stall' \
		-e 'refcount_t: |list_(add|del) corruption|scheduling while atomic|sleeping function called|Bad page|stack-protector' \
		-e 'ODEBUG: (free|init|activate|assert|Out of|selftest f)|kmemleak: (Cannot|.*disabled)|INFO: trying to register' \
		-e 'DMAR: (\[|DRHD: handling fault)|nobody cared|failed to validate module' |
		head -200 || true
}

number=0
failures=0

result() {
	local verdict=$1 description=$2

	number=$((number + 1))
	echo "$verdict $number - $description"
	[[ $verdict == ok || $description == *'# TODO'* ]] || failures=$((failures + 1))
}

# Seconds of CPU that the machine has taken so far.
cpu_seconds() {
	local pid fields ticks

	pid=$(cat "$tmp/pid" 2> /dev/null) && read -r -a fields < "/proc/$pid/stat" 2> /dev/null || return 0
	ticks=$((fields[13] + fields[14]))
	echo $((ticks / $(getconf CLK_TCK)))
}

renumber() {
	local line suite='' planned='' seen=0 complaint since cpu
	local test='^(ok|not ok)( +[0-9]+)?( +-)?( .*)?$'

	while IFS= read -r line; do
		line=${line%$'\r'}
		if [[ $line == '@@suite '* ]]; then
			suite=$(basename "${line#@@suite }" .sh)
			planned='' seen=0
			since=$SECONDS cpu=$(cpu_seconds)
			echo "# $suite"
		elif [[ $line == '@@end '* ]]; then
			complaint=
			[ "$planned" = "$seen" ] || complaint=" (planned ${planned:-nothing}, ran $seen)"
			[ "$line" = '@@end 0' ] || complaint+=" (status ${line#@@end })"
			result "$([ -z "$complaint" ] && echo ok || echo not ok)" "$suite: complete$complaint"
			echo "# $suite took $((SECONDS - since)) s, $(($(cpu_seconds) - cpu)) s of CPU"
			suite=
		elif [[ $line =~ $test ]]; then
			seen=$((seen + 1))
			result "${BASH_REMATCH[1]}" "$suite:${BASH_REMATCH[4]:- test $seen}"
		elif [[ $line =~ ^1\.\.([0-9]+) ]]; then
			planned=${BASH_REMATCH[1]}
			[[ $line != *SKIP* ]] || echo "# $suite: skipped${line#*SKIP}"
		else
			echo "# ${line#\# }"
		fi
	done
	[ -z "$suite" ] || result "not ok" "$suite: complete (the machine died)"
}

# finish_tap: the tests that every machine has, and the plan; fails if a test has.
finish_tap() {
	local bugs

	result "$([ -s "$tmp/status" ] && echo ok || echo not ok)" "machine finished by itself"
	bugs=$(splats)
	result "$([ -z "$bugs" ] && echo ok || echo not ok)" "kernel log is clean"
	[ -z "$bugs" ] || echo "# ${bugs//$'\n'/$'\n'# }"
	echo "1..$number"
	[ "$failures" -eq 0 ]
}
