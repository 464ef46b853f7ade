#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion in bash, zsh and fish, by the Tab key in a real terminal, tmux's, from the files as
# they are installed.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh

tmp=$(mktemp -d)
export LC_ALL=C.UTF-8 TMUX_TMPDIR=$tmp HOME=$tmp
trap 'terminal kill-server 2> /dev/null; rm -rf "$tmp"' EXIT
socket=vfiotop-completion-$$
touch "$tmp/a-recording"

terminal() {
	tmux -u -L "$socket" -f /dev/null "$@"
}

shows() {
	[[ $(terminal capture-pane -t "$shell" -p -J) == *"$1"* ]]
}

# completes TYPED EXPECTED: by Tab
completes() {
	terminal send-keys -t "$shell" -l "vfiotop $1"
	terminal send-keys -t "$shell" Tab
	if wait_until shows "vfiotop $2"; then
		pass "$shell: '$1' becomes '$2'"
	else
		fail "$shell: '$1' becomes '$2'"
		diag "$(terminal capture-pane -t "$shell" -p -J)"
	fi
	# The line away, and what was listed below it.
	terminal send-keys -t "$shell" C-u
	terminal send-keys -t "$shell" C-l
}

ok "it is installed" make -s -C tools/vfiotop install "DESTDIR=$tmp/root" PREFIX=/usr
share=$tmp/root/usr/share
PATH=$tmp/root/usr/bin:$PATH

declare -A starts=(
	[bash]="bash --norc --noprofile"
	[zsh]="zsh -f"
	[fish]="fish --no-config"
)
declare -A loads=(
	[bash]=". $share/bash-completion/completions/vfiotop"
	[zsh]="fpath=($share/zsh/site-functions \$fpath); autoload -U compinit; compinit -u -D"
	[fish]="source $share/fish/vendor_completions.d/vfiotop.fish"
)
# Their sessions all stay: after the last one tmux would end, while the next one begins.
for shell in bash zsh fish; do
	if ! command -v "$shell" > /dev/null; then
		skip "$shell completes" "no $shell here"
		continue
	fi
	terminal new-session -d -s "$shell" -x 100 -y 30 -c "$tmp" "${starts[$shell]}"
	terminal send-keys -t "$shell" "${loads[$shell]}; echo loa''ded" Enter
	wait_until shows loaded
	terminal send-keys -t "$shell" C-l
	completes adv advise
	completes --anon --anonymise
	completes '--format js' '--format json'
	completes '--source=trace' '--source=tracepoints'
	completes '--replay a-rec' '--replay a-recording'
	completes '-s superpage_p' '-s superpage_percent'
	completes '-o id,groups.op' '-o id,groups.open'
done

done_testing
