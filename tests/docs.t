#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The documents: links lead somewhere, tables are tables, commands exist, and tests and
# docs/requirements.md know the same rows. What can be run without VFIO is run here; the
# suite docs runs the rest in a virtual machine.

# shellcheck disable=SC2016 # backquotes and dollars are what is looked for
set -uo pipefail

cd "$(dirname "$0")/.." || exit
pages=(README.md docs/*.md tracepoints/README.md)
vfiotop=build/vfiotop
number=0 failures=0

# nothing DESCRIPTION COMMAND...: passes when the command prints nothing.
nothing() {
	local description=$1 output
	shift

	number=$((number + 1))
	output=$("$@" 2>&1)
	if [ -z "$output" ]; then
		echo "ok $number - $description"
	else
		failures=$((failures + 1))
		echo "not ok $number - $description"
		echo "# ${output//$'\n'/$'\n# '}"
	fi
}

# prose PAGE: without its code blocks
prose() {
	awk '/^```/ { code = !code; print ""; next } { print code ? "" : $0 }' "$1"
}

# commands PAGE: the command lines of its code blocks and of `code` in its text, one a line
commands() {
	{
		awk '/^```/ { code = !code && $0 == "```"; next } code' "$1" |
			awk '/\\$/ { sub(/\\$/, ""); printf "%s", $0; next } { print }'
		prose "$1" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`'
	} | sed -E 's/ +# .*//; s/ *(&&|;|\|) */\n/g' |
		sed -nE 's/^(sudo )?(build\/)?((make|vfiotop|tests\/vm\/[a-z]+|scripts\/[a-z-]+)( .*)?)$/\3/p'
}

# anchors PAGE: as the forge makes them of headings
anchors() {
	prose "$1" | sed -n 's/^#\+ //p' | tr '[:upper:]' '[:lower:]' |
		sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

dead_links() {
	local page target file anchor

	for page in "${pages[@]}"; do
		while read -r target; do
			case $target in
			http*) continue ;;
			esac
			file=${target%%#*} anchor=
			[[ $target != *'#'* ]] || anchor=${target#*#}
			file=${file:+$(dirname "$page")/$file}
			file=${file:-$page}
			if [ ! -e "$file" ]; then
				echo "$page: $target does not exist"
			elif [ -n "$anchor" ] && ! anchors "$file" | grep -qxF -e "$anchor"; then
				echo "$page: $target: no such heading"
			fi
		done < <(prose "$page" | grep -oE '\]\([^) ]+\)' | sed 's/^](//; s/)$//')
	done
}

# Files of this project that are named as `folder/file`.
missing_files() {
	local page name

	for page in "${pages[@]}"; do
		while read -r name; do
			compgen -G "$name" > /dev/null || compgen -G "$(dirname "$page")/$name" > /dev/null ||
				echo "$page: there is no $name"
		done < <(prose "$page" | grep -oE '`(\.\./)?(bpf|docs|drivers|scripts|tests|tools|tracepoints)/[^` ]*`' | tr -d '`')
	done
}

# A table is a header, a line of dashes and rows, of as many cells.
broken_tables() {
	local page

	for page in "${pages[@]}"; do
		prose "$page" | awk -v page="$page" '
			function cells(line) { gsub(/\\\|/, "", line); return gsub(/\|/, "|", line) - 1 }
			!/^\|/ { if (rows == 1) print page ":" NR - 1 ": a row without a table"; rows = 0; next }
			{ rows++ }
			rows == 1 { width = cells($0) }
			rows == 2 && !/^\|( *:?-+:? *\|)+$/ { print page ":" NR ": no line of dashes under the header" }
			cells($0) != width { print page ":" NR ": " cells($0) " cells, the header has " width }
			!/\|$/ { print page ":" NR ": a row without an end" }'
	done
}

# Verbs of make, and variables that the Makefile knows.
unknown_verbs() {
	local page command word verbs

	verbs=$(make -s help | sed 's/ .*//')
	for page in "${pages[@]}"; do
		while read -r command; do
			for word in ${command#make}; do
				case $word in
				[A-Z]*=*) grep -qE "\\b${word%%=*}\\b" Makefile scripts/* && continue ;;
				*) grep -qx -e "$word" <<< "$verbs" && continue ;;
				esac
				echo "$page: $command: make knows no $word"
			done
		done < <(commands "$page" | grep '^make\b' | sed 's/\$([^)]*)//g')
	done
}

# unknown_options PROGRAM: options that its help does not have
unknown_options() {
	local page option help

	help=$("$1" --help 2>&1)
	for page in "${pages[@]}"; do
		while read -r option; do
			grep -qE -e "(^|[ ,[])${option%%=*}\\b" <<< "$help" || echo "$page: ${1##*/} has no $option"
		done < <({
			commands "$page" | grep "^\(tests/vm/\)\?${1##*/}\b" | tr ' ' '\n' | grep '^-'
			# Alone, too, where the page is about nothing else.
			case $page in
			docs/vfiotop.md | docs/json.md)
				[ "$1" != $vfiotop ] || prose "$page" | grep -oE '`--?[a-z-]+' | tr -d '`' ;;
			esac
		} | sort -u)
	done
}

# Commands that need VFIO: a suite runs the same.
unrun_commands() {
	local page command

	for page in README.md docs/install.md; do
		while read -r command; do
			grep -rqF -e "$command" tests/vm/suites || echo "$page: no suite runs: $command"
		done < <({
			awk '/^```/ { code = !code; next } code' "$page"
			prose "$page" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`'
		} | sed -E 's/ +# .*//; s/^sudo //; s/ *(&&|;) *(sudo )?/\n/g' | grep -E '^modprobe ')
	done
}

# Rows of docs/requirements.md: all, and those that say that nothing tests them
rows() {
	sed -nE 's/^\| ([A-Z][0-9]+) \|.*/\1/p' docs/requirements.md | sort
}

untested_rows() {
	sed -nE 's/^\| ([A-Z][0-9]+) \|.*Not tested yet.*/\1/p' docs/requirements.md | sort
}

# The rows that descriptions of tests begin with: "T4, T5: ..."
cited_rows() {
	grep -rhoE '\b[CTPSD][0-9]+((, | and )[CTPSD][0-9]+)*: ' tests --include='*.sh' --include='*.bash' \
		--include='*.c' --include='*.t' | grep -oE '[CTPSD][0-9]+' | sort -u
}

undefined_rows() {
	comm -23 <(cited_rows) <(rows)
}

forgotten_rows() {
	comm -3 <(comm -23 <(rows) <(cited_rows)) <(untested_rows)
}

[ -x $vfiotop ] || {
	echo "Bail out! $vfiotop is not built"
	exit 1
}

echo "TAP version 13"
nothing "every link leads somewhere" dead_links
nothing "every file that is named exists" missing_files
nothing "every table is one" broken_tables
nothing "make knows every verb" unknown_verbs
nothing "vfiotop knows every option" unknown_options $vfiotop
nothing "so does the virtual machine's runner" unknown_options tests/vm/run
nothing "a suite runs what needs VFIO" unrun_commands
nothing "rows are defined once" uniq -d <(rows)
nothing "every row that a test names is defined" undefined_rows
nothing "every row is named by a test, or said not to be tested yet" forgotten_rows
echo "1..$number"
[ "$failures" -eq 0 ]
