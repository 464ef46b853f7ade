#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P4: errors of a device (AER), and its recovery.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

MONITOR=$(monitor_port)
export MONITOR

use "$aer"
check aer "$aer"

recoveries() {
	[ "$(dmesg | grep -c 'device recovery successful')" -ge "$1" ]
}

ok "P4: the kernel says that both recoveries were successful" wait_until recoveries 2

monitor pcie_aer_inject_error aer 0x10
ok "P4: and so is that of a device that nobody has open" wait_until recoveries 3
is "$(setpci -s "$aer" BASE_ADDRESS_1)" "$(printf '%08x' \
	"$(sed -n 2p "$(pci_device "$aer")/resource" | cut -d' ' -f1)")" \
	"P5: the BARs are given back where they were"
check aer "$aer"

done_testing
