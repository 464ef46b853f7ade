#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows P1 to P5: unmodified clients from Debian, which do not notice whose VFIO it is:
# DPDK's testpmd, QEMU's driver for NVMe, driverctl.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/testpmd.bash
. "$VFIOTOP_ROOT/tests/vm/suites/testpmd.bash"

# --- driverctl -----------------------------------------------------------------------

modprobe e1000e
load_modules
ok "P5: driverctl gives a card to vfio-pci" driverctl set-override "$e1000e" vfio-pci
is "$(driver_of "$e1000e")" vfio-pci "P5: which takes it"
like "$(driverctl list-overrides)" "$e1000e vfio-pci" "P5: driverctl lists it"
check features "$e1000e"
ok "P5: driverctl takes it back" driverctl unset-override "$e1000e"
is "$(driver_of "$e1000e")" e1000e "P5: and its own driver has it"
rmmod e1000e

# --- DPDK ------------------------------------------------------------------------------

ok "512 MiB of hugepages" hugepages 256
use "$e1000e" "$peer"
forwards() {
	local name=$1
	shift

	testpmd "$@"
	ok "P1: testpmd forwards between two cards, $name" counts RX 100
	ok "T1: its memory is pinned" test "$(vmstat_pins)" -gt 0
}

# Each after one that was killed.
forwards "hugepages at virtual addresses" --iova-mode=va
finish_by KILL "P4: it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
forwards "hugepages at physical addresses" --iova-mode=pa
finish_by KILL "P4: it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
forwards "ordinary pages" --iova-mode=va --no-huge
finish_by KILL "P4: it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
forwards "hugepages, all of them from the start" --iova-mode=va --legacy-mem
finish_by INT "P4: it ends by itself at SIGINT" testpmd 0
ok "T5: nothing stays pinned" wait_until pins_are 0
rm -f /dev/hugepages/rtemap_*
done_with "$e1000e"
done_with "$peer"

# --- QEMU's NVMe driver ------------------------------------------------------------------

# Now and then it hangs for good, with any VFIO.
patiently() {
	local tries

	for tries in 1 2 3; do
		timeout -k 1 60 "$@" && return
		echo "try $tries failed"
	done
	return 1
}

disk="driver=nvme,device=$nvme,namespace=1"
yes "data for the disk" | head -c $((8 << 20)) > "$tmp/image"
use "$nvme"
ok "P1: qemu-img writes a disk through its own driver" patiently \
	qemu-img convert -n -f raw "$tmp/image" --target-image-opts "$disk"
ok "T5: nothing stays pinned" wait_until pins_are 0
ok "P3: qemu-img reads from it, many requests at once" patiently \
	qemu-img bench -c 200 -d 8 -s 4096 --image-opts "$disk"
ok "T5: nothing stays pinned" wait_until pins_are 0
done_with "$nvme"
modprobe nvme
ok "P5: nvme's own driver takes the disk back" wait_until test -b /dev/nvme0n1
is "$(dd if=/dev/nvme0n1 bs=1M count=8 iflag=direct status=none | sha256sum)" \
	"$(sha256sum < "$tmp/image")" "P5: and finds on it what was written"
rmmod nvme

done_testing
