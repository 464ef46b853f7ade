#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The units of vfiotop serve under a systemd that is process 1: how they start and stop, what
# their processes may do, and that what the units forbid takes nothing from the figures.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/metrics.bash
. "$VFIOTOP_ROOT/tests/vm/suites/metrics.bash"

unit=vfiotop.service

# property NAME
property() {
	systemctl show --value -p "$1" "${2-$unit}"
}

# has_property NAME VALUE
has_property() {
	[ "$(property "$1")" = "$2" ]
}

# override SECTION LINE...: these beside the unit's own, from the next start on
override() {
	mkdir -p "/run/systemd/system/$unit.d"
	printf '%s\n' "$@" > "/run/systemd/system/$unit.d/test.conf"
	systemctl daemon-reload
}

# own_lines: what vfiotop itself has said since the suite began
own_lines() {
	journalctl -q -o cat _SYSTEMD_UNIT=$unit
}

# own_lines_match PATTERN, unit_says PATTERN: of vfiotop, and of systemd, too. The journal takes a
# moment to have what was said.
own_lines_match() {
	own_lines | grep -qE "$1"
}

unit_says() {
	journalctl -q -o cat -u "$unit" | grep -qE "$1"
}

# of PID: user, capabilities (permitted, effective, bounding), no_new_privs, seccomp
of() {
	awk '/^(Uid|CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):/ { print $2 }' "/proc/$1/status" | paste -sd ' '
}

# bits NUMBER...: capabilities with these numbers
bits() {
	local number sum=0

	for number; do
		sum=$((sum | 1 << number))
	done
	printf '%016x\n' $sum
}

# programs: how many BPF programs there are
programs() {
	bpftool prog show --json | jq length
}

# Others may have been on their way out when they were counted.
no_more_programs_than() {
	[ "$(programs)" -le "$1" ]
}

# serves SERIES VALUE
serves() {
	scrape && [ "$(metric "$1")" = "$2" ]
}

# source: that of the last scrape, and how it attaches
source_is() {
	sed -n 's/^vfiotop_source_info{source="\([a-z]*\)"\(,attach="\([a-z_]*\)"\)\?} 1/\1 \3/p' "$tmp/metrics"
}

best="tracepoints tp_btf" others=(iommu proc)
[ "$VFIOTOP_MODULES" = ours ] || best="stock fentry" others=(kprobes iommu proc)
use "$edu"
with "$edu"
without=$(programs)

is "$(< /proc/1/comm)" systemd "systemd is process 1"
ok "vfiotop and its units are installed" \
	make --no-print-directory -C "$VFIOTOP_ROOT/tools/vfiotop" -o "$VFIOTOP_ROOT/build/vfiotop" PREFIX=/usr install
systemctl daemon-reload
is "$(systemctl is-enabled vfiotop.service vfiotop.socket 2>&1 | paste -sd ' ')" "disabled disabled" \
	"neither unit is on by itself"

# --- It starts ------------------------------------------------------------------------------

pins=$(vmstat_pins)
# Its input does not end.
# shellcheck disable=SC2016 # the inner shell's
ok "a unit of its own uses VFIO" systemd-run --quiet --unit=guest sh -c 'sleep infinity | "$@"' sh \
	"$workloads/hugemap" "${device[@]}" --kind 4k --size 8 --count 1 --hold
maps() {
	[ $(($(vmstat_pins) - pins)) -eq 2048 ]
}
ok "and maps" wait_long maps
ok "the service starts" systemctl start $unit
is "$(property ActiveState) $(property SubState)" "active running" "it has said that it is ready"
ok "and is: what is there at once can be scraped" scrape
is "$(source_is)" "$best" "it has the best source"
is "$(metric vfiotop_census)" 1 "and knows what was there before"
like "$(grep '^vfiotop_container_info{' "$tmp/metrics")" 'command="hugemap",unit="guest.service"' \
	"and whose it is"
is "$(systemd-analyze security --no-pager $unit | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')" \
	"$(sed -n 's/.*exposure level of \([0-9.]*\) of.*/\1/p' "$VFIOTOP_ROOT/docs/production.md")" \
	"systemd finds it exposed as the docs say"

# --- Its processes ---------------------------------------------------------------------------

main=$(property MainPID)
mapfile -t all < "/sys/fs/cgroup$(property ControlGroup)/cgroup.procs"
helper='' serving=''
for each in "${all[@]}"; do
	case $(< "/proc/$each/comm") in
	vfiotop-helper) helper=$each ;;
	*)              [ "$each" = "$main" ] || serving=$each ;;
	esac
done
is "${#all[@]}" 3 "there are three processes"
scans=$(bits 2 19)
is "$(of "$main")" "0 $scans $(bits) $scans 1 2" "the one that watches may look at files of others, no more"
is "$(of "$helper")" "0 $(bits 21 34 38 39) $(bits 21 34 38 39) $(bits 21 34 38 39) 1 2" \
	"its helper may attach, no more"
like "$(of "$serving")" "^65534 $(bits) $(bits) [0-9a-f]+ 1 2$" "the one that serves is nobody, and may do nothing"
like "$(nsenter -t "$main" -m head -n 1 /proc/kallsyms)" '^[0-9a-f]+ ' \
	"symbols can be looked up, by which kprobes and iommufd are found"
not_ok "settings of the kernel cannot be changed" \
	nsenter -t "$main" -m sh -c 'echo 1 > /proc/sys/vm/drop_caches'
not_ok "nor can tracing" nsenter -t "$main" -m sh -c 'echo 1 > /sys/kernel/tracing/tracing_on'
memory=$(property MemoryCurrent)
diag "$((memory >> 20)) MiB of memory"
ok "all take less than half of what the unit allows" test "$memory" -lt $(($(property MemoryMax) / 2))

# --- The watch goes on ------------------------------------------------------------------------

ok "the user ends" systemctl stop guest.service
ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
counts() {
	scrape && [ "$(metric vfiotop_map_total)" -gt 0 ]
}
ok "which is counted" wait_until counts
unload_watched "$edu"
use "$edu"
watches() {
	scrape && [ "$(source_is)" = "$best" ]
}
ok "loaded again they are watched again" wait_until watches

# --- It stops ---------------------------------------------------------------------------------

ok "it stops" systemctl stop $unit
is "$(property Result) $(property ExecMainStatus)" "success 0" "well"
ok "nothing stays attached" wait_until no_more_programs_than "$without"
not_ok "nor listens" scrape
is "$(own_lines)" "" "it had nothing to say"

# --- Other sources -------------------------------------------------------------------------------

for source in "${others[@]}"; do
	override '[Service]' ExecStart= "ExecStart=/usr/bin/vfiotop serve --source=$source"
	ok "--source=$source: it starts" systemctl restart $unit
	scrape
	like "$(source_is)" "^$source" "--source=$source: that is where the figures come from"
done
is "$(own_lines)" "" "none had anything to say"

# --- A file instead -------------------------------------------------------------------------------

folder=/run/textfile
mkdir "$folder"
override '[Service]' ExecStart= "ExecStart=/usr/bin/vfiotop serve --delay=15 --textfile=$folder" "ReadWritePaths=$folder"
ok "with a file instead it starts" systemctl restart $unit
like "$(setpriv --reuid=65534 --clear-groups cat "$folder/vfiotop.prom")" "source=\"${best% *}\"" \
	"the file is there, and others may read it"

# --- The watchdog ---------------------------------------------------------------------------------

override '[Service]' WatchdogSec=15 RestartSec=0 ExecStart= 'ExecStart=/usr/bin/vfiotop serve --delay=3600'
ok "with an hour between reports it starts" systemctl restart $unit
ok "and serves" scrape
main=$(property MainPID)
heard() {
	[ "$(property WatchdogTimestampMonotonic)" -gt $((since + 20000000)) ]
}
since=$(property ActiveEnterTimestampMonotonic)
ok "the watchdog hears of it meanwhile" wait_long heard
is "$(property MainPID) $(property NRestarts)" "$main 0" "and leaves it alone"
kill -STOP "$main"
restarted() {
	[ "$(property NRestarts)" -eq 1 ] && has_property SubState running
}
ok "where it stops it is started again" wait_long restarted
ok "and serves" scrape
ok "which the journal says" wait_until unit_says 'Watchdog timeout'
lines=$(own_lines | wc -l)

# --- By its socket ----------------------------------------------------------------------------------

systemctl stop $unit
rm "/run/systemd/system/$unit.d/test.conf"
systemctl daemon-reload
ok "the socket starts" systemctl start vfiotop.socket
is "$(property ActiveState)" inactive "the service does not"
# Whoever connects waits until it has started.
scrape_patiently() {
	curl -sf --max-time 300 "http://$server/metrics" > "$tmp/metrics"
}
ok "who scrapes is answered" scrape_patiently
is "$(property ActiveState)" active "as that starts it"
is "$(source_is)" "$best" "with the best source"
is "$(ss -Hltn 'sport = :9977' | wc -l)" 1 "there is one socket"
ok "the service stops" systemctl stop $unit
ok "the next who scrapes is answered, too" scrape_patiently
main=$(property MainPID)
mapfile -t all < "/sys/fs/cgroup$(property ControlGroup)/cgroup.procs"
kill -KILL "$main"
have_gone() {
	! kill -0 "${all[@]}" 2> /dev/null
}
ok "it is killed, and the others with it" wait_until have_gone
ok "the next who scrapes is answered, too" scrape_patiently
not_ok "it is another process then" test "$(property MainPID)" = "$main"
ok "both stop" systemctl stop vfiotop.socket $unit
not_ok "nobody listens" scrape

# --- As a pod ----------------------------------------------------------------------------------------

capabilities=$(sed -n 's/.* add: \[\(.*\)\]/\1/p' "$VFIOTOP_ROOT/docs/production.md")
ok "a pod with the capabilities of the docs starts" systemd-run --quiet --unit=pod \
	-p "CapabilityBoundingSet=CAP_${capabilities//, / CAP_}" -p NoNewPrivileges=yes -p ProtectSystem=strict \
	-p ReadOnlyPaths=/sys -p TemporaryFileSystem=/sys/kernel/debug -p InaccessiblePaths=/dev/vfio \
	/usr/bin/vfiotop serve
ok "it serves" wait_long scrape
is "$(source_is) $(metric vfiotop_census)" "$best 1" "with the best source, and a census"
ok "it stops" systemctl stop pod.service

# --- It fails --------------------------------------------------------------------------------------

is "$(own_lines | wc -l)" "$lines" "all that without a word"
override '[Service]' Restart=no ExecStart= 'ExecStart=/usr/bin/vfiotop serve --listen=192.0.2.1:9977'
not_ok "an address of another host: it does not start" systemctl start $unit
is "$(property Result) $(property ExecMainStatus)" "exit-code 1" "with its exit code"
ok "and the journal says why" wait_until own_lines_match 'cannot listen on 192\.0\.2\.1:9977'
rm "/run/systemd/system/$unit.d/test.conf"
systemctl daemon-reload
systemctl reset-failed $unit

done_testing
