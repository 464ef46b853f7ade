#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where BPF programs cannot be attached to functions of iommufd, kprobes tell the same figures, or
# that they are unknown.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/iommufd.bash
. "$VFIOTOP_ROOT/tests/vm/suites/iommufd.bash"

[ "$VFIOTOP_MODULES" = iommufd ] || plan_skip_all "these modules have no iommufd"
[ -n "$VFIOTOP_ALL" ] || plan_skip_all "VFIOTOP_ALL runs it"

more_than() {
	read_objects "$tmp/$1.out"
	[ "$objects" -gt "$2" ]
}

# by NAME FILTER: of what this watch reports at this moment
by() {
	read_objects "$tmp/$1.out"
	kill -USR1 "${pid_of[$1]}"
	wait_until more_than "$1" "$objects"
	jq -r "$2" <<< "$last_object"
}

# What has ended is in some reports more.
requests='(.containers[] | select(.released_ns == null) | "\(.ioas) in \(.iommufd) of \(.pid): maps \(.map | "\(.count) \(.errors) \(.bytes)") unmaps \(
	.unmap | "\(.count) \(.errors) \(.bytes) \(.differs)") in flight \(
	.in_flight | map("\(.operation) \(.iova) \(.size_bytes)") | join(" "))")'
mappings='(.containers[] | select(.released_ns == null) | "\(.mappings) \(.teardown | "\(.count) \(.mappings)")")'
failed='(.failures[] | "\(.operation) \(.ret) \(.container) \(.iova) \(.size_bytes)")'

# agree WHAT [FILTER]: both watches say the same
agree() {
	is "$(by kprobes "${2:-$requests, $mappings}")" "$(by types "${2:-$requests, $mappings}")" "$1"
}

# watch NAME [OPTION]...
watch() {
	start_ready "a watch begins: $1" "$1" "$VFIOTOP_ROOT/build/vfiotop" --json -d 3600 --ready-fd 1 "${@:2}"
}

use "$edu"
cdev=$(cdev_of "$edu")
watch types
watch kprobes --source=kprobes
start_ready "a process opens /dev/iommu" user "$workloads/iommufd-user"
ask ioas > /dev/null
attach_device "$cdev" 1
ask map 1 $((2 * mib)) 0x10000000 > /dev/null
ask map 1 65536 > /dev/null
agree "maps, whose IOVA the kernel chooses"
is "$(by kprobes '"\(.iommufd) \(.no_iommufd) \(.containers[0].mappings) \(.containers[0].pinned_bytes)"')" \
	"true null 2 null" "iommufd is watched, but for pins"
is "$(ask map 1 4096 0x10000000)" -17 "a map over another fails"
is "$(ask map 1 4097 0x20000000)" -22 "so does one of a piece of a page"
is "$(ask nomap 1 4096 0x30000000)" -14 "and one of no memory"
is "$(ask map 999 4096 0x10000000)" -2 "and one to no IOAS"
is "$(ask unmap 1 4096 0x50000000)" -2 "and an unmap of nothing"
is "$(ask deaf-map 1 65536 0x30000000)" -14 "what is mapped without an answer fails"
agree "failures" "$requests, $mappings, $failed"
is "$(ask stall 1 $((2 * mib)) 0x70000000)" 0 "a map waits for its memory"
agree "a request in flight"
is "$(ask give)" $((0x70000000)) "it gets the memory"
agree "the end of a long map"
ask unmap-all 1 > /dev/null
agree "an unmap of all"

two=$(ask ioas)
ask map 1 "$mib" 0x40000000 > /dev/null
ask map "$two" "$mib" 0x50000000 > /dev/null
agree "a second IOAS"
is "$(ask copy "$two" "$mib" 0x40000000 1)" 0 "a mapping is copied there"
is "$(by kprobes "[.containers[] | select(.ioas == $two).mappings] | tojson")" "[null]" \
	"how many mappings that makes is unknown"
is "$(ask destroy "$two")" 0 "it is destroyed"
agree "an IOAS that is destroyed" '.containers[] | "\(.released_ns != null) \(.teardown.mappings)"'

ask vfio-new > /dev/null
ask vfio-map "$mib" 0x1000000 > /dev/null
ask vfio-map "$mib" 0x2000000 > /dev/null
is "$(ask vfio-map 4096 0x2000000)" -17 "a map by VFIO's request fails"
ask vfio-unmap "$mib" 0x1000000 > /dev/null
agree "VFIO's requests"
ask deaf-map 1 65536 0x30000000 > /dev/null
is "$(ask deaf-unmap 1 65536 0x30000000)" -14 "an unmap without an answer fails"
agree "mappings, as it is done" "$mappings"
finish_by KILL "its process is killed" user 137
agree "the end of a context" \
	".containers[] | select(.ioas != $two) | \"\\(.ioas) \\(.released_ns != null) \\(.teardown.mappings)\""
is "$(by kprobes '[.containers[] | .released_ns > 0] | all')" true "nothing is left"

start_ready "a process is given /dev/iommu for a group's container" user "$workloads/iommufd-user"
ask vfio-group "/dev/vfio/$(group_of "$edu")" > /dev/null
ask vfio-map "$mib" 0x1000000 > /dev/null
ask vfio-map "$mib" 0x1000000 > /dev/null
is "$(by kprobes "$requests, $mappings")" \
	"null in 2 of ${pid_of[user]}: maps 1 1 $mib unmaps 0 0 0 0 in flight$(printf ' \nnull 0 0')" \
	"what the kernel made by itself has no ID, and how it began was not seen"
finish_by TERM "a watch ends" kprobes 0
finish_by TERM "so does the other" types 0

ask vfio-map "$mib" 0x2000000 > /dev/null
ask ioas > /dev/null
ask map 2 "$mib" 0x3000000 > /dev/null
watch kprobes --source=kprobes
is "$(by kprobes '.containers | length')" 0 "what was there before is unknown"
is "$(ask map 999 4096 0x10000000)" -2 "until a request succeeds"
is "$(by kprobes '.containers | length')" 0 "which one to no IOAS does not"
ask map 2 "$mib" 0x4000000 > /dev/null
is "$(by kprobes '.containers[] | "\(.ioas) \(.before_watch) \(.map.count) \(.mappings) \(.teardown.count)"')" \
	"2 true 1 null 0" "then it is shown"
finish "its process ends" user 0
is "$(by kprobes '.containers[] | "\(.released_ns > 0) \(.teardown.count)"')" "true null" "and ends, unseen how"
finish_by TERM "the watch ends" kprobes 0
is "$(cat "$tmp"/{kprobes,types}.err | wc -l)" 0 "nothing was complained about"

"$VFIOTOP_ROOT/build/vfiotop" --json -n 1 -d 1 --source=kprobes --disable-feature=iommufd_fops_release > "$tmp/report"
like "$(figure '"\(.source) \(.iommufd) \(.no_iommufd)"')" '^kprobes false .*no function iommufd_fops_release' \
	"a function that is missing is named"
wait_until rmmod vfio_iommu_type1
"$VFIOTOP_ROOT/build/vfiotop" --json -n 1 -d 1 --source=kprobes > "$tmp/report"
is "$(figure '"\(.source) \(.iommufd)"')" "kprobes true" "without VFIO's containers, iommufd alone is watched"

done_testing
