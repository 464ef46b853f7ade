#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on a kernel that is locked down. It stays so until the machine ends: this suite is
# the last one.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

vfiotop=$VFIOTOP_ROOT/build/vfiotop
lockdown=/sys/kernel/security/lockdown

# is_refused PATTERN DESCRIPTION OPTION...
is_refused() {
	local pattern=$1 description=$2 status
	shift 2

	timeout "$patience" "$vfiotop" -n 1 --source=tracepoints "$@" > "$tmp/out" 2> "$tmp/err" < /dev/null
	status=$?
	is "$status" "$want" "$description: status $want"
	is "$(wc -l < "$tmp/err")" 1 "$description: one line"
	like "$(< "$tmp/err")" "$pattern" "$description: it says why"
	is "$(wc -c < "$tmp/out")" 0 "$description: nothing on stdout"
}

# lock_down HOW FAR
lock_down() {
	echo "$1" > "$lockdown" && grep -F "[$1]" "$lockdown"
}

use "$edu"
with "$edu"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security

ok "the kernel is locked down for its integrity" lock_down integrity
is "$("$vfiotop" --json -n 1 -d 0.1 | jq '.source != null')" true "vfiotop works"

start_ready "it watches" top "$vfiotop" --json -d 3600 --ready-fd 1
ok "the kernel is locked down for confidentiality" lock_down confidentiality
ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(json "$tmp/top.out" .totals.map.count)" 1 "a watch that has begun goes on"

want=6
is_refused 'locked down \(confidentiality\).*lockdown=integrity' "a watch that begins"
is "$("$vfiotop" --json -n 1 -d 0.1 | jq -r .source)" proc "without events it works"
is "$("$vfiotop" --info --json | jq .permitted)" false "--info says that it is not permitted"
umount /sys/kernel/security
want=7
is_refused 'securityfs' "without securityfs"
mount -t securityfs securityfs /sys/kernel/security
done_with "$edu"
ok "the modules unload" wait_until unload_modules
want=6
is_refused 'locked down' "without VFIO it is not waited for"

done_testing
