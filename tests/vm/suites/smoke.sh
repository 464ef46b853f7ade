#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The test machine itself: modules load, a device binds, everything goes away.

# shellcheck source=tests/vm/guest/lib.sh
. "$VFIOTOP_ROOT/tests/vm/guest/lib.sh"

edu=0000:00:10.0

plan 8
ok "VFIO modules load" load_modules
ok "/dev/vfio/vfio exists" test -c /dev/vfio/vfio
ok "edu binds to vfio-pci" bind_vfio $edu
is "$(driver_of $edu)" vfio-pci "its driver is vfio-pci"
ok "its group has a device file" test -c "/dev/vfio/$(group_of $edu)"
is "$(vmstat_pins)" 0 "nothing is pinned"
ok "edu unbinds" unbind_vfio $edu
ok "VFIO modules unload" unload_modules
done_testing
