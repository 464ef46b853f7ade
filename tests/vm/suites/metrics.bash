# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # common.bash sets what is used here
#
# For suites that read the metrics of vfiotop serve; sourced after common.bash.

server=127.0.0.1:9977

# scrape: the metrics of this moment, in $tmp/metrics
scrape() {
	curl -sf --max-time 30 "http://$server/metrics" > "$tmp/metrics"
}

# metric SERIES: its value in the last scrape
metric() {
	sed -n "s/^$1 //p" "$tmp/metrics"
}
