# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian systems on which nothing is installed: roots made by debootstrap from the mirror
# that the machine's apt uses. Bare roots and the packages fetched stay in the cache folder.

# bare_root SUITE FOLDER: FOLDER/root.tar, packed once; the mirror may be out of reach.
bare_root() {
	local suite=$1 cache=$2 mirror new

	mkdir -p "$cache/archives" || return
	(
		flock 8
		[ ! -f "$cache/root.tar" ] || exit 0
		mirror=$(scripts/debian-mirror) || exit
		new=$(mktemp -d "$cache/.root.XXXXXX") || exit
		if timeout 900 debootstrap --variant=minbase "$suite" "$new" "$mirror" > "$cache/debootstrap.log" 2>&1; then
			mv "$new"/var/cache/apt/archives/*.deb "$cache/archives/" 2> /dev/null
			tar -C "$new" --one-file-system -cf "$cache/root.tar.new" . &&
				mv "$cache/root.tar.new" "$cache/root.tar"
		fi
		rm -rf --one-file-system "$new"
		[ -f "$cache/root.tar" ]
	) 8> "$cache/.lock-root"
}

# new_root ROOT FOLDER RELEASE: unpacks FOLDER/root.tar, with the machine's way to the
# mirror (a proxy, say), the packages of earlier runs, and the release of a running kernel.
new_root() {
	local root=$1 cache=$2 release=$3

	tar -C "$root" -xf "$cache/root.tar" &&
		cp -L /etc/resolv.conf "$root/etc/resolv.conf" &&
		apt-config dump Acquire > "$root/etc/apt/apt.conf.d/90acquire" &&
		# Nothing in this root needs to survive a power cut.
		echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/unsafe" &&
		find "$cache/archives" -name '*.deb' -exec cp -t "$root/var/cache/apt/archives" {} + &&
		printf '#!/bin/sh\n[ "$*" = -r ] && echo %s || exec /usr/bin/uname "$@"\n' "$release" > "$root/usr/local/bin/uname" &&
		printf '#!/bin/sh\nexec "$@"\n' > "$root/usr/local/bin/sudo" &&
		chmod 755 "$root"/usr/local/bin/{uname,sudo} &&
		echo 'APT::Get::Assume-Yes "true"; APT::Install-Recommends "false";' \
			> "$root/etc/apt/apt.conf.d/90unattended"
}

# keep_archives ROOT FOLDER: what was fetched there need not be fetched again. Others may read
# the folder meanwhile, and find whole packages only.
keep_archives() {
	local deb new

	for deb in "$1"/var/cache/apt/archives/*.deb; do
		new=$2/archives/${deb##*/}
		[ -e "$new" ] || { cp "$deb" "$2/archives/.new-$$" && mv "$2/archives/.new-$$" "$new"; }
	done
}

# in_root ROOT FOLDER COMMAND: in the root, in namespaces of its own, so that it leaves no
# mount behind; FOLDER is there, too.
in_root() {
	mkdir -p "$1$2"
	# shellcheck disable=SC2016 # the inner shell's
	timeout 900 unshare --mount --pid --fork --kill-child bash -c '
		mount -t proc proc "$1/proc" &&
		mount --bind "$2" "$1$2" &&
		shift 2 && exec chroot "$@"' - "$1" "$2" "$1" \
		env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		sh -c "$3" < /dev/null
}
