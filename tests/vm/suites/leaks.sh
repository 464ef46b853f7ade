#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop leaks: what a command leaves behind is found, with who keeps it; a command is run as
# it would be without vfiotop. Growth is a matter of recordings.t.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

vfiotop=$VFIOTOP_ROOT/build/vfiotop

mib=$((1 << 20))

use "$edu" "$edu2" "$e1000e" "$nvme"
for kvm in kvm_amd kvm_intel; do
	modprobe $kvm 2> /dev/null && break
done

# hunt STATUS DESCRIPTION [OPTION]... -- COMMAND...: its report in $tmp/leaks
hunt() {
	local want=$1 description=$2
	shift 2

	"$vfiotop" leaks --json -d 0.2 -o "$tmp/leaks" "$@" > "$tmp/out" 2> "$tmp/err"
	is "$?" "$want" "$description" || diag "$(< "$tmp/err")"
}

leaks() {
	json "$tmp/leaks" "$1"
}

# --- What a command leaves behind ----------------------------------------------------

keepers=(child "$edu" socket "$edu2" io_uring "$e1000e" kvm "$nvme")

# keep: all keepers, one after the other; prints the numbers of the children
keep() {
	local i device

	for ((i = 0; i < ${#keepers[@]}; i += 2)); do
		with "${keepers[i + 1]}"
		"$workloads/keeper" "${device[@]}" --by "${keepers[i]}" || return
	done
}
export -f keep with group_of pci_device
export workloads

# of DEVICE FILTER: of its leak
of() {
	leaks ".leaks[] | select(.devices == [\"$1\"]) | $2"
}

hunt 8 "files are kept open: leaks are found" -- \
	bash -c "$(declare -p keepers); keep"
mapfile -t children < "$tmp/out"
is "${#children[@]}" 4 "by four children"
is "$(leaks '[.leaks[] | "\(.kind) \(.owner) \(.comm) \(.mappings)"] | unique | join(", ")')" \
	"orphan dead keeper 1" "each is an orphan, whose owner is dead"
is "$(leaks '[.leaks[].bytes] | tostring')" "[$mib,$mib,$mib,$mib]" "of what is pinned"
is "$(leaks '"\(.command.exit_code) \(.command.signal) \(.ended | length)"')" "0 null 0" \
	"the command itself did not fail"
is "$(of "$edu" '"\(.holder_pid) \(.holder_comm)"')" "${children[0]} keeper" \
	"the child that inherited files is named"
like "$(of "$edu" .next)" "stop process ${children[0]}" "it is to be stopped"
is "$(of "$edu2" '"\(.holder_pid) \(.text)"')" \
	"null the owner is dead and no process was found that holds the container" \
	"nobody is named who keeps files in a socket"
like "$(of "$edu2" .next)" "Unix socket .*io_uring" "but where to look is said"
is "$(of "$e1000e" '"\(.holder_pid) \(.text)"')" \
	"null the owner is dead and no process was found that holds the container" \
	"the same with files in io_uring"
is "$(of "$nvme" '"\(.holder_pid) \(.text)"')" \
	"null the owner is dead and no process was found that holds the container" \
	"and with a group that a virtual machine has"

hunt 0 "leaks from before are not another command's" -- true
is "$(leaks '.leaks | length')" 0 "none is reported"
kill "${children[@]}"
ok "all is given back when the children end" wait_long pins_are 0
ok "KVM unloads" wait_until modprobe -qr "$kvm"

# --- Who made it ------------------------------------------------------------------------

with "$edu"
start leak "$workloads/leaker" "${device[@]}" --count 60000 --size 4 --interval-ms 50
pid=${pid_of[leak]}
# However often the machine stands still, when it would not grow.
grows() {
	[ "$(leaks '.leaks | length > 0')" = true ] || has_ended hunt
}
start hunt "$vfiotop" leaks --json -d 0.2 --growth window=5,start-up=0 --stacks -o "$tmp/leaks"
ok "a process grows" wait_long grows
finish_by TERM "its growth is a leak" hunt 8
is "$(leaks '.leaks + .ended | map("\(.kind) \(.pid)") | join(", ")')" "growth $pid" "that is found"
like "$(leaks '(.leaks + .ended)[0].stack | join(" ")')" 'ioctl\+0x.* main\+0x[0-9a-f]+ \(/.*/leaker\)' \
	"with the stack that made its mappings"
is "$(leaks '(.leaks + .ended)[0].made[0] | "\(.size_bytes) \(.pinned_bytes) \(.charged_bytes) \(.pid) \(.tid)"')" \
	"4096 4096 4096 $pid $pid" "and the ledger of each mapping"
is "$(leaks '(.leaks + .ended)[0].made | map(.ns) | . == sort and length > 20')" true \
	"of which the oldest comes first"
finish_by TERM "it ends" leak 0

# --- The command ------------------------------------------------------------------------

# shellcheck disable=SC2016 # the other shell expands it
start hunt "$vfiotop" leaks -d 0.2 -o "$tmp/leaks" -- sh -c 'trap "exit 5" TERM
	ls /proc/$$/fd
	grep -E "SigBlk|NoNewPrivs" /proc/$$/status
	echo ready
	while :; do sleep 0.1; done'
ok "a command runs" wait_long is_ready hunt
is "$(head -n 5 "$tmp/hunt.out" | xargs)" "0 1 2 SigBlk: 0000000000000000 NoNewPrivs: 0" \
	"it has no file, blocked signal or lost right of vfiotop"
finish_by TERM "a signal ends it, and its failure is told from leaks" hunt 9
like "$(head -n 1 "$tmp/leaks")" "leaks 0, sh exited with 5" "the report says how it ended"
hunt 127 "what does not exist cannot be run" -- /nonexistent/program
like "$(< "$tmp/err")" "cannot run /nonexistent/program: No such file" "it says so"

done_testing
