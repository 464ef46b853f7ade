#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row T11: in-kernel pinning, by a device that the test module emulates.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "the test module is built for our vfio"

use "$edu"
name=vfio-test-emulated
ok "T11: the test module loads" load_test_module vfio_test_emulated
group=$(readlink "/sys/devices/$name/iommu_group")
ok "T11: an emulated device has a group of its own" test -c "/dev/vfio/${group##*/}"

device=(--group "${group##*/}" --device "$name" --group2 "$(group_of "$edu")" --device2 "$edu")
check_device emulated
ok "T11: the test module unloads" rmmod vfio_test_emulated
not_ok "T11: the group has gone with it" test -e "/dev/vfio/${group##*/}"

done_testing
