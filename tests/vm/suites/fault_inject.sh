#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C11, T5, T7, T8: whatever call of the kernel fails, all that was done is undone.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[[ $VFIOTOP_BUILT == */"$VFIOTOP_RELEASE"-debug ]] || plan_skip_all "only debug modules force failures"

minor_of() {
	stat -c %T "/dev/vfio/$1"
}

hugepages 8
use "$edu2"

# C11
group=$(group_of "$edu")
use "$edu"
minor=$(minor_of "$group")
links=$(find /sys/kernel/iommu_groups -type l | wc -l)
done_with "$edu"
for ((count = 1; count < 50; count++)); do
	inject "$count"
	try_bind "$edu" 2> "$tmp/bind"
	function=$(injected)
	inject 0
	[ -n "$function" ] || break
	if [ -e "$(pci_device "$edu")/driver" ]; then
		ok "C11: binding does without $function, and can be undone" unbind_vfio "$edu"
	else
		not_ok "C11: no node is left when $function fails (call $count)" \
			test -e "/dev/vfio/$group"
	fi
done
ok "C11: several calls of binding can fail" test "$count" -gt 3
ok "C11: the device is bound when none fails" test "$(driver_of "$edu")" = vfio-pci
is "$(minor_of "$group")" "$minor" "C11: its group has the minor number that it had before"
is "$(find /sys/kernel/iommu_groups -type l | wc -l)" "$links" "C11: and the IOMMU group is the same"
use "$edu"

check fault-inject "$edu" "$edu2"

# T7: the IOMMU refuses to let the second group share the first one's domain.
inject "2 iommu_attach_group"
check dma "$edu" "$edu2"
is "$(injected)" iommu_attach_group "T7: the groups had a domain each"
inject "3 iommu_attach_group"
with_dma_faults check late-revoked "$edu" "$edu2"
is "$(injected)" iommu_attach_group "T7: the groups had a domain each"

# T8
echo 1000 > /sys/module/vfio/parameters/reserved_regions
check many-ranges "$edu"
echo 0 > /sys/module/vfio/parameters/reserved_regions

load_test_module vfio_test_emulated
with_emulated "$edu"
check_device emulated-fault-inject
rmmod vfio_test_emulated

is "$(vmstat_pins)" 0 "T5: nothing stays pinned"
ok "C11: the modules unload" reload

done_testing
