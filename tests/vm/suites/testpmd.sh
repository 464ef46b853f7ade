#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unmodified DPDK testpmd from Debian drives network cards through VFIO.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

peer=0000:00:14.0

# packets DIRECTION: the most that any port has counted so far; its statistics
# overwrite each other on a screen.
packets() {
	grep -ao "$1-packets: [0-9]*" "$tmp/testpmd.out" |
		awk '$2 > most { most = $2 } END { print most + 0 }'
}

has_packets() {
	[ "$(packets "$1")" -gt 0 ] || ! kill -0 "${pid_of[testpmd]}" 2> /dev/null
}

# It takes long to start without hardware virtualisation.
wait_long() {
	wait_until "$@" || wait_until "$@"
}

# testpmd ADDRESS...: start it
testpmd() {
	local address allowed=()

	for address; do
		allowed+=(-a "$address")
	done
	start testpmd dpdk-testpmd "${allowed[@]}" --no-telemetry -l 0,1 --iova-mode=va -- \
		--total-num-mbufs=2048 --tx-first --no-lsc-interrupt --auto-start --stats-period 1
}

ok "512 MiB of hugepages" hugepages 256
use "$e1000e"

testpmd "$e1000e"
ok "testpmd sends packets" wait_long has_packets TX
ok "its counter of sent packets is above 0" test "$(packets TX)" -gt 0
diag "TX-packets: $(packets TX)"
ok "its memory is pinned" test "$(vmstat_pins)" -gt 0
finish_by INT "it ends by itself at SIGINT" testpmd 0
is "$(vmstat_pins)" 0 "nothing stays pinned"

use "$peer"
testpmd "$e1000e" "$peer"
ok "testpmd with two ports receives packets" wait_long has_packets RX
ok "its counter of received packets is above 0" test "$(packets RX)" -gt 0
diag "RX-packets: $(packets RX)"
finish_by KILL "it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0

done_with "$e1000e"
modprobe e1000e
ok "P5: the card's own driver takes it back" wait_until test -d "$(pci_device "$e1000e")/net"
name=$(ls "$(pci_device "$e1000e")/net")
ip link set "$name" up
ok "P5: and its link comes up" wait_until grep -qx up "/sys/class/net/$name/operstate"
rmmod e1000e

done_testing
