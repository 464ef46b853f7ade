#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A real Prometheus scrapes vfiotop, which serves a recording: what it answers is what
# vfiotop's JSON says, and every query of the dashboard is understood.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh

tmp=$(mktemp -d)
jobs=()
trap 'kill "${jobs[@]}" 2> /dev/null; rm -rf "$tmp"' EXIT
vfiotop=build/vfiotop
rules=$PWD/tools/vfiotop/prometheus
recording=tests/recordings/demo.vfiotop

port=19990
free_port() {
	while (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do
		port=$((port + 1))
	done
}

# The last report again and again, so that the scrapes and the JSON are of the same one.
free_port
target=127.0.0.1:$port
"$vfiotop" serve --replay "$recording" --speed 1000 --listen "$target" &
jobs+=($!)
answers() {
	curl -sf --max-time 5 "http://$1" > /dev/null
}
ok "prometheus: vfiotop serves" wait_until answers "$target/metrics"

port=$((port + 1))
free_port
prometheus=127.0.0.1:$port
cat > "$tmp/prometheus.yml" << END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["$rules/rules.yml", "$rules/alerts.yml"]
scrape_configs:
  - job_name: vfiotop
    static_configs: [{ targets: ["$target"] }]
END
prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/data" \
	--web.listen-address="$prometheus" > "$tmp/log" 2>&1 &
jobs+=($!)
ok "prometheus: it is ready" wait_until answers "$prometheus/-/ready"

# query EXPRESSION: the answer
query() {
	curl -s --max-time 10 --data-urlencode "query=$1" "http://$prometheus/api/v1/query"
}
is_up() {
	[ "$(query 'up' | jq -r '.data.result[0].value[1]')" = 1 ]
}
ok "prometheus: it scrapes vfiotop" wait_until is_up

"$vfiotop" --replay "$recording" --json | tail -n 1 > "$tmp/json"

# same METRIC JQ: the samples of a metric by container, and what the JSON says
same() {
	local from_json
	from_json=$(jq -c "[.containers[] | select(($2) != null) | [(.id | tostring), ($2)]] | sort" "$tmp/json")
	has_same() {
		[ "$(query "$1" | jq -c '[.data.result[] | [.metric.vfio_container, (.value[1] | tonumber)]] | sort')" = "$2" ]
	}
	ok "prometheus: $1 is as in the JSON" wait_until has_same "$1" "$from_json"
}
same vfiotop_container_mappings .mappings
same vfiotop_container_pinned_bytes .pinned_bytes
same vfiotop_container_map_bytes_total .map.bytes
same vfiotop_container_map_errors_total .map.errors
same vfiotop_container_map_duration_seconds_count .map.count
same 'vfiotop_container_map_duration_seconds_bucket{le="+Inf"}' .map.count

# --- The dashboard --------------------------------------------------------------------

while read -r expression; do
	expression=${expression//\$__rate_interval/1m}
	expression=${expression//\$instance/.*}
	is "$(query "$expression" | jq -r .status)" success "dashboard: ${expression:0:70}"
done < <(jq -r '.panels[].targets[].expr' "$rules/dashboard.json")

# --- Alerts ------------------------------------------------------------------------------

is "$(curl -s "http://$prometheus/api/v1/rules" | jq '[.data.groups[].rules[] | select(.health == "err")] | length')" \
	0 "prometheus: every rule can be evaluated"

done_testing
