/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc and /sys show of VFIO without any event: its groups and their devices, and
 * the processes that have files of it, as far as these may be looked at.
 */
#ifndef VFIOTOP_SCAN_H
#define VFIOTOP_SCAN_H

#include "pace.h"
#include "pci.h"
#include "processes.h"
#include "snapshot.h"

/**
 * struct scan - what was found
 * @groups: groups, n_groups of them, each with a process that has its file
 * @devices: devices in these
 * @processes: processes, with their files and locked memory
 * @unseen_known: the following is known
 * @unseen: processes whose files could not be looked at
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
 * Nobody looks while that would take more than a fiftieth of the time: then this is
 * what was seen last.
 */
void scan_look(struct scan *scan);

/**
 * scan_read - make what was found rows of a snapshot
 * @scan: from scan_look()
 * @processes: completes the rows
 * @names: likewise, or NULL
 * @snapshot: gets the rows, which stay valid until the next look
 */
void scan_read(struct scan *scan, struct processes *processes, struct pci_access *names,
	       struct snapshot *snapshot);

/**
 * scan_free - forget all
 * @scan: is empty afterwards
 */
void scan_free(struct scan *scan);

#endif /* VFIOTOP_SCAN_H */
