#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows T3, T5: an IOMMU that fails to unmap. Pages stay pinned for ever, so this comes last
# in its machine.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[[ $VFIOTOP_BUILT == */"$VFIOTOP_RELEASE"-debug ]] || plan_skip_all "only debug modules inject faults"

use "$edu" "$edu2"
check lost "$edu" "$edu2"
is "$(vmstat_pins)" $((16 + 1024)) "T5: what was lost stays pinned when its container is gone"

done_testing
