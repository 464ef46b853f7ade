# SPDX-License-Identifier: GPL-2.0-only
#
# Compares what vfio-abi wrote down with what the kernel's own modules answer.
#
#	awk -v kernel=6.12 -f compare.awk [LIST] STOCK ANSWERS
#
# LIST is docs/abi.md, whose table under "Answers" has the differences that may be and must be; without
# it there may be none. Prints TAP without numbers: a test a section, a test a row.

function glob(text,  regex) {
	regex = text
	gsub(/[][\\^$.|?()+{}]/, "\\\\&", regex)
	gsub(/\*/, ".*", regex)
	return "^" regex "$"
}

# The text of a cell, without blanks and code marks around it.
function cell(text) {
	gsub(/^[ \t]*`?|`?[ \t]*$/, "", text)
	return text
}

function section_of(name,  parts, count) {
	count = split(name, parts, "/")
	return count > 2 ? parts[1] "/" parts[2] : parts[1]
}

# Is a difference in the list?
function listed(name,  i, found) {
	for (i = 1; i <= rows; i++) {
		if (name ~ pattern[i] && answers[name] ~ ours[i] && stock[name] ~ theirs[i]) {
			used[i]++
			found = 1
		}
	}
	return found
}

function check(name,  section) {
	section = section_of(name)
	if (!(section in cases))
		order[++sections] = section
	cases[section]++
	if (!(name in stock))
		stock[name] = "nothing"
	if (!(name in answers))
		answers[name] = "nothing"
	if (stock[name] != answers[name] && !listed(name))
		different[section] = different[section] \
			sprintf("# %s\n#   stock: %s\n#   here:  %s\n", name, stock[name], answers[name])
}

FNR == 1 {
	file++
}

FILENAME ~ /\.md$/ {
	if (/^## /)
		answers_section = /^## Answers/
	if (answers_section && /^\| *`/) {
		split($0, column, "|")
		if (column[3] !~ "all" && index("," cell(column[3]) ",", "," kernel ",") == 0)
			next
		rows++
		title[rows] = cell(column[2])
		pattern[rows] = glob(title[rows])
		ours[rows] = glob(cell(column[4]))
		theirs[rows] = glob(cell(column[5]))
	}
	last_list = file
	next
}

/^[a-z]+\// {
	name = $1
	answer = substr($0, length($1) + 2)
	if (file == last_list + 1) {
		if (name in stock)
			twice = twice " " name
		stock[name] = answer
		names[++count] = name
	} else {
		answers[name] = answer
		if (!(name in stock))
			names[++count] = name
	}
}

END {
	for (i = 1; i <= count; i++)
		check(names[i])
	for (i = 1; i <= sections; i++) {
		section = order[i]
		printf "%s - %s: %d answers as of the kernel's own modules\n%s",
			section in different ? "not ok" : "ok", section, cases[section],
			different[section]
	}
	for (i = 1; i <= rows; i++)
		printf "%s - %s: differs as docs/abi.md says\n", used[i] ? "ok" : "not ok", title[i]
	printf "%s - each case has a name of its own\n", twice ? "not ok" : "ok"
	if (twice)
		print "#" twice
}
