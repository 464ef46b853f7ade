#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows P1 and P5: information about devices, their registers, and the way back.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$nvme"
check pci "$edu"
check bar-sizes "$nvme"

done_with "$nvme"
modprobe nvme
ok "P5: nvme's own driver takes the device back" wait_until test -b /dev/nvme0n1
is "$(blockdev --getsize64 /dev/nvme0n1)" $((64 << 20)) "P5: and finds its disk"
ok "P5: which it can read" dd if=/dev/nvme0n1 of=/dev/null bs=1M count=4 iflag=direct
use "$nvme"
check bar-sizes "$nvme"
rmmod nvme

done_testing
