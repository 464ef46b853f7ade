#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P1: the legacy ranges of a VGA device.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$vga"
check vga "$vga"

done_testing
