#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Whatever way our modules leak, vfiotop names the kind, the container, the range and the amount.
# Each case arms one switch of drivers/vfio/debug/leak_inject.h. Pages stay pinned for ever, so
# this comes last in its machine.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[[ $VFIOTOP_BUILT == *-debug ]] || plan_skip_all "only debug modules leak on purpose"

table=()

# arm SWITCH [COUNT]
arm() {
	echo "$*" > /sys/module/vfio/parameters/leak
}

# begin: a process, and no switch
begin() {
	arm none
	start_ready "$1: a process" steps "$workloads/steps" "${device[@]}"
	pid=${pid_of[steps]}
	report
	known=$(figure '[.leaks[] | "\(.container) \(.kind)"] | unique')
}

# found CASE [KIND IOVA SIZE PAGES]: what the last report says that was not there before.
found() {
	local got want='' off

	[ $# -eq 1 ] || want="$2 $pid $3 $(($4 * 4096)) $(($5 * 4096))"

	report
	got=$(figure "[.leaks[] | select(\"\\(.container) \\(.kind)\" as \$l | $known | index(\$l) | not)]
		| map(\"\\(.kind) \\(.pid) \\(.iova) \\(.size_bytes) \\(.bytes)\") | join(\", \")")
	is "$got" "$want" "$1: kind, process, range and amount"
	off=${got##* }
	[[ $off =~ ^[0-9]+$ ]] && off=$((off / 4096 - $5)) || off=-
	got=${got%% *}
	table+=("$(printf '%-44s %-18s %s' "$1" "${got:-nothing}" "$off")")
}

end() {
	finish "$1: it ends" steps 0
}

base=0x100000000 iova=0x200000000
hugepages 4
use "$edu" "$edu2"
with "$edu"
watch_with --attach=auto

# --- Pins -------------------------------------------------------------------------------------

what="unpin forgotten on unmap"
begin "$what"
step "map $iova 16"
arm unpin 64
step "unmap $iova 16" 16
found "$what" kernel-leak $iova 16 16
end "$what"

what="last page of an unpin forgotten"
begin "$what"
step "map $iova 16"
arm unpin-tail
step "unmap $iova 16" 16
found "$what" kernel-leak $iova 16 1
end "$what"

what="unpin forgotten on unmap of all"
begin "$what"
step "map $base 4"
step "map $iova 8"
arm unpin 64
step unmap-all 12
found "$what" kernel-leak $base 4 12
end "$what"

what="unpin forgotten when a map fails"
begin "$what"
arm unpin 64
inject "1 iommu_map"
step "map $iova 16" -12
found "$what" kernel-leak $iova 16 16
inject 0
end "$what"

what="unpin forgotten when its process is killed"
begin "$what"
step "map $iova 16"
arm unpin-tail
finish_by KILL "$what: it is killed" steps 137
found "$what" kernel-leak $iova 16 1

what="unpin forgotten when the container ends"
begin "$what"
step "map $iova 16"
arm unpin 64
end "$what"
found "$what" kernel-leak $iova 16 16

what="the IOMMU does not unmap"
begin "$what"
step "map $iova 16"
inject "1 iommu_unmap_fast"
step "unmap $iova 16" 0
found "$what" kernel-leak $iova 16 16
inject 0
end "$what"

what="pages pinned twice"
begin "$what"
report
before=$(figure '.host.other_bytes')
arm pin-twice
step "map $iova 1"
step "unmap $iova 1" 1
report
is "$(figure '.host.other_bytes')" $((before + 4096)) "$what: a page that no ledger explains"
table+=("$(printf '%-44s %-18s %s' "$what" "not VFIO (host)" 0)")
end "$what"

what="pages unpinned twice"
begin "$what"
step "map $base 64"
step "map $iova 16"
report
arm unpin-twice 64
step "unmap $iova 16" 16
found "$what" over-unpin $iova 16 16
is "$(figure '.host.other_bytes')" null "$what: what others have is unknown"
end "$what"

what="device memory kept when it is revoked"
begin "$what"
step "bar $iova 4"
inject "1 iommu_unmap_fast"
step bar-goes
found "$what" kernel-leak $iova 4 4
inject 0
end "$what"

# --- Charges ----------------------------------------------------------------------------------

for case in "charge -16 charge forgotten" "charge-twice 16 charged twice"; do
	read -r switch pages what <<< "$case"
	begin "$what"
	arm "$switch"
	step "map $iova 16"
	found "$what" accounting-drift $iova 16 "${pages#-}"
	# The kernel would complain of a refund of what was never charged.
	[ "$switch" != charge ] || arm refund
	end "$what"
done

what="refund forgotten"
begin "$what"
step "map $iova 16"
arm refund
step "unmap $iova 16" 16
found "$what" accounting-drift $iova 16 16
end "$what"

what="refund to whoever unmaps"
begin "$what"
step "map $iova 16"
arm refund-mm
step "child $iova 16" 16
found "$what" accounting-drift $iova 16 16
end "$what"

# --- Emulated devices -------------------------------------------------------------------------

load_test_module vfio_test_emulated
name=vfio-test-emulated
device=(--group "$(basename "$(readlink "/sys/devices/$name/iommu_group")")" --device "$name")

what="page of an emulated device kept"
begin "$what"
step "map $iova 16"
step "pin $iova 4"
arm unpin-held
step "unpin $iova 4" 1
found "$what" kernel-leak $iova 16 1
end "$what"

what="the same at the top of the address space"
begin "$what"
step "map 0xffffffffffff0000 16"
step "pin 0xffffffffffff0000 16"
arm unpin-held 16
step "unmap 0xffffffffffff0000 16" 16
found "$what" kernel-leak 0xffffffffffff0000 16 16
end "$what"

what="unpin forgotten when a group cannot join"
begin "$what"
step "map $iova 16"
arm unpin 64
inject "1 iommu_map"
step "attach $(group_of "$edu2")" -12
found "$what" kernel-leak $iova 16 16
inject 0
end "$what"
rmmod vfio_test_emulated

# --- The table ----------------------------------------------------------------------------------

diag "$(printf '%-44s %-18s %s' "switch or case" found "pages off by")"
for row in "${table[@]}"; do
	diag "$row"
done
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
finish_by TERM "vfiotop ends" top 0

done_testing
