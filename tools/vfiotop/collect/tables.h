/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables that the BPF programs of most sources fill: containers, operations in flight,
 * groups, devices, failures. They become rows of a snapshot.
 */
#ifndef VFIOTOP_TABLES_H
#define VFIOTOP_TABLES_H

#include "source.h"

/* Slots of operations in flight, a power of two. */
#define TABLES_IN_FLIGHT 4096

/* Traced requests that are handed over at once. */
#define TABLES_TRACED 256

/**
 * tables_attach - load and attach the programs of a source, which begin to count
 * @source: is open
 * @options: what to watch
 *
 * So is what looks for what is open already, where the source knows what belongs to a
 * container.
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code tables_attach(struct source *source, const struct collect_options *options);

/**
 * tables_start - begin to read, and look for what is open already
 * @source: has the handles of tables_attach()
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code tables_start(struct source *source);

/**
 * tables_read - read everything
 * @source: from tables_start()
 * @lookup: completes the rows
 * @snapshot: is filled in; its rows are valid until the next call
 *
 * Containers that were released some time ago leave the kernel's table here, and are in no
 * later snapshot.
 *
 * Return: false when out of memory.
 */
bool tables_read(struct source *source, const struct lookup *lookup, struct snapshot *snapshot);

/**
 * tables_read_containers - the same without groups and devices
 * @source: from tables_start()
 * @lookup: completes the rows
 * @snapshot: is filled in; its rows are valid until the next call
 *
 * Return: false when out of memory.
 */
bool tables_read_containers(struct source *source, const struct lookup *lookup,
			    struct snapshot *snapshot);

/**
 * tables_crowded - whether released containers should leave the kernel's table now
 * @source: may not be started
 *
 * Return: whether they take a quarter of it.
 */
bool tables_crowded(const struct source *source);

/**
 * tables_are_busy - whether what was open at the start is still being looked for
 * @source: any
 *
 * Return: whether it is, or whether a later look at the open files goes on.
 */
bool tables_are_busy(const struct source *source);

/**
 * tables_step - do some of that work
 * @source: any
 */
void tables_step(struct source *source);

/**
 * tables_hurry - have the next read look who has what open or pinned, however lately that was done
 * @source: any
 */
void tables_hurry(struct source *source);

/**
 * tables_keep_budget - count no more runs once that has become too costly
 * @source: any
 */
void tables_keep_budget(struct source *source);

/**
 * tables_traced_fd - to be polled: readable when requests were traced
 * @source: any
 *
 * Return: -1 when none are traced.
 */
int tables_traced_fd(const struct source *source);

/**
 * tables_traced - requests that were traced since the last call, or the first of them
 * @source: any
 * @n: gets how many, TABLES_TRACED at most
 *
 * Return: them, the oldest first, with bytes for pages; valid until the next call. Without
 * stacks nothing is in their frames.
 */
const struct vt_traced_stack *tables_traced(struct source *source, size_t *n);

/**
 * tables_traced_lost - requests that should have been traced, but found no room
 * @source: any
 *
 * Return: how many since the watch began.
 */
uint64_t tables_traced_lost(const struct source *source);

/**
 * tables_close - free what tables_start() has made
 * @source: may not be started
 */
void tables_close(struct source *source);

#endif /* VFIOTOP_TABLES_H */
