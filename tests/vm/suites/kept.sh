#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The host's count of pins against all ledgers, and kernels that forget to unpin, or do it twice:
# each mapping whose pages did not come back, or too many of them, is named, at default detail.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

kept=/sys/module/vfio_test_kept/parameters

# leak: what the report says of that of $pid
leak() {
	figure ".leaks[] | select(.pid == $pid) | \"\(.kind) \(.pid) \(.comm) \(.iova) \(.size_bytes) \(.bytes)\""
}

host() {
	figure '.host | "\(.pinned_bytes) \(.vfio_bytes) \(.kept_bytes) \(.other_bytes)"'
}

# RDMA in software, over the loopback interface.
rdma_comes() {
	modprobe rdma_rxe && rdma link add rxe0 type rxe netdev lo
}

rdma_goes() {
	rdma link delete rxe0 && modprobe -r rdma_rxe
}

# Of a process: how often others ran in its place though it had not waited.
switches_of() {
	awk '$1 == "nonvoluntary_ctxt_switches:" { print $2 }' "/proc/$1/status"
}

use "$edu"
with "$edu"
watch_with --attach=auto
report
is "$(host)" "$(pinned_now) 0 0 0" "nothing is pinned"
start_ready "a process maps" steps "$workloads/steps" "${device[@]}"
step "map 0x100000000 16" 0
report
is "$(host)" "65536 65536 0 0" "all that the host has pinned is VFIO's"
is "$(figure '.host.pinned_bytes')" "$(pinned_now)" "as /proc/vmstat says"
step "register 8" 0
report
is "$(host)" "98304 65536 0 32768" "what io_uring has pinned is not VFIO's"
# Linux 7.3 does not count what root has registered.
pinner="${pid_of[steps]} steps 32768"
! grep -q '^VmPin:.* 0 kB' "/proc/${pid_of[steps]}/status" || pinner="null null null"
is "$(figure '.host | "\(.pinner_pid) \(.pinner_comm) \(.pinner_bytes)"')" "$pinner" \
	"and the process that has it is named, where /proc tells"
is "$(figure '.leaks | length')" 0 "nothing of that is a leak"
step "unregister" 0
ok "it is given back" wait_long pins_are $((pins + 16))

ok "an RDMA device comes" rdma_comes
start_ready "a process without VFIO registers memory with it" rdma "$workloads/rdma" --pages 24
report
is "$(host)" "163840 65536 0 98304" "what RDMA has pinned is not VFIO's"
is "$(figure '.host | "\(.pinner_pid) \(.pinner_comm) \(.pinner_bytes)"')" \
	"${pid_of[rdma]} rdma 98304" "and the process that has it is named"
is "$(figure '.leaks | length')" 0 "nothing of that is a leak"
tell rdma deregistered
report
is "$(host)" "65536 65536 0 0" "deregistered, it is gone"
finish "that process ends" rdma 0
ok "the RDMA device goes" rdma_goes

if [ -e "$VFIOTOP_BUILT/vfio_test_kept.ko" ]; then
	ok "a module that forgets to unpin loads" load_test_module vfio_test_kept
	pid=${pid_of[steps]}
	step "map 0x200000000 16" 0
	# What others have given back until now could hide what does not come back from here on.
	report
	echo 3 > $kept/keep
	step "unmap 0x200000000 16" 16
	is "$(< $kept/kept)" 3 "the kernel forgets 3 pages of an unmap"
	report
	is "$(leak)" "kernel-leak $pid steps 0x200000000 65536 12288" "process, range and pages"
	is "$(host)" "77824 65536 12288 0" "the host has more pinned than VFIO, by as much"
	is "$(figure '.leaks[0].oldest | "\(.iova) \(.size_bytes) \(.tid)"')" \
		"0x100000000 65536 $pid" "the oldest mapping, which is still there, and its thread"
	like "$(figure '.leaks[0].text')" 'mapping of 64 KiB at 0x200000000 .* 12 KiB .* pinned$' \
		"and the same in words"
	echo 1 > $kept/keep
	finish_by KILL "the process is killed, and 1 page forgotten" steps 137
	report
	is "$(figure '.leaks | length')" 1 "one leak of one container"
	is "$(figure '.leaks[0].bytes')" 16384 "the teardown's pages are in it"
	is "$(host)" "16384 0 16384 0" "which are all that is pinned"
	start_ready "another process maps" steps "$workloads/steps" "${device[@]}"
	pid=${pid_of[steps]}
	step "map 0x100000000 4" 0
	step "map 0x300000000 32" 0
	echo 32 > $kept/keep
	step "unmap-all" 36
	report
	is "$(figure '[.leaks[] | select(.pid == '"$pid"')] | map(.bytes) | add')" 131072 \
		"an unmap of all that forgets 32 pages"
	finish "it ends" steps 0
	report
	is "$(host)" "147456 0 147456 0" "they outlive the container"

	start_ready "a process maps what the kernel unpins twice" steps "$workloads/steps" \
		"${device[@]}"
	pid=${pid_of[steps]}
	step "map 0x100000000 4" 0
	step "map 0x300000000 32" 0
	report
	is "$(host)" "294912 147456 147456 0" "all that the host has is explained"
	echo 5 > $kept/twice
	step "unmap 0x300000000 32" 32
	is "$(< $kept/unpinned)" 5 "the kernel unpins 5 pages too many"
	report
	is "$(leak)" "over-unpin $pid steps 0x300000000 131072 20480" "process, range and pages"
	like "$(figure '.leaks[0].text')" 'mapping of 128 KiB at 0x300000000 .* has fewer pages' \
		"which comes first, and says why"
	is "$(figure '.host | "\(.kept_bytes) \(.other_bytes)"')" "147456 null" \
		"what others have is unknown then"
	step "map 0x300000000 32" 0
	echo 2 > $kept/twice
	finish_by KILL "the process is killed" steps 137
	report
	is "$(leak)" "over-unpin $pid steps null null 28672" "2 pages more of another mapping"
	start_ready "one more process" steps "$workloads/steps" "${device[@]}"
	step "map 0x100000000 16" 0
	step "unmap 0x100000000 16" 16
	finish "ends without a leak" steps 0
	report
	is "$(figure '[.leaks[] | .kind] | group_by(.) | map("\(.[0]) \(length)") | join(", ")')" \
		"kernel-leak 2, over-unpin 1" "and nothing else leaks"
	finish_by TERM "vfiotop ends" top 0
	ok "the module gives back what it kept" rmmod vfio_test_kept

	ok "it loads again" load_test_module vfio_test_kept
	echo 4 > $kept/twice
	printf 'map 0x100000000 16\nunmap 0x100000000 16\n' > "$tmp/commands"
	"$VFIOTOP_ROOT/build/vfiotop" leaks --json -d 0.2 -o "$tmp/report" -- \
		"$workloads/steps" "${device[@]}" < "$tmp/commands" > /dev/null
	is "$?" 8 "a command whose pages the kernel unpins twice leaves a leak behind"
	is "$(figure '.leaks[] | "\(.kind) \(.comm) \(.iova) \(.size_bytes) \(.bytes)"')" \
		"over-unpin steps 0x100000000 65536 16384" "of that mapping"
	ok "the module goes" rmmod vfio_test_kept

	ok "it loads again, on a busy CPU" load_test_module vfio_test_kept
	# Always the same CPU, on which the count is certain as long as the kernel waits for it.
	start busy taskset -c 0 sh -c 'while :; do :; done'
	watch_with --attach=auto
	for way in "keep kernel-leak" "twice over-unpin"; do
		read -r how kind <<< "$way"
		start_ready "a process maps much" steps taskset -c 0 "$workloads/steps" \
			"${device[@]}"
		pid=${pid_of[steps]}
		step "map 0x100000000 16384" 0
		report
		echo 3 > "$kept/$how"
		before=$(switches_of "$pid")
		step "unmap 0x100000000 16384" 16384
		ok "$how: the unmap was interrupted" test "$(switches_of "$pid")" -gt "$before"
		report
		is "$(leak)" "$kind $pid steps 0x100000000 67108864 12288" \
			"$how: process, range and pages are right all the same"
		finish "it ends" steps 0
		report
	done
	finish_by TERM "the CPU is free again" busy 143
	finish_by TERM "vfiotop ends" top 0
	ok "it goes" rmmod vfio_test_kept
else
	step "unmap 0x100000000 16" 16
	finish "it unmaps and ends" steps 0
	report
	is "$(host)" "0 0 0 0" "nothing is pinned"
	is "$(figure '.leaks | length')" 0 "nothing leaks"
	finish_by TERM "vfiotop ends" top 0
fi
is "$(wc -l < "$tmp/top.err")" 0 "it complained about nothing"
is "$(pinned_now)" 0 "the kernel has nothing pinned"

done_testing
