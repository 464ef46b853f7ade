#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row C13: the kernel's own KVM and its VFIO device. In an emulated machine it
# runs on emulated SVM; no guest is started in it.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

users() {
	cat "/sys/module/$1/refcnt"
}

kvm=
for module in kvm_amd kvm_intel; do
	if modprobe "$module" 2> /dev/null; then
		kvm=$module
		break
	fi
done
[ -n "$kvm" ] || plan_skip_all "the machine's CPU cannot virtualise"

pins=$(vmstat_pins)
use "$edu" "$edu2"
core=$(users vfio)
check kvm "$edu" "$edu2"
is "$(users "$kvm")" 0 "C13: no VM is left"
is "$(users vfio)" "$core" "C13: the core has as many users as before"
is "$(users vfio_iommu_type1)" 0 "C13: the backend has no user"

done_with "$edu"
done_with "$edu2"
is "$(vmstat_pins)" "$pins" "C13: nothing stays pinned"
ok "C13: the bus driver unloads while KVM stays" rmmod vfio_pci
[ ! -d /sys/module/vfio_pci_core ] || rmmod vfio_pci_core
ok "C13: so does the backend" rmmod vfio_iommu_type1
ok "C13: and the core" rmmod vfio
ok "C13: KVM unloads as well" modprobe -r "$kvm"

done_testing
