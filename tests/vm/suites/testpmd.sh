#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unmodified DPDK testpmd from Debian drives network cards through VFIO: one that
# sends, then two that forward for long.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/testpmd.bash
. "$VFIOTOP_ROOT/tests/vm/suites/testpmd.bash"

many=2000000

ok "512 MiB of hugepages" hugepages 256
use "$e1000e"

testpmd --iova-mode=va
ok "testpmd sends packets" counts TX 1
diag "TX-packets: $(packets TX)"
ok "its memory is pinned" test "$(vmstat_pins)" -gt 0
finish_by INT "it ends by itself at SIGINT" testpmd 0
is "$(vmstat_pins)" 0 "nothing stays pinned"

use "$peer"
testpmd --iova-mode=va
ok "testpmd with two ports receives packets" counts RX 1
# However slow, as long as there are more and more of them.
while [ "$(packets RX)" -lt $many ] && wait_until has_packets RX $(($(packets RX) + 1)) &&
	! has_ended testpmd; do
	:
done
ok "P1: testpmd forwards $many packets between two cards" test "$(packets RX)" -ge $many
diag "RX-packets: $(packets RX)"
finish_by KILL "it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
rm -f /dev/hugepages/rtemap_*

done_with "$e1000e"
# It still receives to where the killed one had memory, until its driver resets it.
with_dma_faults modprobe e1000e
ok "P5: the card's own driver takes it back" wait_until test -d "$(pci_device "$e1000e")/net"
name=$(ls "$(pci_device "$e1000e")/net")
ip link set "$name" up
ok "P5: and its link comes up" wait_until grep -qx up "/sys/class/net/$name/operstate"
rmmod e1000e

done_testing
