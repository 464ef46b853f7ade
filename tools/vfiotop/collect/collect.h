/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector: starts the best source that works here, and reads it. Nothing outside of
 * this folder knows BPF or /proc.
 */
#ifndef VFIOTOP_COLLECT_H
#define VFIOTOP_COLLECT_H

#include "exit.h"
#include "options.h"
#include "snapshot.h"

struct collector;
struct helper;

/**
 * collect_start - what counts is attached: begin to read it
 * @helper: has answered helper_ask(), or else this waits for it
 * @collector: the new collector, NULL after a failure
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code collect_start(struct helper *helper, struct collector **collector);

/**
 * collect_snapshot - read everything
 * @collector: from collect_start()
 *
 * Return: the snapshot, valid until the next call; NULL after a message on stderr.
 */
const struct snapshot *collect_snapshot(struct collector *collector);

/**
 * collect_busy - whether there is work that goes on between snapshots
 * @collector: from collect_start()
 *
 * Return: whether collect_work() has something to do.
 */
bool collect_busy(const struct collector *collector);

/**
 * collect_work - do some of it, for some milliseconds
 * @collector: from collect_start()
 */
void collect_work(struct collector *collector);

/**
 * collect_nothing - what there is to read while VFIO is not loaded
 * @missing: what of it
 *
 * Return: the snapshot, valid until the next call.
 */
const struct snapshot *collect_nothing(const char *missing);

/**
 * collect_crowded - whether a report should come early
 * @collector: from collect_start()
 *
 * Released containers leave their table with a snapshot. Where these are far between, it would
 * fill up with them.
 *
 * Return: whether they take a quarter of it.
 */
bool collect_crowded(const struct collector *collector);

/**
 * collect_is_busy - whether there is work that a snapshot does not wait for
 * @collector: from collect_start()
 *
 * After the start that is to look for what is open already. Until it ends, snapshots lack it.
 *
 * Return: whether there is.
 */
bool collect_is_busy(const struct collector *collector);

/**
 * collect_step - do some of that work, for a tenth of a second at most
 * @collector: from collect_start()
 */
void collect_step(struct collector *collector);

/**
 * collect_hurry - have the next snapshot look who has what open or pinned, however lately that was done
 * @collector: from collect_start()
 *
 * Else such looks take no more than a fiftieth of the time, and what was opened since the last
 * one has no known holders.
 */
void collect_hurry(struct collector *collector);

/**
 * collect_cut_off - whether the programs are attached to nothing any more
 * @collector: from collect_start()
 *
 * Those that do not keep their module loaded are lost when it is unloaded, also when it is
 * loaded again at once.
 *
 * Return: whether that happened.
 */
bool collect_cut_off(const struct collector *collector);

/**
 * collect_keep_budget - count no more runs once that has become too costly
 * @collector: from collect_start()
 */
void collect_keep_budget(struct collector *collector);

/**
 * collect_trace_fd - to be polled: readable when requests were traced
 * @collector: from collect_start()
 *
 * Return: -1 when the source traces none.
 */
int collect_trace_fd(const struct collector *collector);

/**
 * collect_trace - requests that were traced since the last call, or the first of them
 * @collector: from collect_start()
 * @n: gets how many; 0 when there are no more
 *
 * Return: them, the oldest first; valid until the next call. How much of the frames is valid
 * the request says.
 */
const struct vt_traced_stack *collect_trace(struct collector *collector, size_t *n);

/**
 * collect_trace_lost - requests that should have been traced, but came too fast
 * @collector: from collect_start()
 *
 * Return: how many since the watch began.
 */
uint64_t collect_trace_lost(const struct collector *collector);

/**
 * collect_knowledge - what the source knows
 * @collector: from collect_start()
 *
 * Return: enum knowledge.
 */
unsigned int collect_knowledge(const struct collector *collector);

/**
 * collect_stop - detach and free everything
 * @collector: from collect_start(), or NULL
 */
void collect_stop(struct collector *collector);

/**
 * collect_may_scan - whether a source may be used that reads the open files of processes
 * @options: what to watch
 *
 * Return: whether one may.
 */
bool collect_may_scan(const struct collect_options *options);

/**
 * collect_needs_privilege - whether all sources that may be used need a privilege
 * @options: what to watch
 *
 * Return: false when one would do without.
 */
bool collect_needs_privilege(const struct collect_options *options);

#endif /* VFIOTOP_COLLECT_H */
