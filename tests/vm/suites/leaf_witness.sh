#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows T3, T8: bytes in leaves of each size, as vfiotop shows them, are what the IOMMU's page
# tables hold. Needs a kernel that shows those: see tests/vm/debug-kernel.config.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ -e "$tables" ] || plan_skip_all "this kernel does not show the tables of VT-d"

# witness WHAT OPTION...: a process maps, and vfiotop and the tables tell the same
witness() {
	local what=$1
	shift

	start_ready "$source: a process maps $what" map "$workloads/hugemap" "${device[@]}" --hold "$@"
	report
	is "$(leaves_in_report "${pid_of[map]}")" "$(leaves_in_tables)" "$source: leaves of $what are those in the tables"
	finish "$source: it ends" map 0
	is "$(leaves_in_tables)" "0 0 0" "$source: the tables are empty then"
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
