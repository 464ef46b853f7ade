# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2207 # words of compgen have no spaces
#
# bash completion for vfiotop, which lists its options itself

_vfiotop() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local letter name argument choices words=

	# bash splits --option=value into three words.
	if [ "$current" = = ]; then
		current=
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	COMPREPLY=()
	while IFS=$'\t' read -r letter name argument choices; do
		if [ "$argument" != - ] && { [ "$previous" = "--$name" ] || [ "$previous" = "-$letter" ]; }; then
			[ "$argument" != FILE ] || compopt -o default
			[ "$argument" != PID ] || choices=$(cd /proc && echo [1-9]*)
			[ "$choices" = - ] || COMPREPLY=($(compgen -W "$choices" -- "$current"))
			return
		fi
		words+=" --$name"
		[ "$letter" = - ] || words+=" -$letter"
	done < <(vfiotop --list-options 2> /dev/null)
	[ "$COMP_CWORD" -gt 1 ] || words+=" record report serve leaks"
	COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _vfiotop vfiotop
