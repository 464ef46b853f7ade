#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unmodified QEMU, on KVM where it can, assigns an edu device to a machine of its
# own, with each kind of memory; see tests/workloads/inner. Its firmware is qboot, which takes
# no interrupts: under KVM on an emulated processor SeaBIOS lost its way now and then, in real
# mode, when one came.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

mib=128

inner_says() {
	tr -d '\r' < "$tmp/serial" | sed -n "s/^$1 //p"
}

accelerator=tcg
modprobe kvm_amd 2> /dev/null || modprobe kvm_intel 2> /dev/null || true
[ ! -w /dev/kvm ] || accelerator=kvm
diag "the inner machine runs on $accelerator"

ok "hugepages" hugepages $((mib / 2))
use "$edu"
node=/dev/vfio/$(group_of "$edu")
pins=$(vmstat_pins)

for kind in ram hugetlb; do
	memory=(-m "$mib")
	[ $kind = ram ] || memory+=(-mem-path /dev/hugepages)
	: > "$tmp/serial"
	start qemu qemu-system-x86_64 -M q35 -accel $accelerator -nodefaults -display none \
		-no-reboot -bios qboot.rom "${memory[@]}" -kernel "$workloads/inner-guest" \
		-serial "file:$tmp/serial" -device isa-debug-exit,iobase=0xf4 \
		-device "vfio-pci,host=$edu,addr=5"
	ok "$kind: the inner machine stops" wait_long has_ended qemu || kill -KILL "${pid_of[qemu]}"
	finish "$kind: by the status that its program gives" qemu 1
	is "$(inner_says id)" 010000ed "$kind: it has read the device's registers"
	is "$(inner_says copy)" 76543210 "$kind: and copied its memory by the device's DMA"
	is "$(vmstat_pins)" "$pins" "$kind: nothing stays pinned"
	ok "$kind: the group can be opened again" bash -c "exec 3<> $node"
done
rmmod kvm_amd kvm_intel 2> /dev/null || true
rmmod kvm 2> /dev/null || true

done_testing
