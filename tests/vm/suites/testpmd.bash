# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # common.bash has the variables
#
# DPDK's testpmd, for the suites.

# packets DIRECTION: the most that any port has counted so far; its statistics
# overwrite each other on a screen.
packets() {
	grep -ao "$1-packets: [0-9]*" "$tmp/testpmd.out" |
		awk '$2 > most { most = $2 } END { print most + 0 }'
}

# has_packets DIRECTION COUNT: or it has died.
has_packets() {
	[ "$(packets "$1")" -ge "$2" ] || has_ended testpmd
}

# counts DIRECTION COUNT: waits until there are as many packets.
counts() {
	wait_long has_packets "$@"
	[ "$(packets "$1")" -ge "$2" ]
}

# testpmd OPTION...: start it on the cards that are in use.
testpmd() {
	local address allowed=()

	for address in "${bound[@]}"; do
		allowed+=(-a "$address")
	done
	start testpmd dpdk-testpmd "${allowed[@]}" --no-telemetry -l 0,1 "$@" -- \
		--total-num-mbufs=2048 --tx-first --no-lsc-interrupt --auto-start --stats-period 1
}
