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
 * proc_thread_is_gone - whether a thread has ended
 * @pid: number of its process
 * @tid: its number
 *
 * Return: true only if that is sure.
 */
bool proc_thread_is_gone(uint32_t pid, uint32_t tid);

/**
 * proc_read - look a process up now
 * @pid: its number
 * @started: in: its start time when first seen, 0 for "not seen yet"; out: set when it was 0
 * @process: the answer, unknown when it exists and may not be looked at; comm stays as it is
 *	when nothing is known of the process, or it is gone
 *
 * A number that another process got in the meantime counts as gone.
 */
void proc_read(uint32_t pid, uint64_t *started, struct process *process);

#endif /* VFIOTOP_PROC_H */
