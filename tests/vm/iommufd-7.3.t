#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop on iommufd and device cdevs of the newest kernel, where its packages can be reached. Not
# in make test: see VFIOTOP_ALL.

cd "$(dirname "$0")" || exit
if [ -z "${VFIOTOP_ALL-}" ]; then
	echo "1..0 # SKIP in make test-all only"
	exit
fi
output=$( (../../scripts/kernel-iommufd build 7.3 &&
	../../scripts/kernel-iommufd tests 7.3 ../../build/iommufd-7.3) 2>&1)
case $? in
0) ;;
75)
	echo "1..0 # SKIP the packages of 7.3 cannot be reached"
	exit ;;
*)
	tail -n 20 <<< "$output" | sed 's/^/# /'
	echo "Bail out! iommufd does not build for 7.3"
	exit 1 ;;
esac
exec ./run --kernel 7.3 --profile vtd --modules iommufd --no-aids suites/iommufd.sh \
	suites/iommufd_files.sh
