#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The distribution's VFIO modules are swapped for ours and back on a running
# system. The whole module tree takes depmod minutes in an emulated machine, so
# the guest gets one with no more than the distribution's VFIO in it.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

tree=/lib/modules/$VFIOTOP_RELEASE
events=/sys/kernel/tracing/events/vfio
prefix=$tmp/prefix

# The kernel's own VFIO and what it needs, in place of the whole tree.
small_tree() {
	local small=$tmp/modules module file rest

	mkdir "$small" || return
	cp "$tree"/modules.{order,builtin,builtin.modinfo} "$small" || return
	for module in vfio-pci vfio_iommu_type1; do
		while read -r _ file rest; do
			install -D -m 644 -t "$small/$(dirname "${file#"$tree"/}")" "$file" || return
		done < <(modprobe --show-depends "$module" | grep ^insmod)
	done
	mount --bind "$small" "$tree" && depmod "$VFIOTOP_RELEASE"
}

# What was built already is what gets installed: without -o it would be built anew.
run_make() {
	make --no-print-directory -C "$VFIOTOP_ROOT" -o vfiotop PREFIX="$prefix" "$@"
}

# which_set: of the modules that are loaded; see docs/install.md
which_set() {
	if [ ! -d /sys/module/vfio ]; then
		echo none
	elif [ -d "$events" ]; then
		echo ours
	else
		echo stock
	fi
}

# which_file: what modprobe would load
which_file() {
	local file

	file=$(modinfo -n "$1") && echo "${file#"$tree"/}"
}

load() {
	modprobe vfio_iommu_type1 && modprobe vfio-pci
}

# As in docs/install.md, whichever set is loaded and whichever would be.
unload() {
	done_with "$edu" && modprobe -r vfio-pci vfio-pci-core vfio_iommu_type1
}

# refused MODULE: the kernel said that it does not fit.
refused() {
	dmesg | grep -E "$1: (Unknown symbol|disagrees about version of symbol)"
}

# works WHICH: a device can be used with this set.
works() {
	ok "$1: the modules load by modprobe" load
	is "$(which_set)" "$1" "$1: is the set that is loaded"
	use "$edu"
	with "$edu"
	ok "$1: a program maps with them" "$workloads/hugemap" "${device[@]}" --size 8
}

# goes WHICH
goes() {
	ok "$1: the modules unload by modprobe -r" unload
	is "$(which_set)" none "$1: and no VFIO is loaded"
}

unload_modules
if ! small_tree; then
	echo "Bail out! no module tree to play with"
	exit 1
fi
trap 'umount "$tree"; leave' EXIT
hugepages 32
pins=$(vmstat_pins)

like "$(which_file vfio)" '^kernel/' "modprobe finds the distribution's modules"
works stock

# Installing changes what will be loaded, not what is.
start_ready "a program uses the stock modules" user "$workloads/hugemap" "${device[@]}" \
	--size 8 --hold
ok "make install while they are in use" run_make install
for module in vfio vfio_iommu_type1 vfio-pci; do
	like "$(which_file $module)" '^updates/' "modprobe prefers our $module"
done
is "$(find "$tree/updates" -name 'vfio_test*')" '' "no module for tests is installed"
ok "vfiotop is installed" test -x "$prefix/bin/vfiotop"
not_ok "the modules in use cannot be unloaded" rmmod vfio_iommu_type1
is "$(which_set)" stock "the stock modules stay loaded"
finish "the program ends well" user 0
rmmod vfio_iommu_type1
not_ok "our backend is refused on the stock core" modprobe vfio_iommu_type1
ok "for its symbols" refused vfio_iommu_type1
goes stock

works ours
ok "C3: the backend is unloaded" rmmod vfio_iommu_type1
ok "C3: a program that asks a container for it works" "$workloads/hugemap" "${device[@]}" --size 8
ok "C3: for the container has loaded it" test -d /sys/module/vfio_iommu_type1
not_ok "the stock vfio-pci-core is refused on our core" modprobe vfio-pci-core
ok "for its symbols" refused vfio_pci_core
goes ours

works ours
ok "make uninstall while ours are in use" run_make uninstall
for module in vfio vfio_iommu_type1 vfio-pci; do
	like "$(which_file $module)" '^kernel/' "modprobe finds the distribution's $module again"
done
not_ok "nothing stays under updates/" test -e "$tree/updates"
is "$(find "$prefix" ! -type d)" '' "nor of vfiotop"
is "$(which_set)" ours "our modules stay loaded"
goes ours

works stock
goes stock
ok "make uninstall with nothing installed" run_make uninstall
is "$(vmstat_pins)" "$pins" "nothing stays pinned"

done_testing
