# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2207 # words of compgen have no spaces
#
# bash completion for vfiotop, which lists its commands, options and fields itself

_vfiotop_columns() {
	vfiotop --list-fields 2> /dev/null |
		awk '{ sub(/\[\]$/, "", $1); print ($1 ~ /^(report|containers)$/ ? "" : $1 ".") $2 }'
}

_vfiotop() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local letter name argument choices words='' commands='' before=''

	# bash splits --option=value into three words.
	if [ "$current" = = ]; then
		current=
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	COMPREPLY=()
	while IFS=$'\t' read -r letter name argument choices _; do
		if [ "$letter" = command ]; then
			commands+=" $name"
			continue
		fi
		if [ "$argument" != - ] && { [ "$previous" = "--$name" ] || [ "$previous" = "-$letter" ]; }; then
			case $argument in
			FILE) compopt -o default ;;
			FOLDER) compopt -o dirnames ;;
			PID) choices=$(cd /proc && echo [1-9]*) ;;
			COLUMN | COLUMNS) choices=$(_vfiotop_columns) ;;
			esac
			if [ "$argument" = COLUMNS ] && [[ $current == *,* ]]; then
				before=${current%,*},
			fi
			[ "$choices" = - ] ||
				COMPREPLY=($(compgen -P "$before" -W "$choices" -- "${current#"$before"}"))
			return
		fi
		words+=" --$name"
		[ "$letter" = - ] || words+=" -$letter"
	done < <(vfiotop --list-options 2> /dev/null)
	[ "$COMP_CWORD" -gt 1 ] || words+=$commands
	COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _vfiotop vfiotop
