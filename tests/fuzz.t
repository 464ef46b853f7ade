#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The hostile input that fuzzing has collected, once more: no sanitizer complains, and what
# comes out is text, JSON and markup without control bytes. "make fuzz" looks for more of it.

cd "$(dirname "$0")/.." || exit
# shellcheck source=tests/vm/guest/lib.sh
. tests/vm/guest/lib.sh

export ASAN_OPTIONS=quarantine_size_mb=1

# harmless TARGET INPUT...
harmless() {
	local output

	output=$(timeout 300 build/fuzz/"$1" "${@:2}" 2>&1) && return
	diag "$(tail -n 30 <<< "$output")"
	return 1
}

ok "fuzz: hostile names and records do no harm" harmless snapshot tests/fuzz/corpus/snapshot/*
ok "fuzz: neither do hostile recordings" harmless recording tests/fuzz/corpus/recording/* tests/recordings/*.vfiotop
ok "fuzz: neither do hostile requests" harmless request tests/fuzz/corpus/request/*
done_testing
