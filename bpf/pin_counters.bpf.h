/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's own count of pages unpinned, whoever pinned them: nr_foll_pin_released of
 * /proc/vmstat. It is the witness of what mappings give back.
 *
 * Each CPU counts for itself, and adds its count to that of the node now and then. A task that
 * stays on its CPU finds all that it has unpinned in the sum of both: others only make the sum
 * larger. So pages that are missing in it did not come back, and no other user of pins can
 * make it look so. Where the kernel itself may be interrupted by other tasks, one of these may
 * have been stopped between its own count and the node's: a task must not even have left its CPU.
 */
#ifndef VFIOTOP_PIN_COUNTERS_BPF_H
#define VFIOTOP_PIN_COUNTERS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "kernel.bpf.h"
#include "vfiotop.h"
#include "words.bpf.h"

/* On a host with more nodes nothing is known. */
#define PIN_NODES 8

/* What a CPU counts before it adds that to its node's count: less than so many pages. */
#define PIN_PENDING_MAX 127

/* Addresses of a node's count of pages unpinned, and of a CPU's own; 0 where there is none. */
struct pin_counter {
	__u64 folded;
	__u64 pending;
};

/* @cooperative: a task in the kernel leaves its CPU only where it wants to. */
struct pin_counters {
	struct pin_counter nodes[PIN_NODES];
	__u64 cooperative;
};

/* By CPU. Filled once, see host_pins.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pin_counters);
} pin_counters SEC(".maps");

static __always_inline __u64 pin_folded(const struct pin_counter *counter)
{
	return word_read(counter->folded);
}

static __always_inline __u64 pin_pending(const struct pin_counter *counter)
{
	__u64 at = counter->pending;

	return (signed char)word_byte(word_read(at & ~7ULL), at);
}

/* How often a task has left its CPU, as far as that matters. */
static __always_inline __u64 moves_of(const struct task_struct *task,
				      const struct pin_counters *counters)
{
	return counters->cooperative ? task->se.nr_migrations : task->nvcsw + task->nivcsw;
}

/* Both counts of a node. */
static __always_inline __u64 pin_of_node(const struct pin_counter *counter)
{
	__u64 at = counter->pending;

	if (!word_type)
		return word_probe(counter->folded) +
		       (signed char)word_byte(word_probe(at & ~7ULL), at);
	return word_cast(counter->folded) + (signed char)word_byte(word_cast(at & ~7ULL), at);
}

/* Those of the current CPU, or NULL. */
static __always_inline const struct pin_counters *pin_counters_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&pin_counters, &cpu);
}

/* All but how often the task has moved. */
static __always_inline void pin_sum(struct vt_pin_mark *mark, const struct pin_counters *counters)
{
	__u64 released = 0;
	int i;

	for (i = 0; i < PIN_NODES && counters->nodes[i].folded; i++)
		released += pin_of_node(&counters->nodes[i]);
	mark->released = released;
	mark->nodes = i;
}

static __always_inline void pin_mark(struct vt_pin_mark *mark, const struct task_struct *task)
{
	const struct pin_counters *counters = pin_counters_here();

	mark->released = 0;
	mark->moves = 0;
	mark->nodes = 0;
	if (!counters)
		return;
	mark->moves = moves_of(task, counters);
	pin_sum(mark, counters);
}

/*
 * How many of @expected pages did not come back between the two, as far as is in sight; negative
 * where more were unpinned, by the task or by others.
 */
static __always_inline __s64 pin_missing(const struct vt_pin_mark *then,
					 const struct vt_pin_mark *now, __u64 expected)
{
	if (!then->nodes || now->nodes != then->nodes)
		return 0;
	return expected - (now->released - then->released);
}

/* Of these, so many may have: with each move, a count not yet added to its node's gets lost. */
static __always_inline __u64 pin_out_of_sight(const struct vt_pin_mark *then,
					      const struct vt_pin_mark *now)
{
	return (now->moves - then->moves) * now->nodes * PIN_PENDING_MAX;
}

#endif /* VFIOTOP_PIN_COUNTERS_BPF_H */
