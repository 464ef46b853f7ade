# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2207 # words of compgen have no spaces
#
# bash completion for vfiotop

_vfiotop() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}

	# bash splits --option=value into three words.
	if [ "$current" = = ]; then
		current=
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	COMPREPLY=()
	case $previous in
	-p | --pid)
		COMPREPLY=($(compgen -W "$(cd /proc && echo [1-9]*)" -- "$current"))
		;;
	--attach)
		COMPREPLY=($(compgen -W 'auto tp_btf raw_tp' -- "$current"))
		;;
	--source)
		COMPREPLY=($(compgen -W 'auto tracepoints stock kprobes iommu proc' -- "$current"))
		;;
	--disable-feature)
		COMPREPLY=($(compgen -W "tracepoints types fentry kprobes iommu bpf $(vfiotop --info --json 2> /dev/null |
			grep -o 'vfio_[a-z0-9_]*":' | tr -d '":' | tr '\n' ' ')" -- "$current"))
		;;
	-d | --delay | -n | --count | --max-containers | --ready-fd) ;;
	*)
		COMPREPLY=($(compgen -W '-b -d -n -p --batch --delay --count --pid --once --json
			--source --runs --info --disable-feature --attach --max-containers --ready-fd --list-fields --debug --help
			--version' -- "$current"))
		;;
	esac
}

complete -F _vfiotop vfiotop
