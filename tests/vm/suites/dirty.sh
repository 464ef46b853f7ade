#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T8: information about the backend, and dirty pages.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu"
check dirty "$edu"

done_testing
