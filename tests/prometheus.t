#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A real Prometheus scrapes vfiotop, which serves recordings: what it answers is what
# vfiotop's JSON says, every query of the dashboard has data, and recordings of trouble raise
# their alerts in a real Alertmanager.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh
# shellcheck source=tests/ports.bash
. tests/ports.bash

tmp=$(mktemp -d)
jobs=()
trap 'kill "${jobs[@]}" 2> /dev/null; rm -rf "$tmp"' EXIT
vfiotop=build/vfiotop
rules=$PWD/tools/vfiotop/prometheus
recording=tests/recordings/demo.vfiotop
troubles=(short enomem enospc slow stock-proc kept leak orphan)
# These have been put right by their end.
passing=(leak orphan)

# trouble_of NAME: seconds until a leak is known, in its recording
trouble_of() {
	"$vfiotop" --replay "tests/recordings/$1.vfiotop" --json | jq -rs '.[0].time_ns as $start |
		first(.[] | select(.leaks | length > 0)) | (.time_ns - $start) / 1e9 | ceil'
}

# serve_recording NAME: at $target the last report again and again, so that the scrapes and
# the JSON are of the same one; of those that pass, the trouble, slowly
serve_recording() {
	local when=(--speed 1000)

	[[ " ${passing[*]} " != *" $1 "* ]] || when=(--from "$(trouble_of "$1")" --speed 0.01)
	next_port
	target=127.0.0.1:$port
	"$vfiotop" serve --replay "tests/recordings/$1.vfiotop" "${when[@]}" --listen "$target" &
	jobs+=($!)
}
serve_recording demo
answers() {
	curl -sf --max-time 5 "http://$1" > /dev/null
}
ok "prometheus: vfiotop serves" wait_until answers "$target/metrics"

# Each recording is a host of its name.
hosts="      - { targets: [\"$target\"], labels: { instance: demo } }"
for trouble in "${troubles[@]}"; do
	serve_recording "$trouble"
	ok "prometheus: so it does with $trouble" wait_until answers "$target/metrics"
	hosts+=$'\n'"      - { targets: [\"$target\"], labels: { instance: $trouble } }"
done

next_port
alertmanager=127.0.0.1:$port
cat > "$tmp/alertmanager.yml" << END
route: { receiver: nobody, group_by: [instance, alertname] }
receivers: [{ name: nobody }]
END
prometheus-alertmanager --config.file="$tmp/alertmanager.yml" --storage.path="$tmp/alerts" \
	--web.listen-address="$alertmanager" --cluster.listen-address= > "$tmp/alertmanager.log" 2>&1 &
jobs+=($!)

next_port
prometheus=127.0.0.1:$port
# Nobody waits here until an alert has lasted.
sed 's/^\( *\)for: .*/\1for: 0s/' "$rules/alerts.yml" > "$tmp/alerts.yml"
cat > "$tmp/prometheus.yml" << END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["$rules/rules.yml", "$tmp/alerts.yml"]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["$alertmanager"] }] }] }
scrape_configs:
  - job_name: vfiotop
    static_configs:
$hosts
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
	[ "$(query 'sum(up)' | jq -r '.data.result[0].value[1]')" = $((1 + ${#troubles[@]})) ]
}
ok "prometheus: it scrapes them all" wait_until is_up

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
same 'vfiotop_container_mappings{instance="demo"}' .mappings
same 'vfiotop_container_pinned_bytes{instance="demo"}' .pinned_bytes
same 'vfiotop_container_map_bytes_total{instance="demo"}' .map.bytes
same 'vfiotop_container_map_errors_total{instance="demo"}' .map.errors
same 'vfiotop_container_map_duration_seconds_count{instance="demo"}' .map.count
same 'vfiotop_container_map_duration_seconds_bucket{instance="demo",le="+Inf"}' .map.count

# --- The dashboard --------------------------------------------------------------------

is "$(jq -r '"\(.uid) \([.panels[].datasource.uid, .panels[].targets[].datasource.uid // empty] | unique)"' "$rules/dashboard.json")" \
	"vfiotop [\"\${datasource}\"]" "dashboard: its name stays, and the data source is a choice"

while read -r expression; do
	expression=${expression//\$__rate_interval/1m}
	expression=${expression//\$instance/.*}
	has_data() {
		query "$expression" | jq -e '.data.result | length > 0' > /dev/null
	}
	ok "dashboard: there is data: ${expression:0:70}" wait_until has_data
done < <(jq -r '.panels[].targets[].expr' "$rules/dashboard.json")

# --- Labels ---------------------------------------------------------------------------

# None is one that a scraper sets, such as container, pod, namespace, node or endpoint: those of
# the exporter would be renamed.
own="api attach backend command device domain driver group ioas iommufd kind le leaf_size operation pci_name pid pod_uid source unit version vfio_container waiting_for"
strange() {
	curl -s --max-time 10 -G --data-urlencode 'match[]={__name__=~"vfiotop_.*"}' "http://$prometheus/api/v1/series" |
		jq -r --arg own "$own __name__ instance job" '[.data[] | keys[]] | unique - ($own | split(" ")) | join(" ")'
}
is "$(strange)" "" "prometheus: no label is one that a scraper sets"

# --- Alerts ------------------------------------------------------------------------------

# After two scrapes each rule has had something to reckon with.
has_increase() {
	query 'vfiotop:lost_events:increase5m{instance="demo"}' | jq -e '.data.result | length == 1' > /dev/null
}
ok "prometheus: increases are known" wait_until has_increase
is "$(curl -s "http://$prometheus/api/v1/rules" | jq '[.data.groups[].rules[] | select(.health == "err")] | length')" \
	0 "prometheus: every rule can be evaluated"

# Each recording of trouble, its alert, and no other; the demo has none.
raised() {
	curl -s --max-time 10 "http://$alertmanager/api/v2/alerts" |
		jq -r '.[].labels | .instance + " " + .alertname' | sort -u
}
expected=$(sort << END
enomem VfioMapFailing
enospc VfioMapFailing
kept VfioLeak
leak VfioLeak
orphan VfioOrphan
short VfioMapFailing
short VfioShortUnmap
slow VfioMapSlow
stock-proc VfioSourceDegraded
END
)
has_alerts() {
	[ "$(raised)" = "$expected" ]
}
wait_until has_alerts
is "$(raised)" "$expected" "alertmanager: each trouble raises its alert, and the demo none"

done_testing
