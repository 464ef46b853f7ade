# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # vfiotop and joined are for terminal.bash
#
# For suites that drive the screen. Lines are not joined, as that takes a program more.

vfiotop=$VFIOTOP_ROOT/build/vfiotop
# shellcheck source=tests/terminal.bash
. "$VFIOTOP_ROOT/tests/terminal.bash"
joined=
trap 'end_terminal; leave' EXIT
