#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What vfiotop says when it cannot do its work, and how it ends.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

built=$VFIOTOP_BUILT
# A copy that an unprivileged user may run.
vfiotop=$tmp/vfiotop
cp "$VFIOTOP_ROOT/build/vfiotop" "$vfiotop"
chmod 755 "$tmp"

# ends STATUS PATTERN DESCRIPTION COMMAND...: with one line on stderr that matches
ends() {
	local want=$1 pattern=$2 description=$3 status
	shift 3

	timeout "$patience" "$@" > "$tmp/out" 2> "$tmp/err" < /dev/null
	status=$?
	is "$status" "$want" "$description: status $want"
	is "$(wc -l < "$tmp/err")" 1 "$description: one line"
	like "$(< "$tmp/err")" "$pattern" "$description: it says why"
	is "$(wc -c < "$tmp/out")" 0 "$description: nothing on stdout"
}

# --- Options ---------------------------------------------------------------------------------

ends 2 'wrong option .*nonsense' "an unknown option" "$vfiotop" --nonsense
ends 2 'wrong option' "a wrong number" "$vfiotop" --count=0
ends 2 'wrong option' "a delay that is none" "$vfiotop" -d soon
ends 2 'wrong option' "an option without its value" "$vfiotop" --delay
ends 2 'wrong option now: .*they are record, report' "a superfluous word" "$vfiotop" now
for option in --help --version --list-fields --list-options; do
	ok "$option works without VFIO" "$vfiotop" $option
done
like "$("$vfiotop" --version)" '^vfiotop [0-9]' "--version says it"

# --- The machine ---------------------------------------------------------------------------------

ends 3 'not loaded, the module vfio is missing' "VFIO is not loaded" "$vfiotop" --once
ends 6 'not permitted' "no privilege, and nothing to wait for" setpriv --reuid=65534 \
	--regid=65534 --clear-groups "$vfiotop" --source=stock
use "$edu"
with "$edu"
ends 6 'not permitted' "no privilege" setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$vfiotop" --once --source=tracepoints

if [ "$VFIOTOP_MODULES" = ours ]; then
	ok "--once works" "$vfiotop" --once -d 0.1
	is "$("$vfiotop" --once --json -d 0.1 | jq -r .schema)" vfiotop/2 "--once --json works"
	is "$("$vfiotop" --json -n 3 -d 0.1 | grep -c '^{')" 3 "-n 3 makes three reports"
	ends 1 'cannot write' "a full disk" sh -c "exec $vfiotop --once --json -d 0.1 > /dev/full"
	ends 2 'ready-fd' "a file descriptor that is not open" "$vfiotop" --once --ready-fd 77

	done_with "$edu"
	ok "the modules unload" wait_until unload_modules

	# The same modules without type information.
	modprobe irqbypass
	for module in vfio vfio_iommu_type1 vfio-pci; do
		objcopy --remove-section .BTF "$built/$module.ko" "$tmp/$module.ko"
		insmod "$tmp/$module.ko"
	done
	use "$edu"
	ends 5 'no type information' "type information is required and missing" \
		"$vfiotop" --once --attach=tp_btf
	start_ready "without it vfiotop watches all the same" top \
		"$vfiotop" --json -d 3600 --ready-fd 1
	ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
	finish_by TERM "vfiotop ends at SIGTERM" top 0
	is "$(json "$tmp/top.out" .attach)" raw_tp "by untyped programs"
	is "$(json "$tmp/top.out" .census)" false "and says that it cannot look for what was there"
	is "$(json "$tmp/top.out" .totals.map.count)" 1 "and sees the map"
	done_with "$edu"
	ok "the modules unload" wait_until unload_modules

	VFIOTOP_MODULES=stock
	use "$edu"
fi

# --- The distribution's modules --------------------------------------------------------------

ends 4 'no tracepoints' "tracepoints are asked for and missing" \
	"$vfiotop" --once --source=tracepoints
ends 5 'no type information' "type information is missing" \
	"$vfiotop" --once --source=stock --disable-feature=types
ends 4 'no function vfio_fops_release' "a function is missing" \
	"$vfiotop" --once --source=stock --disable-feature=vfio_fops_release
ends 6 'not permitted' "no privilege for these" setpriv --bounding-set=-sys_admin \
	--inh-caps=-sys_admin "$vfiotop" --once --source=stock
is "$("$vfiotop" --once --json -d 0.1 | jq -r .source)" stock "without options they are watched"
is "$("$vfiotop" --once -d 0.1 | head -n 1 | grep -c 'source stock (fentry)')" 1 \
	"and the report says so"

info() {
	"$vfiotop" --info --json "${@:2}" | jq -r "$1"
}

is "$(info '"\(.schema) \(.source) \(.tracepoints) \(.types)"')" \
	"vfiotop-info/1 stock false true" "--info: the source"
is "$(info '[.hooks[]] | all')" true "--info: every function is there"
is "$(info '.unknown | tostring')" '["map.phase_ns","teardown.pinned_bytes","left_pinned_bytes"]' \
	"--info: what is unknown by default"
is "$(info '.unknown | tostring' --runs)" '["map.phase_ns"]' "--info: and with --runs"
is "$(info '"\(.source) \(.types)"' --disable-feature=types)" "kprobes false" \
	"--info: another source without types"
is "$(info '"\(.source) \(.hooks.vfio_remove_dma)"' --disable-feature=vfio_remove_dma)" \
	"stock false" "--info: the same without a function that is not needed"
is "$(info '.unknown | tostring' --runs --disable-feature=vfio_unpin_pages_remote)" \
	'["map.phase_ns","teardown.pinned_bytes","left_pinned_bytes"]' "--info: but without one of those for runs"
like "$("$vfiotop" --info)" 'source +stock' "--info: as text"

start_ready "vfiotop watches without that one, too" top "$vfiotop" --json -d 3600 --ready-fd 1 \
	--runs --disable-feature=vfio_unpin_pages_remote
ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
finish_by TERM "vfiotop ends at SIGTERM" top 0
is "$(json "$tmp/top.out" '.totals.map.count, .containers[0].runs > 0,
	.containers[0].left_pinned_bytes' | paste -sd ' ')" "1 true null" \
	"it counts the map and its runs, and does not know what is left pinned"

done_testing
