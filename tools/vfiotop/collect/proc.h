/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes, from /proc.
 */
#ifndef VFIOTOP_PROC_H
#define VFIOTOP_PROC_H

#include "snapshot.h"

/**
 * proc_usable - whether /proc shows the processes that the kernel's events name
 *
 * Events have numbers of the initial PID namespace.
 *
 * Return: whether it does.
 */
bool proc_usable(void);

/**
 * proc_read - look a process up now
 * @pid: its number
 * @started: in: its start time when first seen, 0 for "not seen yet"; out: set when it was 0
 * @process: the answer; comm stays as it is when the process is gone
 *
 * A number that another process got in the meantime counts as gone.
 */
void proc_read(uint32_t pid, uint64_t *started, struct process *process);

#endif /* VFIOTOP_PROC_H */
