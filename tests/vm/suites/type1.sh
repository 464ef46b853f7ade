#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows T1 to T6: the type1 backend.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

tracing=/sys/kernel/tracing

# iommu_sizes KIND: the sizes of what the IOMMU driver is asked to map, as
# "smallest largest", when 8 MiB of this kind of memory is mapped.
iommu_sizes() {
	echo 'iova >= 0x100000000' > $tracing/events/iommu/map/filter
	echo > $tracing/trace
	echo 1 > $tracing/events/iommu/map/enable
	"$workloads/hugemap" "${device[@]}" --size 8 --kind "$1" > "$tmp/hugemap"
	echo 0 > $tracing/events/iommu/map/enable
	sed -n 's/.* map: .*size=\([0-9]*\).*/\1/p' $tracing/trace | sort -n |
		sed -n '1p;$p' | paste -sd' '
}

hugepages 64
use "$edu" "$edu2"
with "$edu"

check args "$edu"
check unmap "$edu"
check map "$edu"
check errors "$edu"
check locked "$edu"
check payer "$edu"
check kill "$edu"
check dma "$edu" "$edu2"
with_dma_faults check denied "$edu"

# T3
for kind in thp hugetlb; do
	sizes=$(iommu_sizes $kind)
	ok "T3: $kind memory is mapped in runs of at least 2 MiB" test "${sizes%% *}" -ge 2097152
done
sizes=$(iommu_sizes 4k)
ok "T3: scattered 4k memory is mapped in runs below 2 MiB" test "${sizes##* }" -lt 2097152

ok "T3: load with disable_hugepages" reload vfio_iommu_type1.disable_hugepages=1
for kind in thp hugetlb; do
	is "$(iommu_sizes $kind)" "4096 4096" "T3: with disable_hugepages $kind is mapped by 4 KiB"
done
check kill-pieces "$edu"
is "$(vmstat_pins)" 0 "T3: nothing stays pinned"

# T2
ok "T2: load with dma_entry_limit" reload vfio_iommu_type1.dma_entry_limit=8
check limit "$edu"
is "$(vmstat_pins)" 0 "T2: nothing stays pinned"

done_testing
