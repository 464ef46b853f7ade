#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P4: the reset of a bus that has several functions, by the owner of their group,
# and by the last one there to close a function that cannot be reset alone.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu" "$pair" "$pair2" "$pair3"
check hot-reset "$pair" "$edu"
check close-reset "$pair3"
check close-orders "$pair3"
check reset-fails "$pair2"
echo default > "$(pci_device "$pair2")/reset_method"

# Its bus cannot be reset while another function belongs to nobody, so the next user's is.
done_with "$pair2"
check mark "$pair3"
use "$pair2"
check unmarked "$pair3"

ok "P4: a module that holds up bus resets loads" load_test_module vfio_test_stall
check reset-stalled "$pair3" "$edu"
ok "P4: it unloads" rmmod vfio_test_stall

# That leaves the other function bound to no driver, so again the next user's is reset.
ok "P4: a module that locks devices loads" load_test_module vfio_test_locks
check close-locked "$pair3"
ok "P4: it unloads" rmmod vfio_test_locks
use "$pair2"
check unmarked "$pair3"

done_with "$pair2"
check hot-reset-denied "$pair"

done_testing
