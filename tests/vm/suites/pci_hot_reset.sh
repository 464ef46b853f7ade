#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P4: the reset of a bus that has several functions, by the owner of their group,
# and by the last one there to close a function that cannot be reset alone.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$pair" "$pair2" "$pair3"
check hot-reset "$pair" "$edu"
check close-reset "$pair3"

done_with "$pair2"
check hot-reset-denied "$pair"

done_testing
