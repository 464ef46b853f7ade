#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T3: a hugetlb page of 1 GiB is one leaf of the IOMMU, and vfiotop says so. The machine
# has set such a page aside at boot: see tests/vm/profiles/vtd39.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

tracing=/sys/kernel/tracing
gib=1073741824

[ "$PROFILE" = vtd39 ] || plan_skip_all "this machine has no page of 1 GiB"

# What the driver of VT-d is told to map: leaves of one size, and how many.
watch_driver() {
	# shellcheck disable=SC2016 # arguments of the function
	echo 'p:gigantic/map intel_iommu_map_pages size=$arg4:u64 count=$arg5:u64' > "$tracing/kprobe_events" &&
		echo 1 > "$tracing/events/gigantic/map/enable"
}

forget_driver() {
	echo 0 > "$tracing/events/gigantic/map/enable" && echo > "$tracing/kprobe_events" && echo > "$tracing/trace"
}

# mapped WHERE BYTES LEAF OPTION...: what the driver and vfiotop say of the page: BYTES in 4K, 2M and 1G
mapped() {
	local where=$1 bytes=$2 leaf=$3
	shift 3

	echo > "$tracing/trace"
	start_ready "$source: a process maps a page of 1 GiB $where" map \
		"$workloads/hugemap" "${device[@]}" --kind hugetlb --gigantic --hold "$@"
	report
	is "$(leaves_in_report "${pid_of[map]}")" "$bytes" "$source: T3: bytes in leaves of 4K, 2M and 1G"
	[ ! -e "$tables" ] || is "$(leaves_in_tables)" "$bytes" "$source: T3: the tables hold the same"
	is "$(sed -n "s/.*map: .* size=\($leaf\) count=\(.*\)/\1 \2/p" "$tracing/trace" |
		awk '{ bytes += $1 * $2 } END { printf "%d", bytes }')" $gib "$source: T3: the driver was told the same"
	finish "$source: it ends" map 0
}

use "$edu"
with "$edu"
ok "the driver of the IOMMU is watched" watch_driver
if [ "$VFIOTOP_MODULES" = ours ]; then
	source=ours
	watch_with
	mapped "where it fits" "0 0 $gib" $gib
	[ -z "$VFIOTOP_ALL" ] || mapped "where it does not" "0 $gib 0" 2097152 --shift 2048
	finish_by TERM "ours: vfiotop ends" top 0
	done_with "$edu"
	ok "our modules unload" wait_until unload_modules
	VFIOTOP_MODULES=stock
fi
if [ -n "$VFIOTOP_ALL" ]; then
	use "$edu"
	source=stock
	watch_with --source=stock --runs
	mapped "where it fits" "0 0 $gib" $gib
	finish_by TERM "stock: vfiotop ends" top 0
fi
ok "it is watched no more" forget_driver

done_testing
