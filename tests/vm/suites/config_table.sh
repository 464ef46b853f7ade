#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Row P2: the config space of every emulated device, each bit of it and whether it can be
# written, is what the kernel's own modules show, but for the differences that docs/abi.md
# lists. What those show is in tests/config/stock.txt, the same on 6.1 and 6.12, and is itself
# checked on machines with them. To write that file again:
#
#	tests/vm/run --modules stock --profile config --exec tests/config/tables

# shellcheck source=tests/vm/guest/lib.sh
. "$VFIOTOP_ROOT/tests/vm/guest/lib.sh"

version=$(cut -d. -f1,2 <<< "$VFIOTOP_RELEASE")
config=$VFIOTOP_ROOT/tests/config
list=
[ "$VFIOTOP_MODULES" != ours ] || list=$VFIOTOP_ROOT/docs/abi.md
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A kernel with USB takes EHCIs from the firmware as it finds them, which clears their
# USBLEGCTLSTS, at 0x6c. The one that checks itself has no USB.
for device in /sys/bus/pci/devices/*; do
	[ "$(< "$device/class")" != 0x0c0320 ] ||
		head -c 4 /dev/zero | dd of="$device/config" bs=4 seek=$((0x6c / 4)) conv=notrunc status=none
done

"$config/tables" > "$tmp/now"
is "$(cut -d' ' -f1 "$tmp/now" | sort -u | wc -l)" "$(grep -cE '^[0-9a-f]{2}:[^ ]+ +[^- ]' "$config/devices")" \
	"P2: every device has a table"
while IFS= read -r line; do
	case $line in
	'ok - '*)     pass "${line#ok - }" ;;
	'not ok - '*) fail "${line#not ok - }" ;;
	*)            diag "${line#\# }" ;;
	esac
done < <("$config/compare" "$version" "$list" "$config/stock.txt" "$tmp/now")

done_testing
