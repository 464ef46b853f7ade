#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows T3, T8: bytes in leaves of each size, as vfiotop shows them, are what the IOMMU's page
# tables hold. Needs a kernel that shows those: see tests/vm/debug-kernel.config.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

tables=/sys/kernel/debug/iommu/intel/$edu/domain_translation_struct
[ -e "$tables" ] || plan_skip_all "this kernel does not show the tables of VT-d"

# Bytes in leaves of 4K, 2M and 1G in the tables. A line has the entries on the way to a
# leaf: five for the smallest.
in_tables() {
	awk '$2 == "|" { count[NF - 2]++ }
	     END { printf "%d %d %d\n", count[5] * 2 ^ 12, count[4] * 2 ^ 21, count[3] * 2 ^ 30 }' "$tables"
}

# The same as the last report has it.
in_report() {
	of "$1" '.leaf_bytes | "\(."4096") \(."2097152") \(."1073741824")"'
}

# witness WHAT OPTION...: a process maps, and vfiotop and the tables tell the same
witness() {
	local what=$1
	shift

	start_ready "$source: a process maps $what" map "$workloads/hugemap" "${device[@]}" --hold "$@"
	report
	is "$(in_report "${pid_of[map]}")" "$(in_tables)" "$source: leaves of $what are those in the tables"
	finish "$source: it ends" map 0
	is "$(in_tables)" "0 0 0" "$source: the tables are empty then"
}

# watch_leaves OPTION...
watch_leaves() {
	watch_with "$@"
	witness "4K pages" --kind 4k --size 3
	witness "transparent huge pages" --kind thp --size 8
	witness "hugetlb pages" --kind hugetlb --size 8
	witness "huge pages at addresses that do not fit" --kind hugetlb --size 8 --shift 4
	witness "memory of each kind" --size 6
	witness "memory of each kind by half of a leaf" --size 6 --shift 1024
	finish_by TERM "$source: vfiotop ends" top 0
}

hugepages 64
use "$edu"
with "$edu"
if [ "$VFIOTOP_MODULES" = ours ]; then
	source=ours
	watch_leaves
	done_with "$edu"
	ok "our modules unload" wait_until unload_modules
	VFIOTOP_MODULES=stock
	use "$edu"
fi
source=stock
watch_leaves --source=stock --runs

done_testing
