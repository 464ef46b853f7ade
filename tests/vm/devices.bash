# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2054,SC2154 # profiles source it; commas are QEMU's
#
# Devices to assign, each in its own group, the same on every machine:
#
#   0000:00:10.0  edu      1234:11e8  1 MiB of registers, DMA engine, MSI
#   0000:00:11.0  edu      1234:11e8
#   0000:00:12.0  e1000e   8086:10d3  on a hub with 00:14.0 and a closed user network
#   0000:00:13.0  nvme     1b36:0010  one 64 MiB namespace, all zero at boot
#   0000:00:14.0  e1000e   8086:10d3  the hub's other port

truncate -s 64M "$tmp/nvme.img"

devices=(
	-device edu,addr=0x10
	-device edu,addr=0x11
	-netdev user,id=net,restrict=on
	-netdev hubport,id=hub0,hubid=0,netdev=net
	-netdev hubport,id=hub1,hubid=0
	-netdev hubport,id=hub2,hubid=0
	-device e1000e,netdev=hub1,romfile=,addr=0x12
	-drive "file=$tmp/nvme.img,if=none,id=nvme,format=raw"
	-device nvme,serial=vfiotop,drive=nvme,addr=0x13
	-device e1000e,netdev=hub2,romfile=,addr=0x14
)
