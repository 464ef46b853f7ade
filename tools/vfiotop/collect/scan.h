/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc and /sys show: VFIO groups and their devices, and the processes that have open
 * VFIO files, as far as the caller may see these.
 */
#ifndef VFIOTOP_SCAN_H
#define VFIOTOP_SCAN_H

#include "pace.h"
#include "pci.h"
#include "processes.h"
#include "snapshot.h"

/**
 * struct scan - what was found
 * @groups: groups, each with a process that has its file
 * @n_groups: how many
 * @devices: devices in these
 * @n_devices: how many
 * @processes: processes, with their files and locked memory
 * @n_processes: how many
 * @unseen_known: the following is known
 * @unseen: processes whose open files could not be examined
 * @failed: out of memory: some are missing
 * @pace: when that was
 */
struct scan {
	struct group_snapshot *groups;
	size_t n_groups;
	struct device_snapshot *devices;
	size_t n_devices;
	struct process_snapshot *processes;
	size_t n_processes;
	bool unseen_known;
	uint64_t unseen;
	bool failed;
	struct pace pace;
};

/**
 * scan_look - look again
 * @scan: is replaced; all zeros in the beginning
 *
 * It looks again only when that takes no more than a fiftieth of the time: else @scan stays
 * as it is.
 */
void scan_look(struct scan *scan);

/**
 * scan_read - make what was found rows of a snapshot
 * @scan: from scan_look()
 * @processes: completes the rows
 * @names: likewise, or NULL
 * @snapshot: gets the rows, which stay valid until the next look
 */
void scan_read(struct scan *scan, struct processes *processes, struct pci_names *names,
	       struct snapshot *snapshot);

/**
 * scan_free - forget all
 * @scan: is empty afterwards
 */
void scan_free(struct scan *scan);

#endif /* VFIOTOP_SCAN_H */
