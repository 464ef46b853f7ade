#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfiotop serve on a recording: what is served, to whom, and what the serving process may do.
# Needs no VFIO; promtool reads what Prometheus would.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh
# shellcheck source=tests/ports.bash
. tests/ports.bash

tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill $server; rm -rf "$tmp"' EXIT
vfiotop=build/vfiotop
recording=${RECORDING-}
if [ -z "$recording" ]; then
	recording=$tmp/none
	$vfiotop record -o "$recording" -n 2 -d 0.05
fi

# On a machine that is busy, a page may not be there in time at first (503).
get() {
	curl -sf --max-time 10 --retry 5 "$@"
}

status_at_once() {
	curl -s --max-time 10 -o /dev/null -w '%{http_code}' "$@"
}

status_of() {
	get -o /dev/null -w '%{http_code}' "$@"
}

serves() {
	[ "$(status_of "$url/metrics")" = 200 ]
}

next_port
url=http://127.0.0.1:$port
"$vfiotop" serve --replay "$recording" --listen "127.0.0.1:$port" 2> "$tmp/err" &
server=$!
ok "serve: /metrics is there" wait_until serves

# Pages are made for those who ask: what nobody has asked for before is not there while nobody
# can make it.
has_stopped() {
	grep -q '^State:.*T' "/proc/$server/status"
}

kill -STOP "$server"
ok "serve: the process that makes pages is stopped" wait_until has_stopped
is "$(status_at_once "$url/")" 503 "serve: no page is made that nobody asked for"
is "$(status_of "$url/healthz")" 200 "serve: the serving process does without"
kill -CONT "$server"
serves_page() {
	[ "$(status_of "$url/")" = 200 ]
}
ok "serve: it is made once somebody asks" wait_until serves_page

# --- What is served -----------------------------------------------------------------

get "$url/metrics" > "$tmp/text"
get -H 'Accept: application/openmetrics-text; version=1.0.0' "$url/metrics" > "$tmp/open"
ok "serve: Prometheus' own tool has nothing to say" promtool check metrics < "$tmp/text"
is "$(tail -n 1 "$tmp/open")" "# EOF" "serve: OpenMetrics ends as it has to"
like "$(get -o /dev/null -w '%{content_type}' "$url/metrics")" '^text/plain; version=0\.0\.4' \
	"serve: text is what is served without a wish"
like "$(get -o /dev/null -w '%{content_type}' -H 'Accept: application/openmetrics-text' "$url/metrics")" \
	'^application/openmetrics-text; version=1\.0\.0' "serve: OpenMetrics by Accept"
is "$(get "$url/healthz")" ok "serve: it is healthy"
like "$(get "$url/")" '<!DOCTYPE html>' "serve: a page for people"
is "$(get "$url/" | grep -cE '<script|src=|https?://')" 0 "serve: without scripts, and nothing from elsewhere"

# --- What is refused ------------------------------------------------------------------

is "$(status_of "$url/other")" 404 "serve: another path"
is "$(status_of "$url/metrics/../../etc/passwd" --path-as-is)" 404 "serve: a path that climbs"
is "$(status_of -X POST -d x "$url/metrics")" 405 "serve: another method"
is "$(status_of -I "$url/metrics")" 200 "serve: HEAD"
head -c 100000 /dev/zero | tr '\0' a > "$tmp/long"
like "$(status_at_once -H "X: $(< "$tmp/long")" "$url/metrics")" '^(000|4..)$' "serve: a header too long"
head -c 100000 /dev/urandom > "/dev/tcp/127.0.0.1/$port"
ok "serve: it is there after a request of noise" serves

# Ten thousand connections of one address, each with half a request: others are answered
# meanwhile, and the serving process does not grow with them.
child=$(pgrep -P $server)
resident() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$child/status"
}
before=$(resident)
ok "serve: 10,000 connections of one address do not keep others out" \
	tests/connections "$port" 10000 127.0.0.3 \
	curl -sf --max-time 60 --interface 127.0.0.2 -o /dev/null "$url/metrics"
ok "serve: nor take memory" test $(($(resident) - before)) -lt 8192
ok "serve: nor descriptors" test "$(find "/proc/$child/fd" -mindepth 1 | wc -l)" -le 140
ok "serve: and it answers when they are gone" wait_until serves

# Half a request is not waited for.
closes_slow() {
	timeout 60 bash -c "exec 3<> /dev/tcp/127.0.0.1/$port; printf 'GET /metrics HT' >&3; cat <&3"
}
ok "serve: a request that does not end is ended" closes_slow

# --- What it may do -------------------------------------------------------------------

of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$child/status"
}
is "$(of CapPrm) $(of CapEff)" "0000000000000000 0000000000000000" \
	"serve: the serving process has no capability"
is "$(of NoNewPrivs) $(of Seccomp)" "1 2" "serve: cannot get one, and few system calls are left"
if [ "$(id -u)" -eq 0 ]; then
	is "$(of Uid | cut -f 2)" 65534 "serve: and is nobody"
else
	skip "serve: and is nobody" "not root"
fi

kill $server
wait $server
is $? 0 "serve: it ends when it is told to"
server=
not_ok "serve: so does the serving process" test -d "/proc/$child"
is "$(< "$tmp/err")" "" "serve: without a word"

# --- A file instead -----------------------------------------------------------------------

mkdir "$tmp/textfile"
(umask 077 && exec "$vfiotop" serve --replay "$recording" --textfile "$tmp/textfile") &
server=$!
has_file() {
	[ -s "$tmp/textfile/vfiotop.prom" ]
}
ok "serve: a file of metrics" wait_until has_file
ok "serve: which Prometheus' tool accepts" promtool check metrics < "$tmp/textfile/vfiotop.prom"
is "$(stat -c %a "$tmp/textfile/vfiotop.prom")" 644 "serve: and others may read"
# But while one is written.
is_alone() {
	[ "$(ls -A "$tmp/textfile")" = vfiotop.prom ]
}
ok "serve: there is no other file" wait_until is_alone
# Whoever reads one report while the next is written reads it to its end.
exec {old}< "$tmp/textfile/vfiotop.prom"
old_inode=$(stat -L -c %i "/dev/fd/$old")
is_replaced() {
	[ "$(stat -c %i "$tmp/textfile/vfiotop.prom")" != "$old_inode" ]
}
ok "serve: the next report is another file" wait_until is_replaced
ok "serve: and the last one stays whole" promtool check metrics <&"$old"
exec {old}<&-
kill $server
wait $server
server=

# --- systemd's two conversations --------------------------------------------------------------

# With an hour between reports it is ready at once, and the watchdog hears of it.
# shellcheck disable=SC2016 # the program is Python
ok "serve: it is ready with the first report, and alive until the next" timeout 60 python3 -c '
import os, socket, subprocess, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
server = subprocess.Popen(sys.argv[2:], env=os.environ | {"NOTIFY_SOCKET": sys.argv[1]})
words = [heard.recv(100) for _ in range(3)]
server.terminate()
sys.exit(server.wait() or words != [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"])' \
	"$tmp/notify" "$vfiotop" serve --delay=3600 --listen "127.0.0.1:$port"

# --- Units ----------------------------------------------------------------------------------

# Without the path that only an installation has.
sed "s|/usr/bin/vfiotop|$PWD/$vfiotop|" tools/vfiotop/systemd/vfiotop.service > "$tmp/vfiotop.service"
cp tools/vfiotop/systemd/vfiotop.socket "$tmp/"
is "$(systemd-analyze verify --man=no "$tmp/vfiotop.service" "$tmp/vfiotop.socket" 2>&1)" "" \
	"units: systemd has nothing to say"
exposure=$(systemd-analyze security --offline=true --no-pager "$tmp/vfiotop.service" |
	sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
ok "units: the service is exposed as little as the docs say ($exposure)" \
	grep -qF "exposure level of $exposure" docs/production.md

# --- The docs -------------------------------------------------------------------------------

# block WORD: the first block of code of the docs that has this word
block() {
	awk -v word="$1" '/^```/ { if (inside && found) exit; inside = !inside; found = 0; text = ""; next }
		inside { text = text $0 "\n"; found = found || index($0, word) } END { printf "%s", text }' docs/production.md
}
block rule_files: | sed "s|/usr/share/vfiotop|$PWD/tools/vfiotop|g" > "$tmp/prometheus.yml"
ok "docs: Prometheus understands its configuration" promtool check config "$tmp/prometheus.yml"
block DaemonSet > "$tmp/pod.yml"
pod() {
	jq --yaml-input -r ".spec.template.spec | $1" "$tmp/pod.yml"
}
is "$(pod '.containers[0].securityContext.capabilities.add | map("CAP_" + .) | join(" ")')" \
	"$(sed -n 's/^CapabilityBoundingSet=//p' tools/vfiotop/systemd/vfiotop.service)" \
	"docs: a pod gets the capabilities of the unit"
is "$(pod '"\(.hostPID) \(.containers[0].securityContext | "\(.privileged) \(.allowPrivilegeEscalation) \(.capabilities.drop)")"')" \
	'true null false ["ALL"]' "docs: sees all processes, and is not privileged"
is "$(block otlp | jq --yaml-input -r '.receivers.prometheus.config.scrape_configs[].static_configs[].targets[]')" \
	localhost:9977 "docs: OpenTelemetry's Collector scrapes where it listens"

# --- Wrong use ------------------------------------------------------------------------------

# refuses CODE OPTION...
refuses() {
	local code=$1
	shift

	"$vfiotop" serve --replay "$recording" "$@" > /dev/null 2> "$tmp/err"
	is $? "$code" "serve: $*"
	is "$(wc -l < "$tmp/err")" 1 "serve: one line says why"
}
refuses 2 --listen nowhere
refuses 2 --listen 127.0.0.1:99999
refuses 2 --listen ::1:9977
refuses 2 --listen localhost:9977
refuses 2 --json
refuses 1 --textfile "$tmp/missing"
refuses 1 --listen 192.0.2.1:9977

ok "alerts: each fires for its fault and for nothing else" \
	promtool test rules tests/prometheus/rules_test.yml
# parts ALERT: of its page
parts() {
	awk -v alert="## $1" '/^## / { within = $0 == alert } within && /^- [A-Z][a-z]+:/ { print $2 }' docs/alerts.md |
		paste -sd ' '
}
while read -r alert severity summary runbook; do
	is "$(parts "$alert")" "Meaning: Impact: Diagnosis: Mitigation:" "alerts: $alert has a runbook"
	like "$severity $summary $runbook" "^(critical|warning|info) yes docs/alerts.md#${alert,,}\$" \
		"alerts: $alert has a severity, a summary, and says where the runbook is"
done < <(awk '/- alert:/ { alert = $3; summary = "no" } /severity:/ { severity = $4 }
	/summary:/ { summary = "yes" } /runbook_url:/ { print alert, severity, summary, $2 }' \
	tools/vfiotop/prometheus/alerts.yml)
is "$(sed -n 's/.*- alert: //p' tools/vfiotop/prometheus/alerts.yml)" "$(sed -n 's/^## //p' docs/alerts.md)" \
	"alerts: there is none without"

done_testing
