/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides which containers leak, and how.
 */
#ifndef VFIOTOP_LEAKS_H
#define VFIOTOP_LEAKS_H

#include "doubts.h"
#include "growth.h"
#include "over_unpins.h"
#include "snapshot.h"
#include "view.h"

#define LEAK_ORPHAN_TICKS 2 /* intervals without an owner that make an orphan */
#define LEAK_DRIFT_TICKS  2 /* quiet intervals with a difference that make a drift */

/**
 * struct leak_history - what is remembered of one container between reports
 * @pinned: whether bytes pinned grow
 * @mappings: whether mappings grow
 * @over_unpin: whether pages were unpinned twice
 * @doubt: whether pages that seemed to be missing were
 * @requests: requests of any kind at the last tick, to tell a quiet container
 * @alive_ns: when its owner was alive for the last time, as far as was looked
 * @orphan_ticks: ticks in a row without an owner
 * @drift_ticks: quiet ticks in a row at which charges and pins differed
 * @since_ns: per kind, when it was first noticed; 0 when it is not
 * @ticked: there was a tick
 */
struct leak_history {
	struct growth pinned;
	struct growth mappings;
	struct over_unpin over_unpin;
	struct doubt doubt;
	uint64_t requests;
	uint64_t alive_ns;
	unsigned int orphan_ticks;
	unsigned int drift_ticks;
	uint64_t since_ns[LEAK_KINDS];
	bool ticked;
};

/**
 * leaks_tick - an interval has ended
 * @history: of this container
 * @limits: what is called growth
 * @container: its present state
 * @now_ns: CLOCK_MONOTONIC
 * @in_flight: an operation of it is running
 * @knowledge: enum knowledge
 */
void leaks_tick(struct leak_history *history, const struct growth_limits *limits,
		const struct container_snapshot *container, uint64_t now_ns, bool in_flight,
		unsigned int knowledge);

/**
 * leaks_orphan - whether a container is an orphan
 * @history: of this container
 *
 * Its owner has been dead for some time, it is open, and nothing is tearing it down.
 *
 * Return: whether it is.
 */
bool leaks_orphan(const struct leak_history *history);

/**
 * leaks_find - the leaks of a container
 * @history: of this container; takes note of the time of new leaks
 * @container: its present state
 * @view: the same as it is shown
 * @now_ns: CLOCK_MONOTONIC
 * @knowledge: enum knowledge
 * @leaks: room for LEAK_KINDS
 *
 * Return: how many there are.
 */
size_t leaks_find(struct leak_history *history, const struct container_snapshot *container,
		  const struct container_view *view, uint64_t now_ns, unsigned int knowledge,
		  struct leak_view *leaks);

/**
 * leaks_compare - the order of leaks, the worst first
 * @a: a struct leak_view
 * @b: another one
 *
 * Return: as qsort() wants it.
 */
int leaks_compare(const void *a, const void *b);

#endif /* VFIOTOP_LEAKS_H */
