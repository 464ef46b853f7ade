#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C4, C9, C10 and C11 where it takes a forced failure, or a call that is held
# up, to see them.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[[ $VFIOTOP_BUILT == */"$VFIOTOP_RELEASE"-debug ]] || plan_skip_all "only debug modules force failures"

# Functions of the chipset, which share a group: the LPC bridge, SATA and SMBus.
lpc=0000:00:1f.0
sata=0000:00:1f.2
smbus=0000:00:1f.3

# --- C4: an IOMMU that does not keep DMA coherent with the CPUs' caches -------------

use "$edu2"
node=/dev/vfio/$(group_of "$edu")
inject "1 device_iommu_capable"
not_ok "C4: a device whose IOMMU cannot do coherent DMA is refused" try_bind "$edu"
is "$(injected)" device_iommu_capable "C4: the core has asked for that"
like "$(try_bind "$edu" 2>&1)" '^$' "C4: it is bound when the IOMMU can"
ok "C4: and has a node" wait_until test -c "$node"
unbind_vfio "$edu"

# --- C11: the core and its backend do not load, an emulated group is not made --------

done_with "$edu2"
unload_modules
# Of each, the last call that matters; what comes before it must be undone.
for call in alloc_chrdev_region cdev_add misc_register; do
	not_ok "C11: the core does not load when $call fails" \
		insmod "$VFIOTOP_BUILT/vfio.ko" fault_inject="1 $call"
	not_ok "C11: and leaves no class" test -e /sys/class/vfio
	not_ok "C11: nor a node" test -e /dev/vfio/vfio
done
ok "C11: it loads when none fails" insmod "$VFIOTOP_BUILT/vfio.ko"
inject "1 kzalloc"
not_ok "C11: the backend does not load without memory" insmod "$VFIOTOP_BUILT/vfio_iommu_type1.ko"
inject 0
ok "C11: it loads when there is some" insmod "$VFIOTOP_BUILT/vfio_iommu_type1.ko"

groups() {
	ls /sys/kernel/iommu_groups /sys/class/vfio
}

before=$(groups)
for ((count = 1; count < 50; count++)); do
	inject "$count"
	load_test_module vfio_test_emulated 2> /dev/null
	status=$?
	call=$(injected)
	inject 0
	[ -n "$call" ] || break
	if [ $status -eq 0 ]; then
		ok "C11: an emulated device does without $call" rmmod vfio_test_emulated
	fi
	is "$(groups)" "$before" "C11: no group of an emulated device is left when $call fails"
done
ok "C11: several calls can fail" test "$count" -gt 4
ok "C11: the device is there when none fails" rmmod vfio_test_emulated
is "$(groups)" "$before" "C11: and its group goes with it"
unload_modules

# --- C10: a device leaves the group while another one of it joins a container -------

gone() {
	! [ -e "$(pci_device "$1")" ]
}

# unplugged ADDRESS CALL: which it is while a group waits at this call to be attached.
# It does not come back: the kernel would complain about what the bridge is mapped to. The
# LPC bridge must stay, as ports that ACPI has reserved lie in a region of its own.
unplugged() {
	inject "1 $2 wait"
	start attach "$workloads/hugemap" --group "$group" --device $lpc --kind 4k --size 1
	wait_until injected_or_ended attach
	is "$(injected)" "$2" "C10: a group is being attached, and waits at $2"
	echo 1 > "$(pci_device "$1")/remove"
	ok "C10: another device of the group is unplugged" gone "$1"
	inject 0
	finish "C10: the group is attached all the same" attach 0
}

group=$(group_of $lpc)
mapfile -t devices < <(ls "/sys/kernel/iommu_groups/$group/devices")
if [ "${devices[*]}" = "$lpc $sata $smbus" ]; then
	use $lpc
	unplugged $smbus iommu_get_group_resv_regions
	unplugged $sata iommu_attach_group
	done_with $lpc
else
	skip "C10: a device that leaves a group" "the chipset's functions are apart"
fi

done_testing
