#compdef vfiotop
# SPDX-License-Identifier: GPL-2.0-only
#
# zsh completion for vfiotop, which lists its commands, options and fields itself

_vfiotop_columns() {
	local -a columns
	columns=(${(f)"$(vfiotop --list-fields 2> /dev/null |
		awk '{ sub(/\[\]$/, "", $1); print ($1 ~ /^(report|containers)$/ ? "" : $1 ".") $2 }')"})
	# What follows the last comma of a list.
	[[ $1 = COLUMN ]] || compset -P '*,'
	compadd -a columns
}

_vfiotop_commands() {
	_describe -t commands command commands
}

_vfiotop() {
	local letter name argument choices help action
	local -a specs commands

	while IFS=$'\t' read -r letter name argument choices help; do
		if [[ $letter = command ]]; then
			commands+=("$name:$help")
			continue
		fi
		case $argument in
		-) action= ;;
		FILE) action=":file:_files" ;;
		FOLDER) action=":folder:_files -/" ;;
		PID) action=":process:_pids" ;;
		COLUMN | COLUMNS) action=":columns:_vfiotop_columns $argument" ;;
		*)
			action=":${argument//:/\\:}:"
			[[ $choices = - ]] || action+="($choices)"
			;;
		esac
		help=${${help//\[/\\[}//\]/\\]}
		if [[ $argument = - ]]; then
			specs+=("--${name}[$help]")
		else
			specs+=("--${name}=[$help]$action")
		fi
		[[ $letter = - ]] || specs+=("-${letter}[$help]$action")
	done < <(vfiotop --list-options 2> /dev/null)
	_arguments -s $specs '1:command:_vfiotop_commands' '*:recording:_files'
}

_vfiotop "$@"
