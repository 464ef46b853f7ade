#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows P4 and P5: resets, and devices that their own drivers get back to work with.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

# QEMU's e1000e behind a port is reset by its bus: its power states do not reset it.
use "$nvme"
check reset "$nvme"
use "$hot"
echo bus > "$(pci_device "$hot")/reset_method"
check reset "$hot"
echo default > "$(pci_device "$hot")/reset_method"
done_with "$hot"

# Data that the disk's own driver wrote is read by it after users came and went.
pattern() {
	yes "what was written before" | head -c $((4 << 20))
}

sum_of_disk() {
	dd if=/dev/nvme0n1 bs=1M count=4 iflag=direct status=none | sha256sum
}

done_with "$nvme"
modprobe nvme
ok "P5: nvme's own driver takes the disk" wait_until test -b /dev/nvme0n1
pattern | dd of=/dev/nvme0n1 bs=1M oflag=direct iflag=fullblock status=none
want=$(pattern | sha256sum)
is "$(sum_of_disk)" "$want" "P5: which reads what it wrote"
for _ in 1 2 3; do
	use "$nvme"
	check mess "$nvme"
	done_with "$nvme"
	ok "P5: nvme's own driver takes the disk back" bind_native "$nvme"
	ok "P5: and finds it" wait_until test -b /dev/nvme0n1
	is "$(sum_of_disk)" "$want" "P5: with what was written"
done
unbind_vfio "$nvme"
rmmod nvme

# Two cards on one hub, one of them in a network namespace of its own.
use "$e1000e" "$peer"
check mess "$e1000e"
check mess "$peer"
done_with "$e1000e"
done_with "$peer"
modprobe e1000e

network_of() {
	ls "$(pci_device "$1")/net"
}

received() {
	ip netns exec peer cat "/sys/class/net/$there/statistics/rx_packets"
}

for card in "$e1000e" "$peer"; do
	ok "P5: the card's own driver takes it back" wait_until test -d "$(pci_device "$card")/net"
done
here=$(network_of "$e1000e")
there=$(network_of "$peer")
ip netns add peer
ip link set "$there" netns peer
ip address add 192.0.2.1/24 dev "$here"
ip -n peer address add 192.0.2.2/24 dev "$there"
ip link set "$here" up
ip -n peer link set "$there" up
ok "P5: the link comes up" wait_until grep -qx up "/sys/class/net/$here/operstate"
before=$(received)
ok "P5: the card sends, and receives the answer" wait_until busybox ping -c 1 -W 5 192.0.2.2
ok "P5: the other one has received it" test "$(received)" -gt "$before"
ok "P5: packets of full length arrive" busybox ping -c 20 -A -s 1400 -W 10 192.0.2.2
ip netns delete peer
ok "P5: the driver lets go" rmmod e1000e

done_testing
