#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P1: the legacy ranges of a VGA device.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$vga"
check vga "$vga"

# What the kernel's arbiter says of the device.
arbitration() {
	local fd answer

	exec {fd}<> /dev/vga_arbiter
	printf 'target PCI:%s' "$vga" >&"$fd"
	read -r answer <&"$fd"
	exec {fd}>&-
	echo "$answer"
}

like "$(arbitration)" 'decodes=io\+mem,' "P1: a VGA device takes part in the arbitration"
reload vfio-pci.disable_vga=1
check no-vga "$vga"
like "$(arbitration)" 'decodes=none,' "P1: it does not take part in the arbitration"
done_with "$vga"
like "$(arbitration)" 'decodes=io\+mem,' "P1: it is given back as before"

done_testing
