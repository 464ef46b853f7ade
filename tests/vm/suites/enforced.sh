#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel that is locked down for its integrity and takes only modules whose signature it
# can check, as with secure boot: what works of the installed packages.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

root=$VFIOTOP_ROOT/build/roots/12
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"

is "$(< /sys/module/module/parameters/sig_enforce)" Y "signatures are enforced"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
like "$(< /sys/kernel/security/lockdown)" '\[integrity\]' "the kernel is locked down"

not_ok "modules that were signed with an unknown key are refused" chroot "$root" modprobe vfio
like "$(chroot "$root" modprobe vfio 2>&1)" '[Kk]ey' "for the key"
not_ok "and none is loaded" test -d /sys/module/vfio
use "$edu"
with "$edu"
is "$(chroot "$root" vfiotop --info --json | jq -r '.build | "\(.loaded) \(.installed) \(.same)"')" \
	"kernel ours false" "the kernel's own load, and --info says so"
start_ready "vfiotop watches them" top chroot "$root" vfiotop --json -d 3600 --ready-fd 1
ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8
finish_by TERM "it ends at SIGTERM" top 0
is "$(json "$tmp/top.out" '"\(.source) \(.totals.map.count)"')" "stock 1" "and has counted that"

done_testing
