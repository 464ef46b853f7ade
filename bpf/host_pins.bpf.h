/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's count of pinned pages, of all CPUs together and of all users of pins. Reading it
 * disturbs no CPU, as a write to /proc/sys/vm/stat_refresh would.
 */
#ifndef VFIOTOP_HOST_PINS_BPF_H
#define VFIOTOP_HOST_PINS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "kernel.bpf.h"
#include "pin_counters.bpf.h"
#include "vfiotop.h"

/* How many nodes there can be; set before loading. More than PIN_NODES: nothing is found. */
const volatile __u32 host_nodes = 0;

struct finding {
	struct pglist_data *node;
	__u64 offsets;
	__u32 index;
	bool cooperative;
};

/* Of the variable preempt_dynamic_mode: none, voluntary, full, lazy. */
#define PREEMPT_VOLUNTARY 1

/* From pages unpinned to pages pinned, in the arrays of counts. */
static __always_inline long acquired_index(void)
{
	return (long)bpf_core_enum_value(enum node_stat_item, NR_FOLL_PIN_ACQUIRED) -
	       (long)bpf_core_enum_value(enum node_stat_item, NR_FOLL_PIN_RELEASED);
}

/* One CPU's counter of a node. */
static int find_counter(__u32 cpu, struct finding *finding)
{
	struct pin_counters *counters = bpf_map_lookup_elem(&pin_counters, &cpu);
	__u32 item = bpf_core_enum_value(enum node_stat_item, NR_FOLL_PIN_RELEASED);
	struct per_cpu_nodestat *pending;
	struct pglist_data *node = finding->node;
	__u32 index = finding->index;
	__u64 offset = 0;

	if (!counters || index >= PIN_NODES)
		return 1;
	pending = BPF_CORE_READ(node, per_cpu_nodestats);
	bpf_probe_read_kernel(&offset, sizeof(offset), (void *)(finding->offsets + cpu * 8ULL));
	counters->nodes[index].pending =
		(__u64)pending + offset +
		bpf_core_field_offset(struct per_cpu_nodestat, vm_node_stat_diff) + item;
	counters->cooperative = finding->cooperative;
	counters->nodes[index].folded =
		(__u64)node + bpf_core_field_offset(struct pglist_data, vm_stat) + item * 8ULL;
	return 0;
}

/* Returns how many nodes were found. */
SEC("syscall")
int host_find(void *ctx)
{
	struct finding finding = {};
	__u64 nodes = 0, flat = 0, mode = 0;
	int preempt = -1;
	__u32 i;

	if (!bpf_core_enum_value_exists(enum node_stat_item, NR_FOLL_PIN_RELEASED) ||
	    host_nodes > PIN_NODES)
		return 0;
	bpf_kallsyms_lookup_name("__per_cpu_offset", sizeof("__per_cpu_offset"), 0,
				 (void *)&finding.offsets);
	bpf_kallsyms_lookup_name("node_data", sizeof("node_data"), 0, (void *)&nodes);
	bpf_kallsyms_lookup_name("contig_page_data", sizeof("contig_page_data"), 0, (void *)&flat);
	if (!finding.offsets || (!nodes && !flat))
		return 0;
	bpf_kallsyms_lookup_name("preempt_dynamic_mode", sizeof("preempt_dynamic_mode"), 0,
				 (void *)&mode);
	if (mode)
		bpf_probe_read_kernel(&preempt, sizeof(preempt), (void *)mode);
	finding.cooperative = preempt >= 0 && preempt <= PREEMPT_VOLUNTARY;
	for (i = 0; i < PIN_NODES && i < host_nodes; i++) {
		finding.node = (void *)flat;
		if (nodes)
			bpf_probe_read_kernel(&finding.node, sizeof(finding.node),
					      (void *)(nodes + i * 8ULL));
		if (!finding.node)
			continue;
		bpf_loop(1U << 16, find_counter, &finding, 0);
		finding.index++;
	}
	return finding.index;
}

/* While the CPUs are walked. */
static struct vt_host_pins host_sum;

/* Runs once for each CPU, and once more at the end. */
SEC("iter/bpf_map_elem")
int host_pins(struct bpf_iter__bpf_map_elem *ctx)
{
	const __u32 *key = ctx->key;
	bool ends = !key;
	__u32 cpu = ends ? 0 : *key;
	const struct pin_counters *counters = bpf_map_lookup_elem(&pin_counters, &cpu);
	long acquired = acquired_index();
	int i;

	if (ends) {
		for (i = 0; counters && i < PIN_NODES && counters->nodes[i].folded; i++) {
			struct pin_counter counter = counters->nodes[i];

			host_sum.released += pin_folded(&counter);
			counter.folded += acquired * 8;
			host_sum.acquired += pin_folded(&counter);
		}
		bpf_seq_write(ctx->meta->seq, &host_sum, sizeof(host_sum));
		return 0;
	}
	if (!cpu) {
		host_sum.acquired = 0;
		host_sum.released = 0;
	}
	for (i = 0; counters && i < PIN_NODES && counters->nodes[i].folded; i++) {
		struct pin_counter counter = counters->nodes[i];

		host_sum.released += pin_pending(&counter);
		counter.pending += acquired;
		host_sum.acquired += pin_pending(&counter);
	}
	return 0;
}

#endif /* VFIOTOP_HOST_PINS_BPF_H */
