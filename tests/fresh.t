#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What each verb of the Makefile needs, on a Debian 12 on which nothing is installed: a
# clean root.

set -uo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit
cache=$(scripts/kernel cache)/debian-12
# What is built there must not be in the way of what is built here.
tmp=
number=0 failures=0

skip_all() {
	echo "1..0 # SKIP $*"
	exit
}

# ok DESCRIPTION COMMAND...
ok() {
	local description=$1 output
	shift

	number=$((number + 1))
	if output=$("$@" 2>&1); then
		echo "ok $number - $description"
	else
		failures=$((failures + 1))
		echo "not ok $number - $description"
		tail -n 30 <<< "$output" | sed 's/^/# /'
	fi
}

# shellcheck source=tests/root.bash
. tests/root.bash

# This source, and what a running kernel shows: its headers and type information.
furnish() {
	new_root "$root" "$cache" "$release" &&
		mkdir -p "$root/src" "$root$headers_root" &&
		tar --exclude=./build --exclude=./.git -cf - . | tar -C "$root/src" -xf - &&
		install -D "$(scripts/kernel btf 6.1)" "$root/sys/kernel/btf/vmlinux" &&
		install -d "$root/lib/modules/$release" &&
		ln -s "$(scripts/kernel build-dir 6.1)" "$root/lib/modules/$release/build"
}

# inside COMMAND...
inside() {
	in_root "$root" "$headers_root" "cd /src && $*"
}

# printed PATTERN: the command of README.md's section on installing that matches
printed() {
	sed -n '/^## Install/,/^## Use/p' README.md | awk '/^```/ { code = !code; next } code' |
		sed 's/ *#.*//' | grep -m1 -E -e "$1"
}

# as_printed PATTERN: that command, in the root
as_printed() {
	local command

	command=$(printed "$1") && inside "$command"
}

# none_of PATTERN: no such package is installed there.
none_of() {
	! inside "dpkg-query -W -f '\${Package}\n'" | grep -E "$1"
}

[ "$(id -u)" -eq 0 ] || skip_all "chroot needs root"
command -v debootstrap > /dev/null || skip_all "debootstrap is not installed"
unshare --mount --pid --fork true 2> /dev/null || skip_all "no namespaces here"
mkdir -p "$cache"
exec 9> "$cache/.lock"
flock 9
bare_root bookworm "$cache" || skip_all "no Debian 12 by debootstrap, see $cache/debootstrap.log"

headers_root=$(scripts/kernel modules 6.1)
release=$(scripts/kernel release 6.1)
tmp=$(mktemp -d "$cache/.fresh.XXXXXX")
trap 'rm -rf --one-file-system "$tmp"' EXIT
root=$tmp
chmod 755 "$root"
furnish || skip_all "no room for a Debian 12"
inside "apt-get -qq -o APT::Update::Error-Mode=any update" > /dev/null 2>&1 || skip_all "the mirror cannot be reached"

foreign='^(qemu|dpdk|libdpdk|bpftrace|linux-perf|trace-cmd|debootstrap|linux-image)'

echo "TAP version 13"
ok "make is installed" as_printed 'apt-get'
ok "make vfiotop" as_printed '^make vfiotop$'
ok "vfiotop runs" inside "build/vfiotop --list-fields"
ok "make vfiotop brought neither QEMU nor DPDK" none_of "$foreign|^(dwarves|shellcheck|libcmocka)"
ok "make modules for the running kernel" as_printed '^make .*KDIR='
ok "they have type information" \
	inside "readelf -SW build/modules/$release/vfio-pci.ko | grep ' \.BTF '"
ok "make modules brought neither QEMU nor DPDK" none_of "$foreign|^(shellcheck|libcmocka)"
ok "make install" as_printed '^sudo make install$'
ok "the installed vfiotop runs" inside "vfiotop --version"
ok "modprobe prefers our modules" \
	inside "modprobe -S $release --show-depends vfio-pci | grep updates/vfio-pci.ko"
ok "make uninstall" inside "make uninstall && ! command -v vfiotop"
echo "1..$number"

keep_archives "$root" "$cache"
[ "$failures" -eq 0 ]
