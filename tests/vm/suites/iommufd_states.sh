#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# iommufd in states that are rare: a map in flight when the watch begins, VFIO without groups,
# iommufd that cannot be watched.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/iommufd.bash
. "$VFIOTOP_ROOT/tests/vm/suites/iommufd.bash"

[ "$VFIOTOP_MODULES" = iommufd ] || plan_skip_all "these modules have no iommufd"
[ -n "$VFIOTOP_ALL" ] || plan_skip_all "VFIOTOP_ALL runs it"

use "$edu"
cdev=$(cdev_of "$edu")

# The kernel may still be letting go of programs that watched them.
unload_vfio() {
	local module

	for module in vfio_pci vfio_pci_core vfio_iommu_type1 vfio; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module" || return
	done
}

# --- What is in flight when the watch begins --------------------------------------------------

start_ready "a process has its context" user "$workloads/iommufd-user"
ask ioas > /dev/null
attach_device "$cdev" 1
ask map 1 "$mib" 0x40000000 > /dev/null
is "$(ask stall 1 $((2 * mib)) 0x70000000)" 0 "a map waits for its memory"
# shellcheck disable=SC2119 # no options
watch_with
report
is "$(of_ioas 1 '"\(.mappings) \(.pinned_bytes)"') $(figure .lost.census)" "null null 1" \
	"what its IOAS has is unknown, and that is said"
is "$(ask unmap 1 $((2 * mib)) 0x70000000)" -16 "what is being mapped cannot be unmapped"
is "$(ask close-context)" 0 "the context is closed meanwhile"
report
is "$(of_ioas 1 '"\(.released_ns) \(.holders)"')" "null 1" "and lives on by its device"
is "$(ask give)" $((0x70000000)) "the map gets the memory"
wait_until reports_that '.lost.census == 0'
adds_up "a map from before the watch"
is "$(of_ioas 1 '"\(.mappings) \(.pinned_bytes) \(.unmap.errors)"')" "2 $((3 * mib)) 1" \
	"once the IOAS stands still, all is known"
is "$(ask close)" 0 "the device is closed"
adds_up "the last file of a context is closed"
is "$(of_ioas 1 '"\(.released_ns > 0) \(.teardown.mappings) \(.teardown.bytes)"')" "true 2 $((3 * mib))" \
	"and all of it ends"
finish "its process ends" user 0
finish_by TERM "vfiotop ends" top 0

# --- An IOAS that takes the place of another ---------------------------------------------------

# On one CPU, the kernel gives it the memory again that it freed last.
start_ready "a process has an IOAS of many mappings" user taskset -c 0 "$workloads/iommufd-user"
is "$(ask ioas)" 1 "which is its first"
is "$(ask pages 1 5000)" 0 "of 5,000 pages"
watch_and_stop 2
ok "the walk has counted some of them" wait_long is_stopped top
is "$(ask destroy 1)" 0 "it is destroyed"
is "$(ask ioas)" 1 "and a new one has its ID"
kill -CONT "${pid_of[top]}"
ok "the walk ends" wait_long is_ready top
report
is "$(of_ioas 1 '"\(.before_watch) \(.mappings) \(.mapped_bytes) \(.census.mappings)"')" "false 0 0 0" \
	"which has none of them"
is "$(figure .lost.census)" 0 "and all is counted"
finish "its process ends" user 0
finish_by TERM "vfiotop ends" top 0

# --- A function that is missing ----------------------------------------------------------------

"$VFIOTOP_ROOT/build/vfiotop" --once --source=stock --disable-feature=iopt_get_pages > "$tmp/text"
ok "what cannot be attached to is named" \
	grep -q "^cannot watch iommufd: .* no function iopt_get_pages" "$tmp/text"

# --- Programs that the kernel refuses ----------------------------------------------------------

# refused ERRNO [OPTION]...: vfiotop, when programs of iommufd do not load
refused() {
	env LD_PRELOAD="$workloads/refused_programs.so" REFUSED_PROGRAMS=iommufd_ REFUSED_BY="$1" \
		"$VFIOTOP_ROOT/build/vfiotop" "${@:2}"
}

while read -r error why; do
	refused "$error" --json -n 1 -d 1 > "$tmp/report" 2> "$tmp/err"
	like "$(figure '"\(.source) \(.census) \(.iommufd) \(.no_iommufd)"')" \
		"^stock true false cannot watch iommufd: $why" "errno $error: VFIO is watched, and why iommufd is not"
	is "$(wc -l < "$tmp/err")" 1 "errno $error: on standard error by one line"
	refused "$error" --once --source=iommufd > "$tmp/text" 2> "$tmp/err"
	like "$? $(< "$tmp/err")" "^[67] vfiotop: .*$why" "errno $error: alone, it ends"
	is "$(cat "$tmp/text" "$tmp/err" | wc -l)" 1 "errno $error: with one line"
done <<-TABLE
	13 .*what its verifier said
	22 Invalid argument; --debug shows
	7 Argument list too long; --debug shows
	12 not enough memory
	1 not permitted, although no capability is missing
TABLE
"$VFIOTOP_ROOT/build/vfiotop" --json -n 1 -d 1 > "$tmp/report"
is "$(figure '"\(.source) \(.iommufd) \(.no_iommufd)"')" "stock true null" "none is refused otherwise"

# only CAPABILITIES OPTION...: vfiotop with these alone
only() {
	setpriv --inh-caps=-all --bounding-set="-all$1" "$VFIOTOP_ROOT/build/vfiotop" "${@:2}"
}

for capabilities in '' ,+bpf,+perfmon; do
	only "$capabilities" --json -n 1 -d 1 > "$tmp/report" 2> /dev/null
	like "$(figure '"\(.source) \(.iommufd) \(.no_iommufd)"')" \
		'^((proc|iommu) false iommufd is loaded, and this source does not see|kprobes true null)' \
		"with capabilities ${capabilities:-none}: another source says what it does not see"
	only "$capabilities" --once --source=iommufd > "$tmp/text" 2> "$tmp/err"
	like "$? $(< "$tmp/err")" '^6 vfiotop: .*not permitted.* run it as root' "and its own why"
	is "$(cat "$tmp/text" "$tmp/err" | wc -l)" 1 "by one line"
done

# --- VFIO without groups ----------------------------------------------------------------------

done_with "$edu"
wait_until unload_vfio
insmod "$VFIOTOP_BUILT/groupless/vfio.ko"
insmod "$VFIOTOP_BUILT/groupless/vfio-pci-core.ko"
insmod "$VFIOTOP_BUILT/groupless/vfio-pci.ko"
try_bind "$edu"
bound+=("$edu")
cdev=$(cdev_of "$edu")
not_ok "a device has no group's node" test -e "/dev/vfio/$(group_of "$edu")"
start_ready "a process binds it" user "$workloads/iommufd-user"
ask ioas > /dev/null
attach_device "$cdev" 1
ask map 1 "$mib" 0x40000000 > /dev/null
# shellcheck disable=SC2119 # no options
watch_with
adds_up "without groups"
is "$(figure '"\(.source) \(.iommufd) \(.groups | length)"')" "iommufd true 0" "it is watched without groups"
is "$(of_ioas 1 '"\(.mappings) \(.pinned_bytes) \(.devices)"')" "1 $mib [\"$edu\"]" "it has what it had"
is "$(figure '.devices[] | "\(.state) \(.group)"')" "open null" "the device is in none"
is "$(ask close)" 0 "it is closed"
ask cdev "$cdev" > /dev/null
ask bind > /dev/null
report
is "$(figure '.devices[] | "\(.state) \(.group) \(.opens) \(.closes)"')" "open null 1 1" "and opened again"
is "$(figure '.groups | length')" 0 "which makes no group"
finish "it ends" user 0
adds_up "the end of a device without group"
finish_by TERM "vfiotop ends" top 0

# --- iommufd without type information ---------------------------------------------------------

done_with "$edu"
wait_until unload_modules
objcopy --remove-section .BTF "$VFIOTOP_BUILT/iommufd.ko" "$tmp/iommufd.ko"
modprobe irqbypass
insmod "$tmp/iommufd.ko"
for module in vfio vfio_iommu_type1 vfio-pci-core vfio-pci; do
	insmod "$VFIOTOP_BUILT/$module.ko"
done
"$VFIOTOP_ROOT/build/vfiotop" --info --json > "$tmp/report"
is "$(figure '"\(.source) \(.iommufd.loaded) \(.iommufd.watched)"')" "stock true false" \
	"without type information, only containers are watched"
like "$(figure .iommufd.why)" 'no type information' "and why that is"
"$VFIOTOP_ROOT/build/vfiotop" --json -n 1 -d 1 > "$tmp/report"
like "$(figure '"\(.iommufd) \(.no_iommufd)"')" '^false cannot watch iommufd: it has no type information' \
	"reports say so, too"

# --- A kernel that is locked down ---------------------------------------------------------------

# It stays so until the machine ends: this suite is the last one.
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
echo confidentiality > /sys/kernel/security/lockdown
"$VFIOTOP_ROOT/build/vfiotop" --json -n 1 -d 1 > "$tmp/report"
like "$(figure '"\(.source) \(.iommufd) \(.no_iommufd)"')" '^proc false iommufd is loaded, and this source' \
	"locked down: proc says what it does not see"
"$VFIOTOP_ROOT/build/vfiotop" --info --json > "$tmp/report"
like "$(figure .iommufd.why)" 'locked down .confidentiality' "--info says why"

done_testing
