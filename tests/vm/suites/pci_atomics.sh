#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P1: AtomicOps.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$aer"
diag "the root ports are as QEMU made them"
check no-atomics "$aer"
ok "P1: the root ports complete AtomicOps" load_test_module vfio_test_atomics
check atomics "$aer"
check no-atomics "$edu"

done_testing
