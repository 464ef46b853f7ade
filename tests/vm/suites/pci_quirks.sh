#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows P1, P3, P4 and P6: devices that are not as the standard has them, that users can
# attack the host with, or that are gone.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

# seems ADDRESS PARAMETER=VALUE...: what the device is from now on, and ours opens next
seems() {
	local address=$1
	shift

	load_test_module vfio_test_device "address=$address" "$@"
}

log_lines() {
	dmesg | grep -c "$1"
}

taken() {
	echo vfio-pci > "$(pci_device "$edu2")/driver_override"
	echo "$edu2" > /sys/bus/pci/drivers_probe
	[ "$(driver_of "$edu2")" = vfio-pci ]
}

use "$edu" "$peer"

# --- INTx: edu as an X710, and as a device that cannot mask INTx

ok "P3: edu seems to be an X710" seems "$edu" vendor=0x8086 device=0x1572
check intx-hidden "$edu"
rmmod vfio_test_device
ok "P3: edu seems to be unable to mask INTx" seems "$edu" broken_intx=1
check intx-line "$edu" "$peer"
rmmod vfio_test_device
check intx "$edu"

reload vfio-pci.nointxmask=1
ok "P3: edu seems to be an X710" seems "$edu" vendor=0x8086 device=0x1572
check intx-line "$edu" "$peer"
rmmod vfio_test_device
reload

# --- Memory decoding without a switch, and an invalid ROM

ok "P1: edu seems to be a virtual function" seems "$edu" no_command_memory=1
check always-decodes "$edu"
rmmod vfio_test_device
check rom-invalid "$peer"
if [ "$VFIOTOP_MODULES" = ours ]; then
	is "$(log_lines "$peer: Invalid PCI ROM header")" 1 "P1: the kernel says so once"
fi

# --- The deny list

for id in 0x0435 0x0443 0x19e2 0x19e3 0x37c8 0x37c9 0x0b25 0x0cfe; do
	ok "P6: a device seems to be 8086:${id#0x}" seems "$edu2" vendor=0x8086 device=$id
	not_ok "P6: it is on the deny list, and not taken" taken
	rmmod vfio_test_device
done
reload vfio-pci.disable_denylist=1
ok "P6: a device seems to be 8086:0435" seems "$edu2" vendor=0x8086 device=0x0435
ok "P6: without the deny list it is taken" taken
unbind_vfio "$edu2"
rmmod vfio_test_device
reload
ok "P6: as itself the device is taken" taken
unbind_vfio "$edu2"

# --- A device that is gone

if [ "$VFIOTOP_MODULES" = ours ]; then
	use "$nvme"
	check gone "$nvme"
	is "$(log_lines "$nvme: not ready")" 0 "P4: nobody waits for a device that is gone"
	echo 1 > "$(pci_device "$nvme")/remove"
	rmmod vfio_test_device
	echo 1 > /sys/bus/pci/rescan
	ok "P4: it comes back" wait_until test -e "$(pci_device "$nvme")"
	use "$nvme"
	check reset "$nvme"
fi

done_testing
