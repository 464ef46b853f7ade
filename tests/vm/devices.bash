# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2054,SC2154 # profiles source it; commas are QEMU's
#
# Devices to assign, each in its own group, the same on every machine:
#
#   0000:00:10.0  edu      1234:11e8  1 MiB of registers, DMA engine, MSI
#   0000:00:11.0  edu      1234:11e8
#   0000:00:12.0  e1000e   8086:10d3  on a hub with 00:14.0 and a closed user network; has a ROM
#   0000:00:13.0  nvme     1b36:0010  one 64 MiB namespace, all zero at boot
#   0000:00:14.0  e1000e   8086:10d3  the hub's other port; its ROM is invalid
#   0000:00:15.0  root port, and behind it, in one group:
#   0000:01:00.0  e1000e   8086:10d3
#   0000:01:00.1  e1000e   8086:10d3
#   0000:01:00.2  rtl8139  10ec:8139  cannot be reset alone
#   0000:00:16.0  ivshmem  1af4:1110  BAR 2 is 1 GiB of memory
#   0000:00:17.0  VGA      1234:1111  with the legacy ranges
#   0000:00:18.0  root port, and behind it:
#   0000:02:00.0  virtio   1af4:1044  an entropy device that reports errors (AER)
#   0000:00:19.0  rocker   1b36:0006  sends any of 4 MSI-X by a register
#   0000:00:1a.0  root port, and behind it, to be plugged:
#   0000:03:00.0  e1000e   8086:10d3  QEMU's device hot, on QEMU's network hotnet

truncate -s 64M "$tmp/nvme.img"

# A ROM as the PCI firmware specification has it, of a kind that nobody executes: 64 KiB in
# one image, whose data structure is at 0x20, and the rest is letters.
{
	printf '\x55\xaa\x80'
	head -c 21 /dev/zero
	printf '\x20\x00'
	head -c 6 /dev/zero
	printf 'PCIR\x86\x80\xd3\x10\x00\x00\x18\x00\x00\x00\x00\x02\x80\x00\x00\x00\xff\x80\x00\x00'
	head -c 456 /dev/zero
	head -c 65024 /dev/zero | tr '\0' R
} > "$tmp/rom.img"

# One that is none, since it lacks the signature.
head -c 65536 /dev/zero > "$tmp/no-rom.img"

devices=(
	-device edu,addr=0x10
	-device edu,addr=0x11
	-netdev user,id=net,restrict=on
	-netdev hubport,id=hub0,hubid=0,netdev=net
	-netdev hubport,id=hub1,hubid=0
	-netdev hubport,id=hub2,hubid=0
	-device "e1000e,netdev=hub1,romfile=$tmp/rom.img,addr=0x12"
	-drive "file=$tmp/nvme.img,if=none,id=nvme,format=raw"
	-device nvme,serial=vfiotop,drive=nvme,addr=0x13
	-device "e1000e,netdev=hub2,romfile=$tmp/no-rom.img,addr=0x14"
	-device pcie-root-port,id=port0,chassis=1,hotplug=off,x-speed=2_5,addr=0x15
	-netdev user,id=alone,restrict=on
	-device e1000e,bus=port0,netdev=alone,romfile=,multifunction=on,addr=0.0
	-netdev user,id=alone1,restrict=on
	-device e1000e,bus=port0,netdev=alone1,romfile=,addr=0.1
	-netdev user,id=alone2,restrict=on
	-device rtl8139,bus=port0,netdev=alone2,romfile=,addr=0.2
	-object memory-backend-ram,id=shared,size=1G,share=on
	-device ivshmem-plain,memdev=shared,addr=0x16
	-device VGA,romfile=,addr=0x17
	-device pcie-root-port,id=port1,chassis=2,hotplug=off,x-speed=2_5,addr=0x18
	-device virtio-rng-pci,id=aer,bus=port1,aer=on,disable-legacy=on
	-device rocker,name=rocker,addr=0x19
	-device pcie-root-port,id=hotport,chassis=3,x-speed=2_5,addr=0x1a
	-netdev user,id=hotnet,restrict=on
	-device e1000e,id=hot,bus=hotport,netdev=hotnet,romfile=
)
