#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel that is older than those vfiotop is for: it says so in one line, and shows what
# is left.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

use "$edu"
with "$edu"

for vfiotop in "$VFIOTOP_ROOT"/build/vfiotop{,-static}; do
	name=$(basename "$vfiotop")
	info=$("$vfiotop" --info --json)
	is "$(jq -r .source <<< "$info")" iommu "$name: the source"
	is "$(jq -c '[.sources[] | select(.possible).name]' <<< "$info")" '["iommu","proc"]' "$name: what works"
	like "$(jq -r '.limits[]' <<< "$info")" 'older than Linux 5.17' "$name: the kernel is old, says --info"
	"$vfiotop" --once --source=kprobes > "$tmp/out" 2> "$tmp/err"
	is $? 7 "$name: kprobes do not work"
	like "$(< "$tmp/err")" 'older than Linux 5\.12' "$name: which says why"
	"$vfiotop" --once --source=stock > "$tmp/out" 2> "$tmp/err"
	is $? 5 "$name: nor does the source stock"
	like "$(< "$tmp/err")" 'older than Linux 5\.11' "$name: which says why, too"

	start_ready "$name: a process" steps "$workloads/steps" "${device[@]}"
	start_ready "$name watches" top "$vfiotop" --json -d 3600 --ready-fd 1
	step "map 0x100000000 256"
	step "map 0x200000000 256"
	finish_by TERM "$name: it ends at SIGTERM" top 0
	is "$(wc -l < "$tmp/top.err")" 1 "$name: it complained in one line"
	like "$(< "$tmp/top.err")" 'older than Linux 5\.17' "$name: of the kernel"
	like "$(json "$tmp/top.out" .source)" '^(iommu|proc)$' "$name: the source of the report"
	is "$(json "$tmp/top.out" '.containers | tostring')" null "$name: containers are unknown"
	diag "$(json "$tmp/top.out" '"\(.source) \(.attach)"')"
	is "$(json "$tmp/top.out" ".processes[] | select(.pid == ${pid_of[steps]}).comm")" steps \
		"$name: the process is known"
	like "$(json "$tmp/top.out" "[.source, (.processes[] | select(.pid == ${pid_of[steps]}).iommu.map.bytes)] | @tsv")" \
		$'^(iommu\t2097152|proc\t)$' "$name: and what it maps in IOMMUs, where there is a source for that"
	finish "$name: the process ends" steps 0
done
done_testing
