/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc and /sys show of VFIO without any event: its groups and their devices, and
 * the processes that have files of it, as far as these may be looked at.
 */
#ifndef VFIOTOP_SCAN_H
#define VFIOTOP_SCAN_H

#include "snapshot.h"

/**
 * struct scan_group - a group of VFIO
 * @id: its number
 * @pid: a process that has its file, 0 when none was found
 */
struct scan_group {
	uint32_t id;
	uint32_t pid;
};

/**
 * struct scan_device - a device in such a group
 * @name: its name, for PCI its address
 * @group: number of its group
 */
struct scan_device {
	char name[VFIO_RECORD_NAME_LEN];
	uint32_t group;
};

/**
 * struct scan - what was found
 * @groups: groups, n_groups of them
 * @devices: devices
 * @processes: processes, of which pid, files and locks are filled in
 * @unseen_known: the following is known
 * @unseen: processes whose files could not be looked at
 * @failed: out of memory: some are missing
 * @ended_ns: when it was looked last, CLOCK_MONOTONIC
 * @took_ns: how long that took
 */
struct scan {
	struct scan_group *groups;
	size_t n_groups;
	struct scan_device *devices;
	size_t n_devices;
	struct process_snapshot *processes;
	size_t n_processes;
	bool unseen_known;
	uint64_t unseen;
	bool failed;
	uint64_t ended_ns;
	uint64_t took_ns;
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
 * scan_free - forget all
 * @scan: is empty afterwards
 */
void scan_free(struct scan *scan);

#endif /* VFIOTOP_SCAN_H */
