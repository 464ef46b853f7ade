#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on the kernel's own iommufd and device cdevs.

cd "$(dirname "$0")" || exit
exec ./run --kernel 6.12 --profile vtd --modules iommufd --no-aids suites/iommufd.sh \
	suites/iommufd_kprobes.sh suites/iommufd_qemu.sh suites/iommufd_states.sh
