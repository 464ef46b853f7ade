#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The modules cannot be unloaded while in use, can be afterwards, and leave
# nothing behind.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

# users MODULE: its reference count
users() {
	cat "/sys/module/$1/refcnt"
}

hugepages 32
pins=$(vmstat_pins)
for round in 1 2 3; do
	use "$edu" "$edu2"
	with "$edu"
	backend=$(users vfio_iommu_type1)
	driver=$(users vfio_pci)
	start_ready "round $round: a process maps" map "$workloads/hugemap" "${device[@]}" \
		--size 8 --hold
	ok "the backend is in use" test "$(users vfio_iommu_type1)" -gt "$backend"
	not_ok "and cannot be unloaded" rmmod vfio_iommu_type1
	not_ok "nor can the core" rmmod vfio
	with "$edu2"
	start_ready "another process leaves its mappings" leak "$workloads/leaker" "${device[@]}"
	finish_by KILL "and is killed" leak 137
	finish "the process ends" map 0
	is "$(users vfio_iommu_type1)" "$backend" "the backend has as many users as before"
	is "$(users vfio_pci)" "$driver" "the bus driver has as many users as before"
	is "$(vmstat_pins)" "$pins" "nothing stays pinned"
	done_with "$edu"
	done_with "$edu2"
	is "$(users vfio_pci)" 0 "the bus driver has no user without a device"
	is "$(users vfio_iommu_type1)" 0 "the backend has no user"
	ok "all modules unload" unload_modules
	not_ok "C1: no node stays" test -e /dev/vfio/vfio
	is "$(find /dev/vfio -type c 2> /dev/null | wc -l)" 0 "C2: nor that of a group"
	not_ok "no module stays" grep -q '^vfio' /proc/modules
	not_ok "no device class stays" test -e /sys/class/vfio
done

# In any order that the dependencies allow.
use "$edu"
ok "the backend unloads while a device is bound" rmmod vfio_iommu_type1
with "$edu"
not_ok "C3: without a backend nothing can be mapped" "$workloads/hugemap" "${device[@]}" --size 8
ok "the bus driver unloads with a device bound to it" rmmod vfio_pci
bound=()
ok "the core unloads" unload_modules

done_testing
