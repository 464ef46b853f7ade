#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C9 and P3: a device goes while it is open: it is unbound, or unplugged.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

plugged=$(pci_device "$hot")

asked() {
	has_line asked "$tmp/user.out"
}

gone() {
	[ ! -e "$1" ]
}

# start_user ADDRESS
start_user() {
	with "$1"
	start_ready "C9: a program uses the device" user "$workloads/holder" "${device[@]}"
}

plug_in() {
	[ ! -e "$plugged" ] || return 0
	monitor device_add e1000e,id=hot,bus=hotport,netdev=hotnet,romfile=
	[ -e "$plugged" ]
}

# user_lets_go HOW: it closes the device, or is killed.
user_lets_go() {
	if [ "$1" = close ]; then
		finish "C9: the user lets go" user 0
	else
		finish_by KILL "C9: the user is killed" user 137
	fi
}

for way in close kill; do
	use "$edu"
	node=/dev/vfio/$(group_of "$edu")
	start_user "$edu"
	start unbind tee "$(pci_device "$edu")/driver/unbind"
	echo "$edu" >&"${input_of[unbind]}"
	ok "C9: unbinding asks the user" wait_until asked
	ok "C9: and waits" kill -0 "${pid_of[unbind]}"
	ok "C9: the group is there meanwhile" test -c "$node"
	user_lets_go $way
	finish "C9: unbinding ends" unbind 0
	done_with "$edu"
	is "$(driver_of "$edu")" '' "C9: and no driver has the device"
	not_ok "C2: nor is the group there" test -e "$node"
	ok "C9: nothing stays pinned" wait_until pins_are 0
done

modprobe e1000e
for way in close kill; do
	ok "C9: a device is plugged in" wait_until test -e "$plugged"
	use "$hot"
	node=/dev/vfio/$(group_of "$hot")
	start_user "$hot"
	monitor device_del hot
	ok "C9: unplugging asks the user" wait_until asked
	ok "C9: and waits: the device is there" test -e "$plugged"
	ok "C9: so is its group" test -c "$node"
	user_lets_go $way
	ok "C9: the device goes" wait_until gone "$plugged"
	ok "C9: so does its group" wait_until gone "$node"
	ok "C9: nothing stays pinned" wait_until pins_are 0
	bound=()
	# QEMU takes the name back when the guest has let go of the device.
	ok "C9: it is plugged in again" wait_until plug_in
	ok "C9: and its own driver takes it" wait_until test -d "$plugged/net"
done

use "$hot"
monitor device_del hot
ok "C9: unplugging what nobody has open just happens" wait_until gone "$plugged"
bound=()
ok "C9: and back" wait_until plug_in
use "$hot"
with "$hot"
ok "C9: the new device is of use" "$workloads/vfio-check" features "${device[@]}"
done_with "$hot"
rmmod e1000e

done_testing
