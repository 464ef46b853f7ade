#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The ladder of sources on the distribution's modules: what a lower rung knows is what the
# workloads did, and what it cannot know is unknown.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = stock ] || plan_skip_all "this is about the distribution's modules"

mib=$((1 << 20))
# A copy that an unprivileged user may run.
vfiotop=$tmp/vfiotop
cp "$VFIOTOP_ROOT/build/vfiotop" "$vfiotop"
chmod 755 "$tmp"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "$vfiotop")

# all_null FILTER DESCRIPTION: of the container of $pid
all_null() {
	same "[$1] | unique | tostring" '[null]' "$2"
}

# process FILTER: of the row of $pid
process() {
	figure ".processes[] | select(.pid == $pid) | $1"
}

# source_without FEATURE...: the source that is chosen then
source_without() {
	"$vfiotop" --info --json "${@/#/--disable-feature=}" | jq -r .source
}

# refused STATUS PATTERN ARGUMENT...: it ends so, and says why
refused() {
	local want=$1 pattern=$2 status
	shift 2

	"$@" --once > "$tmp/out" 2> "$tmp/err"
	status=$?
	is "$status $(wc -l < "$tmp/err")" "$want 1" "${*:2}: status $want and one line"
	like "$(< "$tmp/err")" "$pattern" "${*:2}: which says why"
}

# requests_are_counted: those of the workload that was started as map, and has ended
requests_are_counted() {
	same '.map | "\(.count) \(.bytes) \(.errors)"' \
		"$(json "$tmp/map.out" '"\(.maps) \(.bytes_mapped) 0"')" "$what: maps"
	same '.unmap | "\(.count) \(.bytes) \(.errors) \(.differs)"' \
		"$(json "$tmp/map.out" '"\(.unmaps) \(.bytes_unmapped) 0 0"')" "$what: unmaps"
	same '.map.ns | .p50 > 0 and .p50 <= .p99 and .p99 <= .max * 1.25 and .max <= .sum' true \
		"$what: latencies are in order"
	same '.released_ns > 0' true "$what: the container is gone"
	is "$(figure '[.lost[]] | add')" 0 "$what: nothing was lost"
}

# load_untyped: the modules, of which the backend has no type information
load_untyped() {
	local module

	module=$(modinfo -n vfio_iommu_type1)
	case $module in
	*.xz) xz -dc "$module" > "$tmp/type1.ko" ;;
	*)    cp "$module" "$tmp/type1.ko" ;;
	esac
	objcopy --remove-section .BTF "$tmp/type1.ko" && load_modules &&
		rmmod vfio_iommu_type1 && insmod "$tmp/type1.ko"
}

reload_backend() {
	rmmod vfio_iommu_type1 && modprobe vfio_iommu_type1
}

hugepages 16
use "$edu"
with "$edu"
group=$(group_of "$edu")

# --- Which rung ------------------------------------------------------------------------------

which_rung() {
	local source

	is "$(source_without)" stock "the best source of these modules"
	is "$(source_without types)" kprobes "without type information"
	is "$(source_without fentry)" kprobes "without fentry"
	is "$(source_without vfio_fops_release)" kprobes "without a function that stock needs"
	is "$(source_without types kprobes)" iommu "without kprobes either"
	is "$(source_without types vfio_iommu_type1_ioctl)" iommu "without a function that these need"
	is "$(source_without types kprobes iommu)" proc "without tracepoints either"
	is "$(source_without bpf)" proc "without BPF"
	is "$("$vfiotop" --info --json --disable-feature=types | jq -c \
		'[.sources[] | [.name, .possible, (.why | type), (.unknown | type)]]')" \
		"$(jq -nc '[["tracepoints",false,"string","null"],["stock",false,"string","null"],
			["iommufd",false,"string","null"],
			["kprobes",true,"null","array"],["iommu",true,"null","array"],
			["proc",true,"null","array"]]')" "--info: each of them, and why not"
	is "$("$vfiotop" --info --json --disable-feature=vfio_remove_dma | jq -c \
		'.unknown | contains(["mappings", "pinned_bytes", "teardown.bytes"]) and
			index("map.count") == null')" true "--info: what a missing function makes unknown"
	refused 4 'no function vfio_fops_release' "$vfiotop" --source=stock --disable-feature=vfio_fops_release
	refused 4 'disable-feature' "$vfiotop" --source=kprobes --disable-feature=kprobes
	refused 4 'disable-feature' "$vfiotop" --source=iommu --disable-feature=bpf
	refused 5 'no type information' "$vfiotop" --source=stock --disable-feature=types
	for source in stock kprobes iommu; do
		refused 6 'not permitted' "${nobody[@]}" --source=$source
	done
}

# --- Stock, without all that it can do without --------------------------------------------------

few_functions() {
	what='few functions'
	watch_with --disable-feature=vfio_{remove_dma,fops_open,group_fops_open,group_fops_release} \
		--disable-feature=vfio_{device_fops_release,device_fops_unl_ioctl} \
		--disable-feature=vfio_iommu_type1_{pin,unpin}_pages
	start_ready "$what: a process maps" map "$workloads/hugemap" "${device[@]}" --size 4 --count 2 --hold --dirty
	pid=${pid_of[map]}
	report
	is "$(figure '"\(.source) \(.attach)"')" "stock fentry" "$what: the source"
	same '"\(.comm) \(.backend) \(.groups)"' "hugemap vfio-iommu-type1 [$group]" "$what: the container"
	is "$(figure ".groups[] | select(.id == $group) | \"\(.pid) \(.opens) \(.open_errors)\"")" \
		"$pid null null" "$what: the group's owner is known by its file, its opens are not"
	is "$(figure '.devices[] | "\(.address) \(.pid) \(.opens) \(.state) \(.closes) \(.resets)"')" \
		"$edu $pid 1 null null null" "$what: the device's open, but neither close nor reset"
	finish "$what: it ends" map 0
	report
	requests_are_counted
	all_null '.mappings, .pinned_bytes, .pinned_peak_bytes, .charged_bytes, .locked_bytes,
		.locked_limit_bytes, .opener_pid, .opened_ns, .teardown.count, .teardown.bytes,
		.left_pinned_bytes, .devices' "$what: what is unknown"
	is "$(figure .totals.pinned_bytes)" null "$what: in the totals, too"
	is "$(figure '.leaks | length')" 0 "$what: which is no leak"
	finish_by TERM "$what: vfiotop ends at SIGTERM" top 0
}

# --- Stock, of which no address is known -----------------------------------------------------

hidden_addresses() {
	what='hidden addresses'
	start_ready "$what: a process maps" map "$workloads/hugemap" "${device[@]}" --size 4 --hold
	is "$("$vfiotop" --info --json | jq .addresses)" true "$what: they are seen"
	is "$("$vfiotop" --once --json -d 0.1 | jq -c '[.census, (.containers | length)]')" '[true,1]' \
		"$what: with them the container is found"
	sysctl -qw kernel.kptr_restrict=2
	is "$("$vfiotop" --info --json | jq .addresses)" false "$what: they are not"
	is "$("$vfiotop" --once --json -d 0.1 | jq -c '[.census, (.containers | length)]')" '[false,0]' \
		"$what: without, there was no census"
	sysctl -qw kernel.kptr_restrict=0
	finish "$what: it ends" map 0
}

# These do not differ from kernel to kernel.
if [[ -n $VFIOTOP_ALL || $VFIOTOP_RELEASE == 6.12.* ]]; then
	which_rung
	few_functions
	hidden_addresses
fi

# --- Kprobes, on a backend that has no type information ------------------------------------------

what=kprobes
done_with "$edu"
wait_until unload_modules
ok "the backend loads without its type information" load_untyped
use "$edu"

watch_with
start_ready "$what: a process maps" map "$workloads/hugemap" "${device[@]}" --size 4 --count 2 --hold --dirty
pid=${pid_of[map]}
report
is "$(figure '"\(.source) \(.attach) \(.census) \(.unseen)"')" "kprobes kprobe false 0" \
	"$what: the source"
same '"\(.comm) \(.owner_alive) \(.backend) \(.mappings)"' "hugemap true vfio-iommu-type1 3" \
	"$what: the container"
same '"\(.map.count) \(.unmap.count)"' "6 3" "$what: in the second round"
dirty_log "$what" 4
all_null '.pinned_bytes, .pinned_peak_bytes, .mappings_limit, .charged_bytes, .locked_bytes, .runs,
	.mean_run_bytes, .leaf_bytes["4096"], .map.phase_ns[], .opener_pid, .opened_ns, .holders,
	.groups, .devices, .teardown.bytes, .census[]' "$what: what is unknown"
ok "$what: who has files is found" wait_until reports_that '.processes | length == 1'
is "$(process '"\(.comm) \(.containers) \(.groups) \(.devices)"')" "hugemap 1 1 1" \
	"$what: the process and its files"
is "$(process '"\(.locked_bytes) \(.locked_unlimited)"')" "$((12 * mib)) true" \
	"$what: its locked memory"
is "$(figure ".groups[] | select(.id == $group) | \"\(.pid) \(.comm) \(.container) \(.opens)\"")" \
	"$pid hugemap null null" "$what: the group's owner"
is "$(figure '.devices[] | "\(.address) \(.group) \(.driver) \(.state) \(.opens)"')" \
	"$edu $group vfio-pci null null" "$what: the device"
finish "$what: it ends" map 0
report
requests_are_counted
same .mappings 0 "$what: no mapping is left"
ok "$what: nobody has a file any more" wait_until reports_that '.processes == []'

start_ready "$what: maps fail" fail "$workloads/failmap" "${device[@]}"
pid=${pid_of[fail]}
report
same '.map | "\(.errors) \(.count) \(.bytes)"' \
	"$(json "$tmp/fail.out" '"\(.errors) \(.maps) \(.bytes_mapped)"')" \
	"$what: as many failed maps, and others"
is "$(figure '[.failures[].ret] | sort | tostring')" \
	"$(json "$tmp/fail.out" '[.errnos[]] | sort | tostring')" "$what: each with its errno"
finish "$what: the process ends" fail 0

start_ready "$what: a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 16 --size 64
pid=${pid_of[leak]}
finish_by KILL "$what: it is killed" leak 137
report
same '"\(.map.count) \(.unmap.count) \(.mappings)"' "16 0 0" "$what: its mappings are gone"
same '.teardown | "\(.count) \(.mappings) \(.bytes) \(.ns > 0)"' "1 16 null true" \
	"$what: in one teardown"
is "$(figure '.leaks | length')" 0 "$what: which is no leak"

if [ -e "$VFIOTOP_BUILT/vfio_test_withheld.ko" ]; then
	ok "$what: the module that withholds memory loads" load_test_module vfio_test_withheld
	start_ready "$what: a map waits for memory" stuck "$workloads/stuckmap" "${device[@]}" --size 16
	pid=${pid_of[stuck]}
	report
	same '.in_flight[0] | "\(.operation) \(.pid) \(.iova) \(.size_bytes) \(.done_bytes)"' \
		"map $pid 0x100000000 $((16 * mib)) null" "$what: it is in flight"
	finish_by KILL "$what: it is killed" stuck 137
	ok "$what: the module unloads" rmmod vfio_test_withheld
fi
is "$(figure '[.lost[]] | add')" 0 "$what: nothing was lost"

# The kernel keeps ten return probes, so that ends of more requests at once are lost.
if [ -e "$VFIOTOP_BUILT/vfio_test_withheld.ko" ]; then
	ok "$what: the module that withholds memory loads again" load_test_module vfio_test_withheld
	echo 4194304 > /proc/sys/kernel/pid_max
	start_ready "$what: 64 threads map and unmap at once" crowd "$workloads/crowd" "${device[@]}"
	pid=${pid_of[crowd]}
	report
	same .mappings null "$what: how many mappings are left is not known"
	ok "$what: ends of requests were lost" reports_that '.lost.missed > 0'
	finish "$what: they end" crowd 0
	start_ready "$what: another process maps" map "$workloads/hugemap" "${device[@]}" --size 4 --hold
	pid=${pid_of[map]}
	report
	same .mappings 3 "$what: of which all is known"
	finish "$what: it ends" map 0
	ok "$what: the module unloads again" rmmod vfio_test_withheld
fi

ok "$what: the backend is loaded anew" reload_backend
ok "$what: in which there are no kprobes, so a new watch begins" \
	wait_until reports_that '.totals.containers == 0 and .source == "stock"'
finish_by TERM "$what: vfiotop ends at SIGTERM" top 0

# --- The kernel's tracepoints of IOMMUs ------------------------------------------------------------

what=iommu
start_ready "$what: a process maps and unmaps" churn "$workloads/churner" "${device[@]}" --count 100
pid=${pid_of[churn]}
watch_with --source=iommu
ok "$what: it stops with all mapped" tell churn still
report
is "$(figure '"\(.source) \(.attach)"')" "iommu raw_tp" "$what: the source"
is "$(process '.iommu | .since_ns > 0 and .map.bytes == .map.count * 4096')" true \
	"$what: what is mapped for it is counted"
like "$(process '.iommu | .map.bytes - .unmap.bytes')" '^(0|4096)$' "$what: as much as is unmapped"
before=$(process .iommu.unmap.bytes)
ok "$what: it unmaps all" tell churn empty
report
is "$(($(process .iommu.unmap.bytes) - before))" $((100 * 4096)) "$what: as many bytes are unmapped"
is "$(figure '[.containers, .leaks, .failures, .totals.map.count, .totals.pinned_bytes] |
	unique | tostring')" '[null]' "$what: nothing is known of containers"
finish "$what: it ends" churn 0
ok "$what: and has no row any more" wait_until reports_that '.processes == []'
finish_by TERM "$what: vfiotop ends at SIGTERM" top 0

# --- /proc and /sys only ------------------------------------------------------------------------------

what=proc
start_ready "$what: a process maps" map "$workloads/hugemap" "${device[@]}" --size 4 --hold
pid=${pid_of[map]}
watch_with --disable-feature=bpf
report
is "$(figure '"\(.source) \(.attach) \(.unseen)"')" "proc null 0" "$what: the source"
is "$(process '"\(.comm) \(.containers) \(.groups) \(.devices) \(.locked_bytes)"')" \
	"hugemap 1 1 1 $((12 * mib))" "$what: the process and its files"
is "$(process '[.iommu | .. | scalars] | unique | tostring')" '[null]' \
	"$what: not what is mapped for it"
is "$(figure ".groups[] | select(.id == $group) | \"\(.pid) \(.comm)\"")" "$pid hugemap" \
	"$what: the group's owner"
is "$(figure '.devices[] | "\(.address) \(.group) \(.driver)"')" "$edu $group vfio-pci" \
	"$what: the device and its driver"
is "$(figure '[.containers, .leaks, .failures, (.totals | .. | scalars)] | unique | tostring')" \
	'[null]' "$what: nothing is known of containers"
finish_by TERM "$what: vfiotop ends at SIGTERM" top 0

settle
"${nobody[@]}" --once --json -d 0.1 > "$tmp/report" 2> "$tmp/err"
is "$? $(wc -l < "$tmp/err")" "0 0" "unprivileged: it works"
is "$(figure '"\(.source) \(.processes | length) \(.unseen > 0)"')" "proc 0 true" \
	"unprivileged: it says how many processes it could not look at"
is "$(figure ".groups[] | select(.id == $group) | .pid")" null "unprivileged: the group, but not who has it"
is "$(figure '.devices[] | "\(.address) \(.driver)"')" "$edu vfio-pci" "unprivileged: the device"
like "$("${nobody[@]}" --once -d 0.1 | head -n 1)" 'source proc  .*containers -' \
	"unprivileged: the report says so"
finish "$what: the process ends" map 0

done_testing
