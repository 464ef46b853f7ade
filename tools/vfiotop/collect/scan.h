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

#define SCAN_STEP_NS	   50000000 /* nobody notices that a key is answered so much later */
#define SCAN_HURRIED_STEPS 40	    /* that whoever is in a hurry waits for, at most */

/**
 * struct scan_rows - what one look found
 * @groups: groups, each with a process that has its file
 * @n_groups: how many
 * @devices: devices in these
 * @n_devices: how many
 * @processes: processes, with their files and locked memory
 * @n_processes: how many
 * @unseen_known: the following is known
 * @unseen: processes whose open files could not be examined
 * @failed: out of memory: some are missing
 */
struct scan_rows {
	struct group_snapshot *groups;
	size_t n_groups;
	struct device_snapshot *devices;
	size_t n_devices;
	struct process_snapshot *processes;
	size_t n_processes;
	bool unseen_known;
	uint64_t unseen;
	bool failed;
};

struct scan_look;

/**
 * struct scan - what was found, and the look that goes on
 * @rows: of the last look that is complete
 * @complete: there was one
 * @look: the next one, NULL while there is none
 * @pace: when the last one was
 * @steps: how many of scan_look() the next look may take at once, beside the first
 */
struct scan {
	struct scan_rows rows;
	bool complete;
	struct scan_look *look;
	struct pace pace;
	unsigned int steps;
};

/**
 * scan_look - look again
 * @scan: its rows are replaced once the look is complete; all zeros in the beginning
 * @ns: how long, if there are rows from before
 *
 * A look begins only when that takes no more than a fiftieth of the time. The first one is
 * complete afterwards; a later one that takes long goes on in scan_continue().
 */
void scan_look(struct scan *scan, uint64_t ns);

/**
 * scan_hurry - have the next scan_look() do a whole look that begins then
 * @scan: all zeros in the beginning
 *
 * However lately the last one was. A look that takes seconds goes on in scan_continue().
 */
void scan_hurry(struct scan *scan);

/**
 * scan_continue - go on with a look
 * @scan: its rows are replaced once the look is complete
 * @ns: how long
 *
 * Return: whether there is more to do.
 */
bool scan_continue(struct scan *scan, uint64_t ns);

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
