#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P4: the reset of a bus that has two functions, by the owner of their group.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$pair" "$pair2"
check hot-reset "$pair" "$edu"

done_with "$pair2"
check hot-reset-denied "$pair"

done_testing
