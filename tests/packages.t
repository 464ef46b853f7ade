#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Debian packages and the static vfiotop: on clean roots of Debian 12 and 13 they
# install, work in a virtual machine, and leave nothing behind.

set -uo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit
# shellcheck source=tests/root.bash
. tests/root.bash
number=0 failures=0
version=$(< VERSION)
debs=$top/build/packages
# In there tests/vm/suites/package.sh finds them.
roots=$top/build/roots

skip_all() {
	echo "1..0 # SKIP $*"
	exit
}

# count_test STATUS DESCRIPTION OUTPUT
count_test() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		failures=$((failures + 1))
		echo "not ok $number - $2"
		tail -n 30 <<< "$3" | sed 's/^/# /'
	fi
}

# ok DESCRIPTION COMMAND...
ok() {
	local description=$1 output
	shift

	output=$("$@" 2>&1)
	count_test $? "$description" "$output"
}

# clean_root DEBIAN SUITE: a root in $roots/DEBIAN, which becomes the one that inside() is about
clean_root() {
	cache=$(scripts/kernel cache)/debian-$1
	root=$roots/$1
	mkdir -p "$cache" "$root"
	chmod 755 "$root"
	bare_root "$2" "$cache" && new_root "$root" "$cache" "$release" &&
		install -D -m 755 -t "$root/usr/local/bin" build/vfiotop-static debian/tests/installed &&
		inside "apt-get -qq -o APT::Update::Error-Mode=any update" > /dev/null 2>&1
}

# inside COMMAND
inside() {
	in_root "$root" "$headers_root" "$1"
}

# install_debs VERSION PACKAGE...
install_debs() {
	local files=("${@:2}")

	files=("${files[@]/%/_$1_*.deb}")
	# shellcheck disable=SC2068 # patterns
	(cd "$debs" && cp ${files[@]} "$root/") &&
		inside "cd / && apt-get -q install --allow-downgrades $(printf './%s ' "${files[@]}")"
}

# another_version VERSION: packages of the same source that say so
another_version() {
	local source=$debs/source

	mkdir "$source" && tar -C "$source" --strip-components=1 -xf "$(scripts/dist "$debs")" &&
		echo "$1" > "$source/VERSION" &&
		sed -i "s/^## $version /## $1 /" "$source/CHANGELOG.md" &&
		sed -i "1s/($version)/($1)/" "$source/debian/changelog" &&
		"$source/scripts/build-deb" "$debs"
}

packages() {
	# shellcheck disable=SC2016 # dpkg-query's
	inside 'dpkg-query -W -f "\${Package}\n"' | sort
}

# only_libraries PACKAGES: those are more than there were
only_libraries() {
	! comm -13 <(echo "$1") <(packages) | grep -vE '^(lib.*|vfiotop)$'
}

# Debian 13's newest kernel has its headers there as a user has them: by apt.
backported_headers() {
	echo "deb $(scripts/debian-mirror) trixie-backports main" > "$root/etc/apt/sources.list.d/backports.list" &&
		inside "apt-get -q update && apt-get -q install -t trixie-backports linux-headers-$release"
}

# The kernel that runs there: its own VFIO, headers and image, and no more.
kernel_tree() {
	local tree=$root/lib/modules/$release own=$headers_root/lib/modules/$release

	mkdir -p "$tree/kernel/drivers" "$tree/kernel/virt" "$root/boot" &&
		cp "$own"/modules.{order,builtin,builtin.modinfo} "$tree/" &&
		cp -r "$own/kernel/drivers/vfio" "$tree/kernel/drivers/" &&
		cp -r "$own/kernel/virt/lib" "$tree/kernel/virt/" &&
		{ [ -e "$root/usr/src/linux-headers-$release" ] ||
			ln -s "$(scripts/kernel build-dir "$kernel")" "$tree/build"; } &&
		cp "$(scripts/kernel image "$kernel")" "$root/boot/vmlinuz-$release" &&
		depmod -b "$root" "$release"
}

# prefers FOLDER: modprobe's vfio is from there.
prefers() {
	inside "modprobe -S $release --show-depends vfio-pci" | grep "^insmod.*/$release/$1/.*/*vfio-pci.ko"
}

# unpacked MODULE: the file that DKMS installed, uncompressed
unpacked() {
	local file=$root/lib/modules/$release/updates/dkms/$1.ko

	if [ -f "$file.xz" ]; then
		xz -dc "$file.xz" > "$debs/$1.ko"
	else
		cp "$file" "$debs/$1.ko"
	fi
	echo "$debs/$1.ko"
}

# An initramfs that holds what /etc/initramfs-tools/modules lists
make_initramfs() {
	inside "update-initramfs -c -k $release"
}

# initramfs_has FOLDER: the VFIO in there is from that one.
initramfs_has() {
	inside "lsinitramfs /boot/initrd.img-$release" | grep "/$release/$1/.*vfio-pci.ko"
}

initramfs_sum() {
	sha256sum < "$root/boot/initrd.img-$release"
}

# The modules have type information, and the signature last.
are_complete() {
	local module file

	for module in vfio vfio_iommu_type1 vfio-pci; do
		file=$(unpacked "$module") && readelf -SW "$file" 2> /dev/null | grep ' \.BTF ' &&
			tail -c 28 "$file" | grep -a '~Module signature appended~' || return
	done
}

# are_of VERSION: the modules, and there are no others
are_of() {
	[ "$(modinfo -F version "$(unpacked vfio)")" = "vfiotop-$1" ] &&
		[ "$(inside "dkms status vfiotop-vfio" | grep -c installed)" = 1 ]
}

# What the packages put anywhere. Packages that they depend on stay.
remains() {
	! inside "find / -xdev '(' -path /proc -o -path /root -o -name '*.deb' -o -name 'vfiotop-static' ')' -prune -o -name '*vfiotop*' -print" |
		grep . && [ ! -e "$root/lib/modules/$release/updates" ]
}

# A kernel's package runs this when it is installed. Others would want a real kernel, too.
new_kernel() {
	inside "run-parts --verbose --report --exit-on-error --regex='^dkms\$' --arg=$1 /etc/kernel/postinst.d"
}

# kernels_come [NAME]: one that is too new, and one for which the modules do not build
kernels_come() {
	local name=${1:+$1: } output

	ok "${name}the modules are removed" inside "dkms remove vfiotop-vfio/$version --all && dkms add vfiotop-vfio/$version"
	ok "${name}modprobe has the kernel's own" prefers kernel
	mkdir -p "$root/lib/modules/7.4.0-test"
	ln -s ../"$release"/build "$root/lib/modules/7.4.0-test/build"
	ok "${name}a kernel that is too new is passed over" new_kernel 7.4.0-test
	ok "${name}nothing is built for it" eval '! inside "dkms status -k 7.4.0-test" | grep -E "built|installed"'
	echo 'broken' >> "$root/usr/src/vfiotop-vfio-$version/drivers/vfio/Kbuild"
	output=$(new_kernel "$release" 2>&1)
	grep -q 'make.log' <<< "$output"
	count_test $? "${name}a build that fails says so" "$output"
	ok "${name}and leaves the kernel's own modules in charge" prefers kernel
}

# modules_work DEBIAN SUITE KERNEL: from an empty system to one on which nothing remains
modules_work() {
	local name="Debian $1, $3"

	rm -rf --one-file-system "$roots"
	kernel=$3
	scripts/kernel fetch "$kernel"
	headers_root=$(scripts/kernel modules "$kernel")
	release=$(scripts/kernel release "$kernel")
	clean_root "$1" "$2" || return
	[ "$kernel" != 7.3 ] || ok "$name: its headers are installed" backported_headers
	ok "$name: DKMS and a kernel are installed" \
		eval 'kernel_tree && inside "apt-get -q install dkms openssl"'
	ok "$name: both packages are installed" install_debs "$version" vfiotop vfiotop-vfio-dkms
	ok "$name: modprobe prefers its modules" prefers updates
	ok "$name: they are complete and signed" are_complete
	ok "$name: and of this version" are_of "$version"
	keep_archives "$root" "$cache"
	tests/vm/run --kernel "$kernel" --modules stock --cpus 1 tests/vm/suites/package.sh |
		sed 's/^/    /'
	count_test "${PIPESTATUS[0]}" "$name: the packages work" ''
	kernels_come "$name"
	ok "$name: both packages are purged" inside "apt-get -q purge vfiotop vfiotop-vfio-dkms"
	ok "$name: modprobe has the kernel's own" prefers kernel
	ok "$name: and nothing remains" remains
}

[ "$(id -u)" -eq 0 ] || skip_all "chroot needs root"
command -v debootstrap > /dev/null || skip_all "debootstrap is not installed"
unshare --mount --pid --fork true 2> /dev/null || skip_all "no namespaces here"

kernel=${KERNEL:-6.12}
headers_root=$(scripts/kernel modules "$kernel")
release=$(scripts/kernel release "$kernel")
mkdir -p build
exec 9> build/.lock-packages
flock 9
trap 'rm -rf --one-file-system "$roots" "$debs"' EXIT
rm -rf --one-file-system "$roots" "$debs"

echo "TAP version 13"
ok "the source is packed" scripts/dist "$debs.1"
mkdir "$debs.2" && tar -C "$debs.2" -xf "$debs.1/vfiotop-$version.tar.gz"
ok "and the same from itself" "$debs.2/vfiotop-$version/scripts/dist" "$debs.2"
ok "byte for byte" cmp "$debs".{1,2}/"vfiotop-$version.tar.gz"
rm -rf "$debs".{1,2}
ok "the packages are built" scripts/build-deb "$debs"
if [ -n "${VFIOTOP_ALL-}" ]; then
	ok "they are built again" scripts/build-deb "$debs/again"
	for deb in "$debs"/*.deb; do
		ok "$(basename "$deb") is the same" cmp "$deb" "$debs/again/$(basename "$deb")"
	done
	rm -r "$debs/again"
fi
ok "lintian has nothing to say" lintian --allow-root --fail-on error,warning,info "$debs"/vfiotop{,-vfio-dkms}_*.deb
ok "the static vfiotop is built" make -C tools/vfiotop static
ok "it needs no interpreter" eval '! readelf -lW build/vfiotop-static | grep INTERP'

for debian in 13:trixie 12:bookworm; do
	name="Debian ${debian%:*}"
	if ! clean_root "${debian%:*}" "${debian#*:}"; then
		ok "$name # SKIP the mirror cannot be reached" true
		rm -rf --one-file-system "$root"
		continue
	fi
	ok "$name: the static vfiotop runs" inside "vfiotop-static --info"
	before=$(packages)
	ok "$name: vfiotop is installed" install_debs "$version" vfiotop
	ok "$name: and nothing but libraries" only_libraries "$before"
	ok "$name: it runs" inside installed
	keep_archives "$root" "$cache"
done
# What follows is about the last of them.

if [ -d "$root" ]; then
	ok "DKMS and a kernel are installed" eval 'kernel_tree && inside "apt-get -q install dkms openssl"'
	ok "vfiotop-vfio-dkms is installed" install_debs "$version" vfiotop-vfio-dkms
	ok "modprobe prefers its modules" prefers updates
	ok "they are complete and signed" are_complete
	ok "and of this version" are_of "$version"
	if [ -n "${VFIOTOP_ALL-}" ]; then
		ok "there is another version" another_version "$version.1"
		ok "the packages are upgraded" install_debs "$version.1" vfiotop vfiotop-vfio-dkms
		ok "the modules, too" are_of "$version.1"
		ok "vfiotop, too" inside "vfiotop --version | grep -F $version.1"
		ok "the packages are downgraded" install_debs "$version" vfiotop vfiotop-vfio-dkms
		ok "the modules, too" are_of "$version"
		ok "a way to make an initramfs is installed" inside "apt-get -q install initramfs-tools"
		cp "$headers_root/boot/config-$release" "$root/boot/"
		sed -i 's/^MODULES=.*/MODULES=list/' "$root/etc/initramfs-tools/initramfs.conf"
		cp "$root/etc/initramfs-tools/modules" "$root/modules"
		echo vfio_pci >> "$root/etc/initramfs-tools/modules"
		ok "an initramfs holds VFIO" make_initramfs
		ok "that of the package" initramfs_has updates
		ok "vfiotop-vfio-dkms is removed" inside "apt-get -q remove vfiotop-vfio-dkms"
		ok "modprobe has the kernel's own" prefers kernel
		ok "so has the initramfs" initramfs_has kernel
		ok "vfiotop stays" inside installed
		cp "$root/modules" "$root/etc/initramfs-tools/modules"
		ok "an initramfs holds no VFIO" make_initramfs
		sum=$(initramfs_sum)
		ok "vfiotop-vfio-dkms is installed again" install_debs "$version" vfiotop-vfio-dkms
		ok "modprobe prefers its modules again" prefers updates
		ok "the initramfs is as it was" [ "$(initramfs_sum)" = "$sum" ]
	fi
	keep_archives "$root" "$cache"
	echo "# in the machine:"
	tests/vm/run --kernel "$kernel" --modules stock --cpus 1 tests/vm/suites/package.sh |
		sed 's/^/    /'
	count_test "${PIPESTATUS[0]}" "the packages work" ''
	if [ -n "${VFIOTOP_ALL-}" ]; then
		tests/vm/run --kernel "$kernel" --modules stock --cpus 1 \
			--append "lsm=lockdown lockdown=integrity module.sig_enforce=1" \
			tests/vm/suites/enforced.sh | sed 's/^/    /'
		count_test "${PIPESTATUS[0]}" "and on a kernel that takes signed modules only" ''
	fi

	kernels_come
	ok "both packages are purged" inside "apt-get -q purge vfiotop vfiotop-vfio-dkms"
	ok "and nothing remains" remains
fi
if [ -n "${VFIOTOP_ALL-}" ]; then
	modules_work 12 bookworm 6.1
	modules_work 13 trixie 7.3
fi
echo "1..$number"
[ "$failures" -eq 0 ]
