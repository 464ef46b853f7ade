#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P2: whatever is written to config space, and however, what the host has set up stays.
# The devices have what passes through (registers beside capabilities), what is to be seen
# only (SR-IOV, ATS) and what is virtual, in all combinations.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

for name in i82801 hda ahci nvme-sriov virtio-net-port e1000e-port; do
	address=0000:$(awk -v name="$name" '$2 == name { print $1 }' "$VFIOTOP_ROOT/tests/config/devices")
	diag "$name"
	use "$address"
	check config-attack "$address"
	done_with "$address"
done

done_testing
