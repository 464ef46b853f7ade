# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# prepare KERNEL: what a POWER machine boots and runs, fetched and built; skips the test
# where the packages cannot be reached, and fails it where they do not build.

prepare() {
	local root log

	root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	log=$root/build/power-$1.log
	mkdir -p "$root/build"
	if ! { timeout 600 "$root/scripts/kernel" fetch "$1" &&
		timeout 600 "$root/scripts/sysroot" fetch ppc64el; } > "$log" 2>&1; then
		echo "1..0 # SKIP the packages of $1 cannot be reached"
		exit
	fi
	# Kernels share programs, and must not build them at the same time.
	if ! (flock 9 && make -C "$root" modules vfiotop workloads ARCH=powerpc KERNEL="$1") \
		> "$log" 2>&1 9> "$root/build/.lock-power"; then
		tail -n 20 "$log" | sed 's/^/# /'
		echo "Bail out! cannot build for $1, see ${log#"$root"/}"
		exit 1
	fi
}
