#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What vfiotop may do: the process that watches keeps nothing to attach with, the helper
# nothing else, and neither leaves anything behind.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

vfiotop=$VFIOTOP_ROOT/build/vfiotop

# The numbers of capabilities, as bits.
dac_read_search=$((1 << 2)) sys_ptrace=$((1 << 19)) sys_admin=$((1 << 21)) syslog=$((1 << 34))
perfmon=$((1 << 38)) bpf=$((1 << 39))
to_attach=$(printf %016x $((sys_admin | syslog | perfmon | bpf)))

# status PID: its capabilities, permitted, effective and bounding, and whether it can gain more
status() {
	awk '/^(CapPrm|CapEff|CapBnd|NoNewPrivs):/ { print $2 }' "/proc/$1/status" | paste -sd ' '
}

helper_of() {
	pgrep -P "${pid_of[$1]}"
}

# programs: how many BPF programs there are
programs() {
	bpftool prog show --json | jq length
}

# Others may have been on their way out when they were counted.
no_more_programs_than() {
	[ "$(programs)" -le "$1" ]
}

has_gone() {
	[ ! -d "/proc/$1" ]
}

says() {
	[ "$(wc -l < "$tmp/top.err")" -gt 0 ]
}

use "$edu"
with "$edu"
without=$(programs)

# --- Who keeps what ------------------------------------------------------------------------------

# What does not depend on the modules is seen on ours.
everything=
[[ $VFIOTOP_MODULES != ours && -z $VFIOTOP_ALL ]] || everything=yes
sources=(tracepoints iommu proc)
[ "$VFIOTOP_MODULES" = ours ] || sources=(stock kprobes ${everything:+iommu proc})
none=$(printf %016x 0) scans=$(printf %016x $((sys_ptrace | dac_read_search)))
for source in ${everything:+auto} "${sources[@]}"; do
	case $source in
	auto)                kept="$scans $none $scans 1" ;; # the next source may have to scan
	tracepoints | stock) kept="$none $none $none 1" ;;
	*)                   kept="$scans $scans $scans 1" ;;
	esac
	start_ready "$source: it watches" top "$vfiotop" --json -d 3600 --source="$source" --ready-fd 1
	helper=$(helper_of top)
	is "$(status "${pid_of[top]}")" "$kept" "$source: the process that watches keeps what it reads with"
	is "$(status "$helper")" "$to_attach $to_attach $to_attach 1" "$source: its helper what it attaches with"
	is "$(find "/proc/$helper/fd" -type l | wc -l)" 4 "$source: and no file but its socket, to nowhere else"
	finish_by TERM "$source: it ends" top 0
	ok "$source: so has the helper" has_gone "$helper"
	ok "$source: nothing stays attached" wait_until no_more_programs_than "$without"
	is "$(wc -l < "$tmp/top.err")" 0 "$source: without a word"
done

# --- What is refused, and why -------------------------------------------------------------------

# only CAPABILITIES COMMAND...: as root with these alone, each as ,+name
only() {
	local capabilities=$1
	shift

	setpriv --inh-caps=-all --bounding-set="-all$capabilities" "$@"
}

# refused STATUS PATTERN DESCRIPTION COMMAND...: one line, and no report
refused() {
	local want=$1 pattern=$2 description=$3 status
	shift 3

	"$@" --once > "$tmp/out" 2> "$tmp/err"
	status=$?
	is "$status $(wc -l < "$tmp/err") $(wc -c < "$tmp/out")" "$want 1 0" "$description: status $want and one line"
	like "$(< "$tmp/err")" "$pattern" "$description: which says why"
}

# limits COMMAND...: what it says of itself
limits() {
	"$@" --info --json | jq -r '.limits | join("; ")'
}

# Without file systems that tell what there is to trace, as in some containers.
bare() {
	unshare -m sh -c '{ umount -R /sys/kernel/debug; umount /sys/kernel/tracing; } 2> /dev/null
		mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh "$@"
}

best=${sources[0]}
refused 6 'not permitted, CAP_BPF and CAP_PERFMON are missing; run it as root' "no capability" \
	only '' "$vfiotop" --source="$best"
refused 6 'not permitted, CAP_PERFMON is missing; run it as root' "CAP_BPF alone" \
	only ,+bpf "$vfiotop" --source="$best"
refused 6 'not permitted, CAP_BPF is missing; run it as root' "CAP_PERFMON alone" \
	only ,+perfmon "$vfiotop" --source="$best"
refused 6 'capabilities of this user namespace do not count for BPF' "a user namespace" \
	unshare -U -r "$vfiotop" --source="$best"
like "$(limits only ,+bpf,+perfmon "$vfiotop")" 'before the watch is unknown: .*CAP_SYSLOG is missing' \
	"--info: no census without CAP_SYSLOG"
is "$(limits only ,+bpf,+perfmon,+syslog "$vfiotop")" '' "--info: with it nothing is unknown"
is "$(only '' "$vfiotop" --once --json -d 0.1 | jq -r '"\(.source) \(.watch.attach_failures > 0)"')" "proc true" \
	"auto: that better sources were refused is counted"
is "$("$vfiotop" --once --json -d 0.1 | jq -r '"\(.source) \(.watch.attach_failures)"')" "$best 0" \
	"auto: none was refused to root"
if [ "$VFIOTOP_MODULES" = ours ]; then
	refused 6 'CAP_SYS_ADMIN is missing; run it as root' "tp_btf without CAP_SYS_ADMIN" \
		only ,+bpf,+perfmon "$vfiotop" --attach=tp_btf
	is "$(only ,+bpf,+perfmon "$vfiotop" --once --json -d 0.1 | jq -r '"\(.source) \(.attach) \(.census)"')" \
		"tracepoints raw_tp false" "CAP_BPF and CAP_PERFMON suffice for tracepoints, but for the census"
	refused 4 'neither tracefs nor type information; mount -t tracefs' "no tracefs and no types" \
		bare "$vfiotop" --source=tracepoints
else
	refused 6 'CAP_SYS_ADMIN is missing; run it as root' "stock without CAP_SYS_ADMIN" \
		only ,+bpf,+perfmon "$vfiotop" --source=stock
	refused 5 'no type information' "no types" bare "$vfiotop" --source=stock
	refused 6 'CAP_SYS_ADMIN is missing' "kprobes without CAP_SYS_ADMIN" \
		only ,+bpf,+perfmon "$vfiotop" --source=kprobes
fi

# The table of docs/privileges.md.
if [ -n "$VFIOTOP_ALL" ]; then
	# gets CAPABILITIES SOURCE: how it attaches, and whether there is a census; or the status
	gets() {
		local status

		only "$1" "$vfiotop" --once --json -d 0.05 --source="$2" > "$tmp/out" 2> "$tmp/err"
		status=$?
		if [ "$status" = 0 ]; then
			jq -r '"\(.attach) \(.census)"' "$tmp/out"
		else
			echo "$status"
		fi
	}

	paranoid=$(sysctl -n kernel.perf_event_paranoid)
	while read -r level capabilities source wanted; do
		[[ " ${sources[*]} " == *" $source "* ]] || continue
		sysctl -qw kernel.perf_event_paranoid="$level"
		is "$(gets "${capabilities#none}" "$source")" "$wanted" \
			"$source with ${capabilities#,} where perf_event_paranoid is $level"
	done <<-TABLE
		3 none                           tracepoints 6
		3 ,+bpf,+perfmon                 tracepoints raw_tp false
		3 ,+bpf,+perfmon,+syslog         tracepoints raw_tp true
		3 ,+sys_admin                    tracepoints tp_btf false
		3 ,+sys_admin,+syslog            tracepoints tp_btf true
		3 none                           stock       6
		3 ,+bpf,+perfmon                 stock       6
		3 ,+bpf,+perfmon,+syslog         stock       6
		3 ,+sys_admin                    stock       fentry false
		3 ,+sys_admin,+syslog            stock       fentry true
		3 none                           kprobes     6
		3 ,+bpf,+perfmon                 kprobes     6
		2 ,+bpf,+perfmon                 kprobes     kprobe false
		3 ,+bpf,+perfmon,+syslog         kprobes     6
		3 ,+sys_admin                    kprobes     kprobe false
		3 ,+sys_admin,+syslog            kprobes     kprobe false
		3 none                           iommu       6
		3 ,+bpf,+perfmon                 iommu       raw_tp false
		3 ,+bpf,+perfmon,+syslog         iommu       raw_tp false
		3 ,+sys_admin                    iommu       raw_tp false
		3 ,+sys_admin,+syslog            iommu       raw_tp false
		3 none                           proc        null false
		3 ,+bpf,+perfmon                 proc        null false
		3 ,+sys_admin                    proc        null false
	TABLE
	sysctl -qw kernel.perf_event_paranoid="$paranoid"
fi

[ -n "$everything" ] || done_testing

before=$(sysctl -n kernel.kptr_restrict)
sysctl -qw kernel.kptr_restrict=2
is "$("$vfiotop" --once --json -d 0.1 2> "$tmp/err" | jq -r '"\(.source) \(.census)"')" "$best false" \
	"kptr_restrict=2: it watches, but for the census"
is "$(wc -l < "$tmp/err")" 1 "kptr_restrict=2: and says one line"
like "$(< "$tmp/err")" 'before the watch is unknown: kernel.kptr_restrict=2 hides addresses' \
	"kptr_restrict=2: which says why"
like "$(limits "$vfiotop")" 'kernel.kptr_restrict=2 hides addresses; set it to 1' "kptr_restrict=2: --info says why"
sysctl -qw kernel.kptr_restrict="$before"
is "$(limits "$vfiotop")" '' "root has no limits"

mount -o remount,hidepid=2 /proc
# The group of root sees all.
blind=(setpriv --regid=65534 --clear-groups --inh-caps=-all
	"--bounding-set=-all,+bpf,+perfmon,+sys_admin,+syslog" "$vfiotop")
like "$(limits "${blind[@]}")" 'hidepid.*CAP_SYS_PTRACE is missing' \
	"hidepid: --info says what is unknown without CAP_SYS_PTRACE"
is "$(limits only ,+bpf,+perfmon,+sys_admin,+syslog "$vfiotop")" '' \
	"hidepid: the group that sees all is no such limit"
is "$(limits "$vfiotop")" '' "hidepid: nothing is with it"
start_ready "hidepid: it watches" top "$vfiotop" --json -d 3600 --source="$best" --ready-fd 1
hidden=$(printf %016x $((sys_ptrace)))
is "$(status "${pid_of[top]}")" "$hidden $hidden $hidden 1" "hidepid: it keeps what it sees processes with"
finish_by TERM "hidepid: it ends" top 0

# What cannot be looked at is not dead.
more_of_blind_than() {
	read_objects "$tmp/blind.out"
	[ "$objects" -gt "$1" ]
}

start blind "${blind[@]}" --json -d 0.2 --source="$best"
ok "hidepid: another watches, without CAP_SYS_PTRACE" wait_until more_of_blind_than 0
start_ready "hidepid: a process maps" user "$workloads/holder" "${device[@]}"
read_objects "$tmp/blind.out"
ok "hidepid: there are reports" wait_until more_of_blind_than $((objects + 4))
is "$(json "$tmp/blind.out" \
	'"\(.containers | length) \(.containers[0] | "\(.pid) \(.owner_alive)") \(.leaks | length)"')" \
	"1 ${pid_of[user]} null 0" "hidepid: its life is unknown, and it is no orphan"
finish_by TERM "hidepid: the other one ends" blind 0
finish "hidepid: the process ends" user 0
mount -o remount,hidepid=0 /proc

# --- Either is killed ------------------------------------------------------------------------------

# shellcheck disable=SC2119 # without options
watch_with
helper=$(helper_of top)
kill -KILL "${pid_of[top]}"
ok "vfiotop is killed: so is its helper" wait_until has_gone "$helper"
finish "vfiotop is killed: it ended so" top 137
ok "vfiotop is killed: nothing stays attached" wait_until no_more_programs_than "$without"

# shellcheck disable=SC2119 # without options
watch_with
kill -KILL "$(helper_of top)"
ok "the helper is killed: vfiotop says so" wait_until says
ok "the helper is killed: a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
report
is "$(figure '"\(.totals.map.count) \([.lost[]] | add)"')" "1 0" "the helper is killed: the watch goes on"
is "$(wc -l < "$tmp/top.err")" 1 "the helper is killed: there is one line"
like "$(< "$tmp/top.err")" 'helper .*killed by signal 9.*VFIO is loaded again.*start vfiotop again' \
	"the helper is killed: which says what is lost"
done_with "$edu"
ok "the helper is killed: the driver unloads" unload_drivers
ok "the helper is killed: as it could not watch again, it ends" wait_until has_ended top
finish "the helper is killed: with status 1" top 1
like "$(tail -n 1 "$tmp/top.err")" 'cannot attach: the helper process has ended' \
	"the helper is killed: and says why"
is "$(grep '^{' "$tmp/top.out" | jq -s 'last.totals.map.count')" 1 "the helper is killed: its last report is right"
ok "the helper is killed: the rest unloads" wait_until unload_modules

start top "$vfiotop" --json -d 0.2
ok "vfiotop waits" wait_until more_reports_than 0
kill -KILL "$(helper_of top)"
ok "its helper is killed: it ends" wait_until has_ended top
finish "its helper is killed: with status 1" top 1
is "$(wc -l < "$tmp/top.err")" 1 "its helper is killed: there is one line"

done_testing
