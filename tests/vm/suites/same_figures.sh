#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same work on our modules and on the distribution's: every field of a report that
# both know is the same, and only what has to be unknown is.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"
# shellcheck source=tests/vm/suites/figures.bash
. "$VFIOTOP_ROOT/tests/vm/suites/figures.bash"

[ "$VFIOTOP_MODULES" = ours ] || plan_skip_all "this needs both sets of modules"

# One value a line, but for those that no two runs have in common: times, processes,
# and how the kernel was asked.
# shellcheck disable=SC2016 # variables of jq
flat='[paths(type != "object" and type != "array") as $path
	| { key: ($path | map(tostring) | join(".")), value: getpath($path) }
	| select(.key | test("(_|\\.|^)ns(\\.|$)|pid$|\\.tid$|^source$|^attach$|text$|^lost") | not)]
	| from_entries'

# shot NAME: the report of this moment as $tmp/SET-NAME
shot() {
	report
	jq "$flat" "$tmp/report" > "$tmp/$set-$1"
	shots[$1]=yes
}

# work SET OPTION...: what is compared, on the modules of this set
work() {
	set=$1
	shift

	watch_with "$@"
	start_ready "$set: a process maps" map "$workloads/hugemap" "${device[@]}" --size 8 \
		--count 2 --hold
	shot mapped
	finish "$set: it ends" map 0
	shot unmapped
	start_ready "$set: a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 16 --size 64
	finish_by KILL "$set: it is killed" leak 137
	shot killed
	start_ready "$set: maps fail" fail "$workloads/failmap" "${device[@]}"
	shot failed
	start refused "$workloads/hugemap" "${device[@]}"
	finish "$set: a second process is refused" refused 1
	shot refused
	finish "$set: the first one ends" fail 0
	shot ended
	is "$(figure '[.lost[]] | add')" 0 "$set: nothing was lost"
	finish_by TERM "$set: vfiotop ends" top 0
}

# unknown_of SET: fields that are null there and not on ours
unknown_of() {
	local name

	for name in "${!shots[@]}"; do
		jq -rn --slurpfile a "$tmp/ours-$name" --slurpfile b "$tmp/$1-$name" '
			$a[0] | to_entries[] | select(.value != null and $b[0][.key] == null) | .key
			| gsub("\\.[0-9]+(?=\\.|$)"; "")'
	done | sort -u | paste -sd ' '
}

# differing SET NAME: fields that both know and that differ
differing() {
	jq -rn --slurpfile a "$tmp/ours-$2" --slurpfile b "$tmp/$1-$2" '
		$a[0] + $b[0] | keys[]
		| select($a[0][.] != null and $b[0][.] != null and $a[0][.] != $b[0][.])
		| "\(.): \($a[0][.]) on ours, \($b[0][.])"'
}

same_as_ours() {
	local name

	for name in "${!shots[@]}"; do
		is "$(jq 'length > 60' "$tmp/$1-$name")" true "$1: the report \"$name\" is a full one"
		is "$(differing "$1" "$name")" '' "$1: the report \"$name\" says the same"
	done
	is "$(unknown_of "$1")" "$2" "$1: unknown is only what has to be"
}

declare -A shots
hugepages 64
use "$edu"
with "$edu"
work ours --source=tracepoints
done_with "$edu"
ok "our modules unload" unload_modules

VFIOTOP_MODULES=stock
use "$edu"
work stock --source=auto
is "$(figure .source)" stock "on the distribution's modules that is the source"
done_with "$edu"
ok "they unload" unload_modules
use "$edu"
work runs --source=stock --runs

failure='failures.conflict_iova failures.conflict_size_bytes failures.stage'
same_as_ours stock "containers.leaf_bytes containers.left_pinned_bytes containers.mean_run_bytes containers.runs $failure"
same_as_ours runs "$failure"

done_testing
