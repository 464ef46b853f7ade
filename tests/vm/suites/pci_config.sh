#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P2: config space.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

# as_lspci ADDRESS: config space, as lspci explains what the user reads.
as_lspci() {
	with "$1"
	"$workloads/vfio-check" config-dump "${device[@]}" | sed -n 's/^# //p' > "$tmp/dump"
	lspci -vvn -F "$tmp/dump"
}

capabilities() {
	sed -n 's/^\tCapabilities: \[\([0-9a-f]*\).*\] \(.*\)/\1 \2/p' | sed 's/ *Enable[-+].*\|: Len.*//' | sort
}

devices=("$edu" "$e1000e" "$nvme" "$ivshmem" "$vga" "$aer" "$rocker")
use "${devices[@]}"
for address in "${devices[@]}"; do
	diag "$address"
	check config "$address"
	is "$(as_lspci "$address" | capabilities)" "$(lspci -vvn -s "$address" | capabilities)" \
		"P2: lspci finds the same capabilities in it as on the host"
	check config-attack "$address"
done

done_testing
