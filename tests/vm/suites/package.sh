#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The installed packages, each Debian in a root of its own under build/roots, which
# tests/packages.t makes.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

roots=$VFIOTOP_ROOT/build/roots

# enter ROOT: what a running system has
enter() {
	mount --rbind /dev "$1/dev" && mount --rbind /sys "$1/sys" && mount -t proc proc "$1/proc"
}

# watches SOURCE WHAT ROOT COMMAND: it counts what a program does.
watches() {
	start_ready "$2 watches" top chroot "$3" "$4" --json -d 3600 --ready-fd 1
	ok "$2: a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
	finish_by TERM "$2: it ends at SIGTERM" top 0
	is "$(json "$tmp/top.out" '"\(.source) \(.totals.map.count)"')" "$1 1" \
		"$2: it counts that, with source $1"
}

# build FILTER: of what --info says
build() {
	chroot "$root" vfiotop --info --json | jq -r ".build | $1"
}

root=
for each in "$roots"/*; do
	# The one that has this kernel, and our modules for it.
	[ ! -d "$each/lib/modules/$(uname -r)/updates" ] || root=$each
	enter "$each" || diag "$each lacks something"
done

use "$edu"
with "$edu"
for each in "$roots"/*; do
	name="Debian ${each##*/}"
	watches stock "$name" "$each" vfiotop
	watches stock "$name, static" "$each" vfiotop-static
done
is "$(build '"\(.loaded) \(.installed) \(.same)"')" "kernel ours false" \
	"--info: the kernel's own are loaded, ours installed"
like "$(chroot "$root" vfiotop --info)" 'These differ.*modprobe -r' "--info: how to change that"

done_with "$edu"
ok "the kernel's own unload" wait_until unload_modules
is "$(build '"\(.loaded) \(.same)"')" "null null" "--info: nothing is loaded"
ok "those of the package load" chroot "$root" modprobe -a vfio_iommu_type1 vfio-pci
use "$edu"
watches tracepoints "with them it" "$root" vfiotop
is "$(build '"\(.loaded) \(.installed) \(.same)"')" "ours ours true" "--info: ours are loaded"
is "$(build '.file | test("updates/dkms")')" true "--info: where from"

done_testing
