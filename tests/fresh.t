#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What each verb of the Makefile needs, on a Debian 12 on which nothing is installed: a
# root made by debootstrap from the mirror that the machine's apt uses. The bare root and
# the packages fetched stay in the cache folder.

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

# The bare root, packed; the mirror may be out of reach.
bare_root() {
	local mirror new

	[ ! -f "$cache/root.tar" ] || return 0
	mirror=$(scripts/debian-mirror) || return
	mkdir -p "$cache/archives" || return
	new=$(mktemp -d "$cache/.root.XXXXXX") || return
	if timeout 900 debootstrap --variant=minbase bookworm "$new" "$mirror" > "$cache/debootstrap.log" 2>&1; then
		mv "$new"/var/cache/apt/archives/*.deb "$cache/archives/" 2> /dev/null
		tar -C "$new" --one-file-system -cf "$cache/root.tar.new" . &&
			mv "$cache/root.tar.new" "$cache/root.tar"
	fi
	rm -rf --one-file-system "$new"
	[ -f "$cache/root.tar" ]
}

# The machine's way to the mirror (a proxy, say), the packages of earlier runs, this
# source, and what a running kernel shows: its release, headers and type information.
furnish() {
	tar -C "$root" -xf "$cache/root.tar" &&
		cp -L /etc/resolv.conf "$root/etc/resolv.conf" &&
		apt-config dump Acquire > "$root/etc/apt/apt.conf.d/90acquire" &&
		# Nothing in this root needs to survive a power cut.
		echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/unsafe" &&
		cp "$cache"/archives/*.deb "$root/var/cache/apt/archives/" &&
		mkdir -p "$root/src" "$root$headers_root" &&
		tar --exclude=./build --exclude=./.git -cf - . | tar -C "$root/src" -xf - &&
		printf '#!/bin/sh\n[ "$*" = -r ] && echo %s || exec /usr/bin/uname "$@"\n' "$release" > "$root/usr/local/bin/uname" &&
		printf '#!/bin/sh\nexec "$@"\n' > "$root/usr/local/bin/sudo" &&
		chmod 755 "$root"/usr/local/bin/{uname,sudo} &&
		echo 'APT::Get::Assume-Yes "true"; APT::Install-Recommends "false";' \
			> "$root/etc/apt/apt.conf.d/90unattended" &&
		install -D "$(scripts/kernel btf 6.1)" "$root/sys/kernel/btf/vmlinux" &&
		install -d "$root/lib/modules/$release" &&
		ln -s "$(scripts/kernel build-dir 6.1)" "$root/lib/modules/$release/build"
}

# inside COMMAND...: in the root, in namespaces of its own: it leaves no mount behind.
inside() {
	# shellcheck disable=SC2016 # the inner shell's
	timeout 900 unshare --mount --pid --fork --kill-child bash -c '
		mount -t proc proc "$1/proc" &&
		mount --bind "$2" "$1$2" &&
		shift 2 && exec chroot "$@"' - "$root" "$headers_root" "$root" \
		env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		sh -c "cd /src && $*" < /dev/null
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
bare_root || skip_all "no Debian 12 by debootstrap, see $cache/debootstrap.log"

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

cp -n "$root"/var/cache/apt/archives/*.deb "$cache/archives/"
[ "$failures" -eq 0 ]
