#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P3: the kernel finds the interrupts behind eventfds, as KVM does.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$nvme"
ok "P3: a module that listens to eventfds loads" load_test_module vfio_test_bypass
check bypass "$nvme"

done_testing
