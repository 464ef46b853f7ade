# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For scripts that take packages apart without installing them: an apt of their own.
# Sets apt_options, for apt-get and apt-cache.

apt_options=()

# use_suites FOLDER ARCHITECTURES SUITE...: from here on apt knows nothing but these suites
# and architectures (comma-separated), taken from the mirror of Debian that the machine
# uses; what it learns stays in FOLDER.
use_suites() {
	local folder=$1 architectures=$2 mirror suite architecture
	shift 2

	mirror=$("$(dirname "${BASH_SOURCE[0]}")/debian-mirror") || return
	mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
	for suite; do
		echo "deb [arch=$architectures] $mirror $suite main"
	done > "$folder/sources.list"
	apt_options=(-o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache"
		-o APT::Sandbox::User="$(id -un)" -o Acquire::http::Timeout=60)
	for architecture in ${architectures//,/ }; do
		apt_options+=(-o "APT::Architectures::=$architecture")
	done
	apt-get -qq "${apt_options[@]}" update
}

# unpack_packages FOLDER PACKAGE...: downloads packages and unpacks them into FOLDER.
unpack_packages() {
	local folder=$1 debs deb
	shift

	debs=$(mktemp -d)
	if ! (cd "$debs" && apt-get -qq "${apt_options[@]}" -o APT::Sandbox::User="$(id -un)" \
		download "$@"); then
		rm -rf "$debs"
		return 1
	fi
	mkdir -p "$folder"
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$folder"
	done
	rm -rf "$debs"
}
