#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C8, T6 and T11: an emulated device whose driver is strict and awkward.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the test module is built for our vfio"

use "$edu"
ok "T11: the strict test module loads" load_test_module vfio_test_strict
ok "T11: so does the one that withholds memory" load_test_module vfio_test_withheld
name=vfio-test-strict-0
group=$(readlink "/sys/devices/$name/iommu_group")
device=(--group "${group##*/}" --device "$name" --group2 "$(group_of "$edu")" --device2 "$edu")

check_device recall
check_device charge
check_device hostile-emulated
is "$(vmstat_pins)" 0 "T11: nothing stays pinned"
ok "T11: the test module unloads" rmmod vfio_test_strict

done_testing
