# SPDX-License-Identifier: GPL-2.0-only
#
# fish completion for vfiotop, which lists its commands, options and fields itself

function __vfiotop_columns
    vfiotop --list-fields 2>/dev/null |
        awk '{ sub(/\[\]$/, "", $1); print ($1 ~ /^(report|containers)$/ ? "" : $1 ".") $2 }'
end

# Those of a list: what was typed before the last comma stays before each.
function __vfiotop_column_list
    set -l before (commandline -ct | string replace -r '^--?[a-z]+=?' '' | string match -r '.*,')
    __vfiotop_columns | string replace -r '^' "$before"
end

complete -c vfiotop -f

vfiotop --list-options 2>/dev/null | while read -l -d \t letter name argument choices help
    if test "$letter" = command
        complete -c vfiotop -n __fish_use_subcommand -a $name -d $help
        continue
    end
    set -l option -l $name -d $help
    test "$letter" = -; or set -a option -s $letter
    switch $argument
        case -
        case FILE
            set -a option -r -F
        case FOLDER
            set -a option -x -a '(__fish_complete_directories)'
        case PID
            set -a option -x -a '(__fish_complete_pids)'
        case COLUMN
            set -a option -x -a '(__vfiotop_columns)'
        case COLUMNS
            set -a option -x -a '(__vfiotop_column_list)'
        case '*'
            if test "$choices" = -
                set -a option -x
            else
                set -a option -x -a $choices
            end
    end
    complete -c vfiotop $option
end

# What a report is made of, and what record and serve are about.
complete -c vfiotop -n '__fish_seen_subcommand_from report' -F
complete -c vfiotop -n '__fish_seen_subcommand_from advise' -a '(__fish_complete_pids)'
