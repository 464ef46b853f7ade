#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C1 to C10: containers, groups, devices.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

# Two functions of the chipset, which share a group: SATA and SMBus.
sata=0000:00:1f.2
smbus=0000:00:1f.3

driver_is() {
	[ "$(driver_of "$1")" = "$2" ]
}

# bind_other ADDRESS DRIVER
bind_other() {
	unbind_other "$1"
	echo "$2" > "$(pci_device "$1")/driver_override"
	echo "$1" > /sys/bus/pci/drivers_probe
	wait_until driver_is "$1" "$2"
}

unbind_other() {
	local device

	device=$(pci_device "$1")
	[ ! -e "$device/driver" ] || echo "$1" > "$device/driver/unbind"
	echo > "$device/driver_override"
}

# plug_again ADDRESS ADDRESS2: the first, while a program has the second of its group
plug_again() {
	with "$2"
	start_ready "C10: a program has a device of the group" user "$workloads/hugemap" \
		"${device[@]}" --kind 4k --size 1 --hold
	echo 1 > "$(pci_device "$1")/remove"
	not_ok "C10: another device of the group is unplugged" test -e "$(pci_device "$1")"
	echo 1 > /sys/bus/pci/rescan
	ok "C10: and comes back" wait_until test -e "$(pci_device "$1")/iommu_group"
	is "$(group_of "$1")" "$(group_of "$2")" "C10: to the group"
	is "$(driver_of "$1")" "" "C10: where no host driver may have it"
	finish "C10: the program has not noticed" user 0
}

use "$edu" "$edu2"
check core "$edu" "$edu2"

# C2
node=/dev/vfio/$(group_of "$edu")
ok "C2: a group's node is there while a device of it is bound" test -c "$node"
done_with "$edu"
not_ok "C2: the node goes with the last device" test -e "$node"
use "$edu"
ok "C2: and comes back" test -c "$node"

# C2, C4: a group of several devices
if [ "$(group_of $sata)" = "$(group_of $smbus)" ]; then
	modprobe ahci
	modprobe pci-stub
	use $smbus
	node=/dev/vfio/$(group_of $smbus)

	ok "C4: SATA gets its host driver" bind_other $sata ahci
	check not-viable $smbus
	unbind_other $sata
	check viable $smbus
	ok "C4: SATA is given to pci-stub, which is tolerated" bind_other $sata pci-stub
	check viable $smbus
	unbind_other $sata
	use $sata
	check viable $smbus
	check viable $sata
	done_with $sata
	check drivers $smbus $sata
	ok "C2: the node stays when one of two devices leaves" test -c "$node"
	done_with $smbus
	not_ok "C2: and goes with the other" test -e "$node"

	log=$(dmesg | grep -i vfio)
	bind_other $sata ahci && unbind_other $sata
	is "$(dmesg | grep -i vfio)" "$log" "C10: a driver in a group that VFIO has left is no news"

	# The last of all: when ahci gets SATA afterwards, what it had set up before faults.
	use $smbus
	plug_again $sata $smbus
	done_with $smbus
else
	skip "C4: viability of a group with several devices" "the chipset's functions are apart"
fi

# C8
if [ "$VFIOTOP_MODULES" = ours ]; then
	check race "$edu"
	check unbind "$edu"
else
	skip "C8: races" "the stock container uses the backend without a lock and oopses"
fi

done_testing
