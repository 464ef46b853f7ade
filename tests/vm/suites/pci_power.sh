#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P4: power states, and that a device of which nobody makes use sleeps.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

attribute() {
	cat "$(pci_device "$e1000e")/$1"
}

attribute_is() {
	[ "$(attribute "$1")" = "$2" ]
}

use "$e1000e"
ok "P4: a device that nobody has open is suspended" \
	wait_until attribute_is power/runtime_status suspended
is "$(attribute power_state)" D3hot "P4: and in D3hot"
check power "$e1000e"
check low-power "$e1000e"
ok "P4: it is suspended again after its use" \
	wait_until attribute_is power/runtime_status suspended
is "$(attribute power_state)" D3hot "P4: and in D3hot"
done_with "$e1000e"
is "$(attribute power_state)" D0 "P4: it is given back in full power"
is "$(attribute power/control)" on "P4: and stays there"

reload vfio-pci.disable_idle_d3=1
use "$e1000e"
check power "$e1000e"
is "$(attribute power/runtime_status)" active "P4: with disable_idle_d3 it is never suspended"
is "$(attribute power_state)" D0 "P4: and stays in full power"
done_with "$e1000e"
is "$(attribute power/control)" on "P4: it is given back as before"

done_testing
