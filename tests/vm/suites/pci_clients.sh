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

# forwards NAME OPTION...
forwards() {
	local name=$1
	shift

	testpmd "$@"
	ok "P1: testpmd forwards between two cards, $name" counts RX 100
	ok "T1: its memory is pinned" test "$(vmstat_pins)" -gt 0
}

# forwards_again NAME OPTION...: after one that was killed. Nothing resets these cards, so as
# soon as they may they use what memory that one had told them, and the IOMMU refuses.
forwards_again() {
	with_dma_faults forwards "$@"
}

ok "512 MiB of hugepages" hugepages 256
use "$e1000e" "$peer"
forwards "hugepages at virtual addresses" --iova-mode=va
finish_by KILL "P4: it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
forwards_again "hugepages at physical addresses" --iova-mode=pa
finish_by KILL "P4: it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
forwards_again "ordinary pages" --iova-mode=va --no-huge
finish_by KILL "P4: it is killed" testpmd 137
ok "T5: nothing stays pinned" wait_until pins_are 0
forwards_again "hugepages, all of them from the start" --iova-mode=va --legacy-mem
finish_by INT "P4: it ends by itself at SIGINT" testpmd 0
ok "T5: nothing stays pinned" wait_until pins_are 0
rm -f /dev/hugepages/rtemap_*
done_with "$e1000e"
done_with "$peer"

# --- QEMU's NVMe driver ------------------------------------------------------------------

# Has the disk interrupted since its driver set that up?
interrupted() {
	awk -v name="vfio-msix[0]($nvme)" '
		index($0, name) { for (i = 2; $i ~ /^[0-9]+$/; i++) count += $i }
		END { exit !count }' /proc/interrupts
}

# succeeds DESCRIPTION COMMAND...: a client with QEMU's own driver. It sets its admin queue up
# before MSI-X, and then QEMU 7.2's emulated disk does not interrupt for that queue: with any
# VFIO, it waits forever unless it looks just in time. So it is woken until an interrupt
# of another queue comes, and by_interrupt is set; then it is on its own.
succeeds() {
	local description=$1
	shift

	by_interrupt=no
	start client "$@"
	until has_ended client; do
		if interrupted; then
			by_interrupt=yes
			wait_long has_ended client || kill -KILL "${pid_of[client]}"
			break
		fi
		"$workloads/wake" --pid "${pid_of[client]}" 2> /dev/null
	done
	finish "$description" client 0
}

disk="driver=nvme,device=$nvme,namespace=1"
yes "data for the disk" | head -c $((8 << 20)) > "$tmp/image"
use "$nvme"
succeeds "P1: qemu-img writes a disk through its own driver" \
	qemu-img convert -n -f raw "$tmp/image" --target-image-opts "$disk"
ok "T5: nothing stays pinned" wait_until pins_are 0
succeeds "P1: qemu-img reads from it, many requests at once" \
	qemu-img bench -c 10000 -d 8 -s 4096 --image-opts "$disk"
is "$by_interrupt" yes "P3: which come back by interrupt"
ok "T5: nothing stays pinned" wait_until pins_are 0
done_with "$nvme"
modprobe nvme
ok "P5: nvme's own driver takes the disk back" wait_until test -b /dev/nvme0n1
is "$(dd if=/dev/nvme0n1 bs=1M count=8 iflag=direct status=none | sha256sum)" \
	"$(sha256sum < "$tmp/image")" "P5: and finds on it what was written"
rmmod nvme

done_testing
