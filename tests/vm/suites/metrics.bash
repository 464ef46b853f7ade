# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # common.bash sets what is used here
#
# For suites that read the metrics of vfiotop serve; sourced after common.bash.

server=127.0.0.1:9977

# scrape: the metrics of this moment, in $tmp/metrics. There are none (503) for a while where the
# machine stood still.
scrape() {
	curl -sf --max-time 30 --retry 5 "http://$server/metrics" > "$tmp/metrics"
}

# metric SERIES: its value in the last scrape
metric() {
	sed -n "s/^$1 //p" "$tmp/metrics"
}

says_that_it_waits() {
	scrape && grep -q '^vfiotop_source_info{.*waiting_for=' "$tmp/metrics"
}

# unload_watched DEVICE: tests that modules can be unloaded though they are watched
unload_watched() {
	done_with "$1"
	ok "the modules unload" wait_until unload_modules
	ok "it says that it waits" wait_until says_that_it_waits
}
