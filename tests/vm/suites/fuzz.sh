#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Calls of containers, groups and devices that vfio-fuzz makes up: all sequences that were
# found worth keeping, and some new ones. Each answer must be what its oracle says. With
# SECONDS and SEED it makes calls up for so long and prints what is worth keeping; see
# tests/fuzz/kernel/run. Beside an edu is another one, a network card, which has power states,
# MSI-X and a ROM, or a VGA; or there is an emulated device, which only our modules know.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

corpus=$VFIOTOP_ROOT/tests/fuzz/corpus

ours() {
	[ "$VFIOTOP_MODULES" != stock ]
}

# fuzz ARGUMENT...
fuzz() {
	local stock=()

	ours || stock=(--stock)
	# shellcheck disable=SC2154 # with sets device
	"$VFIOTOP_ROOT/build/fuzz/vfio-fuzz" "${device[@]}" "${stock[@]}" "$@"
}

# fuzz_with ADDRESS ARGUMENT...: the same of another second device
fuzz_with() {
	with "$edu" "$1"
	fuzz "${@:2}"
}

fuzz_with_emulated() {
	with_emulated "$edu"
	fuzz "$@"
}

enable() {
	local address

	for address in "${devices[@]}"; do
		echo "$1" > "$(pci_device "$address")/enable"
	done
}

# events 0|1: whether somebody watches, as vfiotop does
events() {
	! ours || echo "$1" > /sys/kernel/tracing/events/vfio/enable
}

devices=("$edu" "$edu2" "$e1000e" "$vga")
hugepages 8
# Else each open and close has ACPI look up the device's interrupt in all of its tables, which
# on a kernel that checks itself takes most of the time.
enable 1
# Where KVM does not run, groups are not given to virtual machines.
for kvm in kvm_amd kvm_intel ""; do
	[ -z "$kvm" ] || ! modprobe "$kvm" 2> /dev/null || break
done
use "${devices[@]}"
load_test_module vfio_test_ledger
! ours || load_test_module vfio_test_emulated
with "$edu" "$edu2"

if [ $# -gt 0 ]; then
	status=0 pins=$(vmstat_pins) part=$(($1 / 5))
	fuzz --keep --seconds $((part * 2)) --seed "$2" || status=1
	events 1
	fuzz_with "$e1000e" --keep --seconds $part --seed $(($2 + 500000)) || status=1
	fuzz --threads 3 --processes 2 --seconds $part --seed "$2" || status=1
	if ours; then
		fuzz_with_emulated --keep --seconds $part --seed $(($2 + 700000)) || status=1
	else
		fuzz_with "$vga" --keep --seconds $part --seed $(($2 + 700000)) || status=1
	fi
	events 0
	if [ -e /sys/kernel/debug/kmemleak ]; then
		"$VFIOTOP_ROOT/tests/vm/guest/leftovers" fuzz "$pins" || status=1
	fi
	exit $status
fi

ok "T1: what was kept is answered as the oracle says" fuzz "$corpus"/kernel/*
ok "T1: so is what is made up now" fuzz --sequences 12
events 1
ok "T5: threads and processes that share all files leave nothing" fuzz --threads 3 --processes 2 --sequences 3
ok "T1: a network card answers as the oracle says" fuzz_with "$e1000e" --sequences 4
ok "T1: so does a VGA" fuzz_with "$vga" --sequences 4
if ours; then
	ok "T11: so does an emulated device" fuzz_with_emulated "$corpus"/emulated/*
	ok "T11: and for what is made up now" fuzz_with_emulated --sequences 8
	rmmod vfio_test_emulated
fi
events 0
with "$edu" "$edu2"

# With few mappings the limit of their number is met, too. Here without virtual machines.
[ -z "$kvm" ] || modprobe -r "$kvm"
ok "T2: load with dma_entry_limit" reload vfio_iommu_type1.dma_entry_limit=4
ok "T2: sequences that meet the limit are answered as the oracle says" fuzz --sequences 6 --seed 100000
rmmod vfio_test_ledger
for address in "${devices[@]}"; do
	done_with "$address"
done
enable 0

done_testing
