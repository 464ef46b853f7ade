# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Ports that nobody listens at. The first one is chosen by chance, as tests of other trees may
# look for some, too.

port=$((10000 + RANDOM % 20000))

# next_port: sets port to the next one
next_port() {
	while port=$((port + 1)); (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do
		:
	done
}
