// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's own count of pages unpinned as a witness of what mappings give back.
 *
 * Each CPU counts for itself, and adds its count to that of the node now and then. A task that
 * stays on its CPU finds all that it has unpinned in the sum of both: others only make the sum
 * larger. So pages that are missing in it did not come back, whoever else pins memory. Where
 * the kernel itself may be interrupted by other tasks, one of these may have been stopped between
 * its own count and the node's: a task must not even have left its CPU.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/vmstat.h>

#include "type1.h"

/* What a CPU counts before it adds that to its node's count: less than so many pages. */
#define VFIO_PIN_PENDING_MAX 127

/* How often the task has left its CPU, as far as that matters. */
static unsigned long vfio_pin_moves(void)
{
	if (preempt_model_none() || preempt_model_voluntary())
		return current->se.nr_migrations;
	return current->nvcsw + current->nivcsw;
}

/* What this CPU has counted, and what others have added to the nodes' counts. */
static unsigned long vfio_pin_released(unsigned int *nodes)
{
	unsigned long released = 0;
	unsigned int node;

	*nodes = 0;
	/* Few nodes: to search the map of all that there might be costs more than to ask each. */
	for (node = 0; node < nr_node_ids; node++) {
		struct pglist_data *data = NODE_DATA(node);

		if (!node_online(node))
			continue;
		released += atomic_long_read(&data->vm_stat[NR_FOLL_PIN_RELEASED]);
		released += raw_cpu_read(
			data->per_cpu_nodestats->vm_node_stat_diff[NR_FOLL_PIN_RELEASED]);
		++*nodes;
	}
	return released;
}

/**
 * vfio_pin_mark - the count before pages are unpinned
 * @mark: gets it
 */
void vfio_pin_mark(struct vfio_pin_mark *mark)
{
	mark->moves = vfio_pin_moves();
	mark->released = vfio_pin_released(&mark->nodes);
}

/**
 * vfio_pin_missing - how many pages were certainly not unpinned
 * @mark: the count before; all 0 if it was not taken, and then nothing is known
 * @expected: pages that should have been unpinned since
 *
 * With each move, a count that was not yet added to its node's may be out of sight.
 *
 * Return: pages.
 */
unsigned long vfio_pin_missing(const struct vfio_pin_mark *mark, unsigned long expected)
{
	unsigned int nodes;
	unsigned long seen = vfio_pin_released(&nodes) - mark->released;

	if (nodes != mark->nodes)
		return 0;
	seen += (vfio_pin_moves() - mark->moves) * nodes * VFIO_PIN_PENDING_MAX;
	return expected > seen ? expected - seen : 0;
}
