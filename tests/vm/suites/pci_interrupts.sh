#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P3: interrupts.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$e1000e" "$nvme" "$rocker"
check intx "$edu"
# The stock driver sends an MSI that has no eventfd to address 0.
if [ "$VFIOTOP_MODULES" = ours ]; then
	check msi "$edu"
else
	with_dma_faults check msi "$edu"
fi
check msix "$rocker"
check notices "$nvme"
check irq-answers "$nvme"
check irq-answers "$edu"
check reconfigure "$e1000e"
check reconfigure "$nvme"
check reconfigure "$rocker"
# After all that.
check msix "$rocker"

done_testing
