/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that rows of a snapshot refer to. Each is read from /proc once per snapshot.
 */
#ifndef VFIOTOP_PROCESSES_H
#define VFIOTOP_PROCESSES_H

#include "snapshot.h"

struct processes;

/**
 * processes_new - no process known yet
 * @usable: whether /proc shows the processes whose numbers will be looked up
 *
 * Return: NULL when out of memory.
 */
struct processes *processes_new(bool usable);

/**
 * processes_free - forget all
 * @processes: or NULL
 */
void processes_free(struct processes *processes);

/**
 * processes_usable - whether /proc shows the processes that are looked up
 * @processes: from processes_new()
 *
 * Return: as passed to processes_new().
 */
bool processes_usable(const struct processes *processes);

/**
 * processes_find - look a process up
 * @processes: from processes_new()
 * @pid: its number; nothing is known of 0
 * @comm: its name as far as known, for a process that has ended
 *
 * A number that is used again is not taken for the process that had it first, as long as
 * each snapshot asks for it.
 *
 * Return: the process.
 */
struct process processes_find(struct processes *processes, uint32_t pid,
			      const char comm[VT_COMM_LEN]);

/**
 * processes_cgroup - the cgroup of a process
 * @processes: from processes_new()
 * @pid: a process that was looked up for this snapshot
 * @path: gets it, the last one when the process has ended; empty when unknown
 */
void processes_cgroup(struct processes *processes, uint32_t pid, char path[CGROUP_PATH_SIZE]);

/**
 * processes_next - a snapshot is complete
 * @processes: forgets those that it did not ask for
 *
 * Return: false when memory was too short to look one up.
 */
bool processes_next(struct processes *processes);

#endif /* VFIOTOP_PROCESSES_H */
