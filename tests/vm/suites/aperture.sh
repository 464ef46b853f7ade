#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T1: what lies beyond the IOMMU's address bits, and the event that says so.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$PROFILE" = vtd39 ] || plan_skip_all "this machine's IOMMU has more than 39 address bits"

tracing=/sys/kernel/tracing

use "$edu"
[ "$VFIOTOP_MODULES" != ours ] || echo 1 > $tracing/events/vfio/vfio_dma_map/enable
check aperture "$edu"
if [ "$VFIOTOP_MODULES" = ours ]; then
	echo 0 > $tracing/events/vfio/vfio_dma_map/enable
	for iova in 8000000000 7ffffff000 800000000000; do
		like "$(grep "vfio_dma_map: .* iova=0x$iova " $tracing/trace)" ' ret=-22 stage=aperture ' \
			"T1: the event of the map at 0x$iova names the stage that failed"
	done
else
	skip "T1: events" "the stock modules have none"
fi

done_testing
