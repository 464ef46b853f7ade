#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rows C11, T5, T7: whatever allocation fails in the modules, or in what they call, all that
# was done is undone. Needs a kernel that can fail them: see tests/vm/debug-kernel.config.

# shellcheck source=tests/vm/suites/common.bash
. "$VFIOTOP_ROOT/tests/vm/suites/common.bash"

debugfs=/sys/kernel/debug
[ -d $debugfs/failslab ] || plan_skip_all "this kernel does not fail allocations"

# Where the code of our modules is, from the first to behind the last.
text_of_modules() {
	local name size _ start end first=-1 behind=0

	while read -r name size _ _ _ start _; do
		[[ $name = vfio* ]] || continue
		end=$((start + size))
		# Addresses of the kernel are negative numbers, in the same order.
		if [ $behind -eq 0 ] || [ $((start)) -lt $((first)) ]; then first=$start; fi
		if [ $behind -eq 0 ] || [ $end -gt $behind ]; then behind=$end; fi
	done < /proc/modules
	printf '0x%x 0x%x\n' "$first" "$behind"
}

# spare FIRST LAST: from which function of the kernel to which one nothing is to fail. They are
# listed in the order of their addresses.
spare() {
	read -r spared spared_end < <(awk -v first="$1" -v last="$2" '
		behind { print "0x" start, "0x" $1; exit }
		$3 == first { start = $1 }
		$3 == last { behind = 1 }' /proc/kallsyms)
}

# Which allocations fail: where our modules are on the stack, in tasks that ask for it. Not in
# what a part of the kernel calls, which does not survive that itself.
set_filter() {
	local first behind attribute

	read -r first behind < <(text_of_modules)
	for attribute in $debugfs/failslab $debugfs/fail_page_alloc; do
		echo 0 > "$attribute/verbose"
		echo N > "$attribute/ignore-gfp-wait"
		echo 32 > "$attribute/stacktrace-depth"
		echo "$first" > "$attribute/require-start"
		echo "$behind" > "$attribute/require-end"
		echo "$spared" > "$attribute/reject-start"
		echo "$spared_end" > "$attribute/reject-end"
	done
	echo 0 > $debugfs/fail_page_alloc/min-order
	echo N > $debugfs/fail_page_alloc/ignore-gfp-highmem
}

# Those of the kernel's checks do not count: they are many, and without memory for what they note
# the checks end.
spare_checks() {
	local cache

	for cache in /sys/kernel/slab/*; do
		[[ ${cache##*/} = @(kmemleak_*|debug_objects_cache) ]] || echo 1 > "$cache/failslab" || return
	done
	echo Y > "$debugfs/failslab/cache-filter"
}

hugepages 8
use "$edu" "$edu2" "$aer" "$e1000e"
load_test_module vfio_test_emulated
ok "only what the modules allocate fails" spare_checks
# All of ACPI's interpreter, which uses what it has freed: seen with KASAN on 6.12.117 in
# acpi_ns_get_attached_object, below acpi_pci_irq_enable.
spare acpi_ds_execute_arguments acpi_release_mutex
set_filter
check alloc-fails "$edu" "$edu2"
check pci-alloc-fails "$aer" "$e1000e"
with_emulated "$edu"
check_device emulated-alloc-fails

# The files of an interrupt in /proc/irq that could not be made are missed when they are removed:
# a warning in remove_proc_entry.
spare register_irq_proc register_irq_proc
set_filter
check irq-alloc-fails "$edu"
rmmod vfio_test_emulated

is "$(vmstat_pins)" 0 "T5: nothing stays pinned"
ok "C11: the modules unload" reload

done_testing
