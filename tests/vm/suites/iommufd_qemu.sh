#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unmodified QEMU assigns a device by iommufd to a machine of its own, and vfiotop names
# it and the time of its maps.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = iommufd ] || plan_skip_all "these modules have no iommufd"
[ -n "$VFIOTOP_QEMU" ] || plan_skip_all "VFIOTOP_ALL runs it"

mib=128

inner_says() {
	tr -d '\r' < "$tmp/serial" | sed -n "s/^$1 //p"
}

# Of QEMU's address space that has most.
of_qemu() {
	figure "[.containers[] | select(.comm | startswith(\"qemu-system\"))] | max_by(.map.bytes) | $1"
}

# While it starts QEMU takes regions away and maps them anew.
maps_all() {
	report && [ "$(of_qemu ".pinned_bytes >= $((mib << 20))")" = true ] &&
		[ "$(figure .totals.pinned_bytes)" = "$(pinned_now)" ]
}

accelerator=tcg
modprobe kvm_amd 2> /dev/null || modprobe kvm_intel 2> /dev/null || true
[ ! -w /dev/kvm ] || accelerator=kvm
diag "the inner machine runs on $accelerator"
use "$edu"
# shellcheck disable=SC2119 # no options
watch_with

: > "$tmp/serial"
start qemu "$VFIOTOP_QEMU/usr/bin/qemu-system-x86_64" -L "$VFIOTOP_QEMU/usr/share/qemu" \
	-L "$VFIOTOP_QEMU/usr/share/seabios" -M q35 -accel $accelerator -nodefaults -display none \
	-no-reboot -bios qboot.rom -S -monitor stdio -m $mib -kernel "$workloads/inner-guest" \
	-serial "file:$tmp/serial" \
	-device isa-debug-exit,iobase=0xf4 -object iommufd,id=i0 \
	-device "vfio-pci,host=$edu,iommufd=i0,addr=5"
ok "QEMU maps its machine's memory, which is pinned as the kernel counts" wait_long maps_all
is "$(of_qemu '"\(.api) \(.backend) \(.owner_alive) \(.devices)"')" "iommufd iommufd true [\"$edu\"]" \
	"through iommufd, for the device"
is "$(of_qemu '(.map.ns | .max > 0 and .sum >= .max)')" true "which took some time" ||
	diag "$(of_qemu '.map | tojson')"
is "$(figure ".devices[] | select(.address == \"$edu\") | \"\(.state) \(.cdev)\"")" "open vfio0" \
	"the device is open"
echo cont >&"${input_of[qemu]}"
ok "the inner machine stops" wait_long has_ended qemu
finish "by the status that its program gives" qemu 1
is "$(inner_says id)" 010000ed "it has read the device's registers"
is "$(inner_says copy)" 76543210 "and copied its memory by the device's DMA"
report
is "$(figure .totals.pinned_bytes)" 0 "nothing stays pinned"
is "$(figure '[.lost[]] | add')" 0 "nothing was lost"
finish_by TERM "vfiotop ends" top 0

rmmod kvm_amd kvm_intel 2> /dev/null || true
rmmod kvm 2> /dev/null || true
done_testing
