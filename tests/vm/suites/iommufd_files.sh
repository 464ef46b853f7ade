#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is mapped by file descriptor (IOMMU_IOAS_MAP_FILE), which newer kernels have: memory as
# any other, and BARs of devices, which pin nothing.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/iommufd.bash
. "$VFIOTOP_ROOT/tests/vm/suites/iommufd.bash"

[ "$VFIOTOP_MODULES" = iommufd ] || plan_skip_all "these modules have no iommufd"
[[ $VFIOTOP_RELEASE != 6.12.* ]] || plan_skip_all "Linux 6.12 maps no files"

use "$edu"
cdev=$(cdev_of "$edu")
iova=$((0x40000000))

# shellcheck disable=SC2119 # no options
watch_with
start_ready "a process opens /dev/iommu" user "$workloads/iommufd-user"
ask ioas > /dev/null
is "$(ask map-file 1 $mib $iova)" $iova "it maps a file of 1 MiB"
report
is "$(of_ioas 1 '"\(.map.count) \(.map.bytes) \(.mappings) \(.pinned_bytes)"')" "1 $mib 1 0" \
	"which counts, and pins nothing without a device"
attach_device "$cdev" 1
adds_up "a device came"
is "$(of_ioas 1 .pinned_bytes)" $mib "whose mapping is pinned then"
is "$(ask map-file 1 $((2 * mib)) $((iova + 16 * mib)))" $((iova + 16 * mib)) "it maps another one"
adds_up "a map of a file"
is "$(of_ioas 1 '"\(.map.count) \(.map.bytes) \(.mappings) \(.pinned_bytes) \(.map.ns.max > 0)"')" \
	"2 $((3 * mib)) 2 $((3 * mib)) true" "which counts, with its pins and its time"

is "$(ask short-file 1 $mib $((iova + 32 * mib)))" -22 "a file that is too short is refused"
is "$(ask no-file 1 $mib $((iova + 32 * mib)))" -9 "and so is none"
is "$(ask map-file 1 4096 $iova)" -17 "and a map over another"
is "$(ask map-file 1 4097 $((iova + 32 * mib)))" -22 "and one of a piece of a page"
is "$(ask map-file 999 4096 $iova)" -2 "and one to no IOAS"
adds_up "requests failed"
is "$(of_ioas 1 '"\(.map.count) \(.map.errors) \(.mappings) \(.pinned_bytes)"')" "2 4 2 $((3 * mib))" \
	"they are counted apart"
is "$(figure '[.failures[] | "\(.operation) \(.stage) \(.ret) \(.container)"] | join(", ")')" \
	"map null -22 1, map null -9 1, map overlap -17 1, map alignment -22 1, map null -2 null" \
	"each with its errno, and the stages that follow"

two=$(ask ioas)
is "$(ask copy "$two" $mib $iova 1)" 0 "a mapping of a file is copied"
adds_up "a copy"
is "$(of_ioas 1 .pinned_bytes) $(of_ioas "$two" '"\(.mappings) \(.pinned_bytes)"')" "$((3 * mib)) 1 0" \
	"whose pins stay with the first"
is "$(ask map-bar 1 4096 $((iova + 64 * mib)))" $((iova + 64 * mib)) "a BAR is mapped as a dma-buf"
adds_up "a BAR"
is "$(of_ioas 1 '"\(.map.count) \(.mappings) \(.pinned_bytes)"')" "3 3 $((3 * mib))" "which pins nothing"
finish_by TERM "vfiotop ends" top 0

# shellcheck disable=SC2119 # no options
watch_with
adds_up "a late watch"
is "$(of_ioas 1 '"\(.mappings) \(.mapped_bytes) \(.pinned_bytes) \(.locked_by) \(.devices)"')" \
	"3 $((3 * mib + 4096)) $((3 * mib)) none [\"$edu\"]" "finds what was there"
is "$(ask unmap 1 4096 $((iova + 64 * mib)))" 0 "the BAR is unmapped"
is "$(ask unmap 1 $mib $iova)" 0 "and the file that was copied"
adds_up "unmaps"
is "$(of_ioas 1 '"\(.unmap.count) \(.unmap.bytes) \(.mappings) \(.pinned_bytes)"')" \
	"2 $((mib + 4096)) 1 $((2 * mib))" "which count"
finish "it ends" user 0
adds_up "its end"
is "$(figure '[.containers[] | .released_ns > 0] | all')" true "nothing is left"
is "$(figure '"\([.lost[]] | add) \(.leaks | length)"')" "0 0" "and nothing was lost"
finish_by TERM "vfiotop ends" top 0
is "$(wc -l < "$tmp/top.err")" 0 "and complained about nothing"

done_testing
