#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every request with good and bad arguments is answered as by the kernel's own modules, but
# for the differences that docs/abi.md lists. What those answer is in tests/abi, one file a
# kernel, and is itself checked on machines with them. To write such a file:
#
#	tests/vm/run --modules stock --kernel 6.12 \
#		--exec 'tests/vm/suites/abi.sh record' > tests/abi/stock-6.12.txt

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

version=$(cut -d. -f1,2 <<< "$VFIOTOP_RELEASE")
known=$VFIOTOP_ROOT/tests/abi/stock-$version.txt
kvm=

answers() {
	"$workloads/vfio-abi" "$edu" "$edu2" "$e1000e" "$pair"
}

compare() {
	local lists=()

	[ "$VFIOTOP_MODULES" != ours ] || lists=("$VFIOTOP_ROOT/docs/abi.md")
	awk -v kernel="$version" -f "$VFIOTOP_ROOT/tests/abi/compare.awk" \
		"${lists[@]}" "$known" "$tmp/answers"
}

if [ "${1:-}" != record ] && [ ! -f "$known" ]; then
	plan_skip_all "what the modules of $version answer is not known"
fi
for module in kvm_amd kvm_intel; do
	if modprobe "$module" 2> /dev/null; then
		kvm=$module
		break
	fi
done
[ -n "$kvm" ] || plan_skip_all "the machine's CPU cannot virtualise"

hugepages 8
use "$edu" "$edu2" "$e1000e" "$pair" "$pair2" "$pair3"
if [ "${1:-}" = record ]; then
	answers
	modprobe -r "$kvm"
	exit
fi
answers > "$tmp/answers"
is $? 0 "every area comes to its end"
while IFS= read -r line; do
	case $line in
	'ok - '*)     pass "${line#ok - }" ;;
	'not ok - '*) fail "${line#not ok - }" ;;
	*)            diag "${line#\# }" ;;
	esac
done < <(compare)
# The kernel's own may leave pages pinned: then map/end tells.
[ "$VFIOTOP_MODULES" = stock ] || is "$(vmstat_pins)" 0 "nothing stays pinned"
modprobe -r "$kvm"

done_testing
