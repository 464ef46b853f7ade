#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop serve on real VFIO: the metrics are the figures of a report, counters of the host
# go on when the modules are loaded anew, and each process may do what it has to and no
# more. With VFIOTOP_ALL a Prometheus in the machine scrapes it and raises an alert.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"
# shellcheck source=tests/vm/suites/metrics.bash
. "$VFIOTOP_ROOT/tests/vm/suites/metrics.bash"

vfiotop=$VFIOTOP_ROOT/build/vfiotop
none=$(printf %016x 0)

# serves SERIES VALUE
serves() {
	scrape && [ "$(metric "$1")" = "$2" ]
}

# capabilities PID: permitted and effective
capabilities() {
	sed -n 's/^Cap\(Prm\|Eff\):[[:space:]]*//p' "/proc/$1/status" | paste -sd ' '
}

# maps_refused: some are not; how many in $tmp/maps
maps_refused() {
	"$workloads/failmap" "${device[@]}" < /dev/null > "$tmp/failmap.out" &&
		json "$tmp/failmap.out" .maps >> "$tmp/maps"
}

hugepages 64
use "$edu"
with "$edu"
start serve "$vfiotop" serve -d 0.5
ok "it serves" wait_long scrape
ok "it has a source" wait_until serves 'vfiotop_source_info{source="[a-z]*",attach="[a-z_]*"}' 1

# --- Who may do what ----------------------------------------------------------------------

mapfile -t children < <(pgrep -P "${pid_of[serve]}")
is "${#children[@]}" 2 "there are two processes beside the one that watches"
nobody=()
for child in "${children[@]}"; do
	grep -q '^Uid:[[:space:]]*65534' "/proc/$child/status" && nobody+=("$child")
done
is "${#nobody[@]}" 1 "one of them is nobody, and serves"
is "$(capabilities "${nobody[0]}")" "$none $none" "it has no capability"
is "$(sed -n 's/^\(NoNewPrivs\|Seccomp\):[[:space:]]*//p' "/proc/${nobody[0]}/status" | paste -sd ' ')" "1 2" \
	"cannot get one, and has few system calls"

# --- The figures ----------------------------------------------------------------------------

start_ready "a process maps" map "$workloads/hugemap" "${device[@]}" --kind 4k --size 8 --count 2 --hold
ok "the map is counted" wait_until serves vfiotop_map_total 2
"$vfiotop" --once --json -d 0.1 | tail -n 1 > "$tmp/report"
container=$(of "${pid_of[map]}" .id)
key="{vfio_container=\"$container\"}"
for pair in mappings:.mappings pinned_bytes:.pinned_bytes mappings_limit:.mappings_limit; do
	is "$(metric "vfiotop_container_${pair%:*}$key")" "$(of "${pid_of[map]}" "${pair#*:}")" \
		"${pair%:*} of the container is as in a report"
done
is "$(metric vfiotop_pinned_bytes)" "$(pinned_now)" "what is pinned is as the kernel says"
like "$(grep "^vfiotop_container_info{vfio_container=\"$container\"" "$tmp/metrics")" \
	"pid=\"${pid_of[map]}\",command=\"hugemap\"" "and whose it is"

# A map that is refused, by a process that is gone before the next scrape.
finish "it ends" map 0
ok "maps are refused" maps_refused
refused() {
	scrape && [ "$(metric 'vfiotop_failures_total{operation="map"}')" -gt 0 ]
}
ok "what was refused is counted" wait_until refused

# --- The programs themselves ----------------------------------------------------------------

is "$(metric vfiotop_watch_program_runs_total)" '' "runs of programs are not counted by themselves"
sysctl -qw kernel.bpf_stats_enabled=1
ok "maps are refused" maps_refused
counted() {
	scrape && [ "$(metric vfiotop_watch_program_runs_total)" -gt 0 ] 2> /dev/null
}
ok "with kernel.bpf_stats_enabled they are" wait_until counted
sysctl -qw kernel.bpf_stats_enabled=0

# --- Loaded anew ----------------------------------------------------------------------------

maps=$((2 + $(paste -sd + "$tmp/maps")))
ok "all maps are counted" wait_until serves vfiotop_map_total "$maps"
unload_watched "$edu"
use "$edu"
watches() {
	scrape && grep '^vfiotop_source_info{' "$tmp/metrics" | grep -qv waiting_for
}
ok "it watches again" wait_until watches
ok "a process maps" "$workloads/hugemap" "${device[@]}" --kind 4k --size 8 --count 1
ok "the counter goes on" wait_until serves vfiotop_map_total "$((maps + 1))"

# --- Prometheus -------------------------------------------------------------------------------

if [ -n "$VFIOTOP_ALL" ]; then
	cat > "$tmp/prometheus.yml" <<- END
		global: { scrape_interval: 2s, evaluation_interval: 2s }
		rule_files: ["$VFIOTOP_ROOT/tools/vfiotop/prometheus/rules.yml", "$VFIOTOP_ROOT/tools/vfiotop/prometheus/alerts.yml"]
		scrape_configs: [{ job_name: vfiotop, static_configs: [{ targets: ["$server"] }] }]
	END
	start prometheus prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/data" \
		--web.listen-address=127.0.0.1:9090
	# answers QUERY FILTER
	answers() {
		curl -s --max-time 30 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
			jq -e "$2" > /dev/null
	}
	ok "Prometheus scrapes it" wait_long answers up '.data.result[0].value[1] == "1"'
	start_ready "a process maps" map "$workloads/hugemap" "${device[@]}" --kind 4k --size 8 --count 1 --hold
	ok "Prometheus has what is mapped" wait_long answers vfiotop_container_mappings \
		'.data.result | map(.value[1]) | index("1") != null'
	finish "it ends" map 0
	ok "maps are refused" maps_refused
	ok "which raises an alert" wait_long answers 'ALERTS{alertname="VfioMapFailing",alertstate="firing"}' \
		'.data.result | length > 0'
	finish_by TERM "Prometheus ends" prometheus 0
fi

finish_by TERM "it ends at SIGTERM" serve 0
is "$(wc -c < "$tmp/serve.err")" 0 "and complained about nothing"
done_testing
