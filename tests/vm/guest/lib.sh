# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the suites, which source it: TAP, the VFIO modules and PCI devices.
# PCI addresses may be given as 00:10.0 or 0000:00:10.0.

tests_run=0
tests_failed=0
tests_planned=

# The same language, in a program that starts with a tenth of the instructions. It sorts keys.
jq() {
	gojq "$@"
}

# plan COUNT, or at the end done_testing
plan() {
	tests_planned=$1
	echo "1..$1"
}

plan_skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# A suite's own done_testing, if it has one, ends with end_of_tests.
done_testing() {
	end_of_tests
}

end_of_tests() {
	[ -n "$tests_planned" ] || plan "$tests_run"
	[ "$tests_failed" -eq 0 ] && [ "$tests_run" -eq "$tests_planned" ]
	exit
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $*"
}

fail() {
	tests_run=$((tests_run + 1))
	tests_failed=$((tests_failed + 1))
	echo "not ok $tests_run - $*"
	return 1
}

# skip DESCRIPTION REASON
skip() {
	pass "$1 # SKIP $2"
}

# ok DESCRIPTION COMMAND...: passes when the command succeeds; its output
# becomes the diagnostics of a failure.
ok() {
	local description=$1 output status
	shift

	if output=$("$@" 2>&1); then
		pass "$description"
	else
		status=$?
		fail "$description"
		diag "$* returned $status"
		[ -z "$output" ] || diag "$output"
		return 1
	fi
}

# not_ok DESCRIPTION COMMAND...: passes when the command fails.
not_ok() {
	local description=$1
	shift

	ok "$description" negate "$@"
}

negate() {
	! "$@"
}

# is GOT EXPECTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "     got: $1"
		diag "expected: $2"
		return 1
	fi
}

# like GOT PATTERN DESCRIPTION, with an extended regular expression
like() {
	if [[ $1 =~ $2 ]]; then
		pass "$3"
	else
		fail "$3"
		diag "    got: $1"
		diag "pattern: $2"
		return 1
	fi
}

# Where nobody ever writes. To wait for input from there costs less than to start sleep.
exec {nothing}<> <(:)

# Seconds in which all that is waited for has come, also on a busy host. A kernel that checks
# itself is some ten times as slow.
patience=120
[[ $VFIOTOP_RELEASE != *-@(debug|kcsan) ]] || patience=600

# wait_until COMMAND...: polls; fails only where the state would never come
wait_until() {
	local tries

	for ((tries = 0; tries < patience * 20; tries++)); do
		"$@" && return
		read -rt 0.05 -u "$nothing" || true
	done
	diag "never came: $*"
	return 1
}

# What this machine's modules are loaded with in any case.
module_parameters=()
# No interrupt remapping here.
[ "$PROFILE" != virtio-iommu ] || module_parameters=(vfio_iommu_type1.allow_unsafe_interrupts=1)

# load_modules [MODULE.PARAMETER=VALUE...], e.g. vfio_iommu_type1.dma_entry_limit=8
# Loads ours or the distribution's, whichever the run is about.
load_modules() {
	local module parameter parameters modules=(vfio vfio_iommu_type1 vfio-pci)

	[ "$VFIOTOP_MODULES" != iommufd ] ||
		modules=(iommufd vfio vfio_iommu_type1 vfio-pci-core vfio-pci)
	modprobe irqbypass || return
	for module in "${modules[@]}"; do
		parameters=()
		for parameter in "${module_parameters[@]}" "$@"; do
			[ "${parameter%%.*}" != "$module" ] || parameters+=("${parameter#*.}")
		done
		if [ "$VFIOTOP_MODULES" != stock ]; then
			insmod "$VFIOTOP_BUILT/$module.ko" "${parameters[@]}"
		else
			modprobe "$module" "${parameters[@]}"
		fi || return
	done
}

# load_test_module NAME [PARAMETER=VALUE...]: one of tests/modules; some need our core
load_test_module() {
	local name=$1
	shift

	insmod "$VFIOTOP_BUILT/$name.ko" "$@"
}

# unload_modules: where programs watched them, the kernel lets these go some time later, so it is
# waited for.
unload_modules() {
	local module

	for module in vfio_test_{atomics,bypass,device,external,gate,emulated,kept,stall,stock_emulated,strict,withheld} \
		vfio_pci vfio_pci_core vfio_iommu_type1 vfio iommufd irqbypass; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module" || return
	done
}

pci_device() {
	local address=$1

	[[ $address == *:*:* ]] || address=0000:$address
	echo "/sys/bus/pci/devices/$address"
}

# group_of ADDRESS: the number N of /dev/vfio/N
group_of() {
	local link

	link=$(readlink "$(pci_device "$1")/iommu_group") && echo "${link##*/}"
}

driver_of() {
	local link

	link=$(readlink "$(pci_device "$1")/driver") && echo "${link##*/}"
}

bind_vfio() {
	local device

	device=$(pci_device "$1")
	[ ! -e "$device/driver" ] || echo "${device##*/}" > "$device/driver/unbind" || return
	echo vfio-pci > "$device/driver_override" || return
	echo "${device##*/}" > /sys/bus/pci/drivers_probe || return
	wait_until test -e "$device/driver" || return
	wait_until test -c "/dev/vfio/$(group_of "$1")"
}

# Returns when no user has the device any more: the kernel waits for that.
unbind_vfio() {
	local device

	device=$(pci_device "$1")
	[ ! -e "$device/driver" ] || echo "${device##*/}" > "$device/driver/unbind" || return
	echo > "$device/driver_override"
}

# Pages that the kernel has pinned for anyone, exact at this moment.
vmstat_pins() {
	local name count pins=0

	echo 1 > /proc/sys/vm/stat_refresh
	while read -r name count; do
		case $name in
		nr_foll_pin_acquired) pins=$((pins + count)) ;;
		nr_foll_pin_released) pins=$((pins - count)) ;;
		esac
	done < /proc/vmstat
	echo "$pins"
}

# hugepages COUNT: reserve as many 2 MiB pages; fails if the kernel gave less. What it caches
# may be in the way.
hugepages() {
	local most=2 tries

	for ((tries = 0; tries < most; tries++)); do
		[ "$tries" -eq 0 ] || echo 3 > /proc/sys/vm/drop_caches
		echo "$1" > /proc/sys/vm/nr_hugepages
		[ "$(< /proc/sys/vm/nr_hugepages)" -ne "$1" ] || return 0
	done
	return 1
}

# Where QEMU's monitor listens, which obeys some time later.
monitor_port() {
	local name

	name=$(grep -lx monitor /sys/class/virtio-ports/*/name) && name=${name%/name} || return
	echo "/dev/${name##*/}"
}

# monitor COMMAND...
monitor() {
	echo "$*" > "$(monitor_port)"
}

# bind_native ADDRESS: to whichever loaded driver wants the device.
bind_native() {
	echo "${1##*/}" > /sys/bus/pci/drivers_probe && [ -e "$(pci_device "$1")/driver" ]
}
