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

# What overflows is answered otherwise by the modules of Linux 7.3.
errnos='(.failures[] | select(.stage == "overflow" and .ret == -75) | .ret) = -22'

# Whoever has what, has been looked for since it was opened.
holders_known() {
	reports_that '[.containers[] | select(.released_ns == null) | .holders != null] | all'
}

# shot NAME: the report of this moment as $tmp/SET-NAME, with no container but that of $pid, and
# no alert of another: how long those stay depends on when they were released.
shot() {
	wait_until holders_known
	jq --argjson pid "$pid" ".containers |= map(select(.pid == \$pid)) |
		.alerts |= map(select(.container == null or .pid == \$pid)) | $errnos | $comparable" \
		"$tmp/report" > "$tmp/$set-$1"
	shots[$1]=yes
}

# work SET OPTION...: what is compared, on the modules of this set
work() {
	set=$1
	shift

	watch_with "$@"
	start_ready "$set: a process maps" map "$workloads/hugemap" "${device[@]}" --size 8 \
		--count 2 --hold
	pid=${pid_of[map]}
	shot mapped
	finish "$set: it ends" map 0
	shot unmapped
	start_ready "$set: a leaker maps" leak "$workloads/leaker" "${device[@]}" --count 16 --size 64
	pid=${pid_of[leak]}
	finish_by KILL "$set: it is killed" leak 137
	shot killed
	start_ready "$set: a process maps and unmaps before it chooses a backend" early \
		"$workloads/failmap" "${device[@]}" --early
	pid=${pid_of[early]}
	shot early
	is "$(figure ".failures[] | select(.pid == $pid) | \"\(.operation) \(.ret) \(.stage)\"" | paste -sd ' ')" \
		"device-open -22 null map -22 backend unmap -22 backend" "$set: T4: both are failures"
	is "$(figure ".failures[] | select(.pid == $pid) | .text" | grep -c ': no IOMMU backend chosen yet$')" 2 \
		"$set: T4: and say why"
	is "$(figure ".failures[] | select(.operation == \"device-open\" and .pid == $pid) | .name")" "$edu" \
		"$set: the device is named without the token"
	is "$(grep -c vf_token "$tmp/report") $(figure '[.devices[].address] | unique | length')" "0 1" \
		"$set: which is nowhere"
	finish "$set: it ends" early 0
	start_ready "$set: maps fail" fail "$workloads/failmap" "${device[@]}"
	pid=${pid_of[fail]}
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
			| split(".") | map(select(test("^[0-9]+$") | not)) | join(".")'
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
		is "$(jq 'length > 40' "$tmp/$1-$name")" true "$1: the report \"$name\" is a full one"
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
ok "our modules unload" wait_until unload_modules

VFIOTOP_MODULES=stock
use "$edu"
work stock --source=auto
is "$(figure .source)" stock "on the distribution's modules that is the source"
done_with "$edu"
ok "they unload" wait_until unload_modules
use "$edu"
work runs --source=stock --runs

backing="containers.backing.bar_bytes containers.backing.other_bytes containers.backing.ram_bytes"
same_as_ours stock "$backing containers.left_pinned_bytes containers.teardown.pinned_bytes"
same_as_ours runs "$backing"

done_testing
