#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P1: a framebuffer of the boot gives the device up when it is bound.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

# Who has a part of the card's memory, by the kernel's list of resources.
holders() {
	grep -A 3 -i " $vga\$" /proc/iomem | grep -oE 'vesafb|vfio-pci'
}

is "$(holders)" vesafb "P1: vesafb has the card's memory since the boot"
ok "P1: and there is a framebuffer device" test -e /sys/class/graphics/fb0
use "$vga"
is "$(holders)" "" "P1: it has it no more when the card is bound"
not_ok "P1: the framebuffer device is gone" test -e /sys/class/graphics/fb0
check vga "$vga"
check framebuffer "$vga"

done_testing
