#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T10: interrupt remapping, and what is possible without it.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

module_parameters=()
hugepages 64
use "$edu"
if [ "$PROFILE" = virtio-iommu ]; then
	check unsafe "$edu"
	ok "T10: load with allow_unsafe_interrupts" reload vfio_iommu_type1.allow_unsafe_interrupts=1
	check map "$edu"
else
	is "$(< /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts)" N \
		"T10: unsafe interrupts are not allowed"
	check map "$edu"
fi

done_testing
