/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides which containers leak, and how.
 */
#ifndef VFIOTOP_LEAKS_H
#define VFIOTOP_LEAKS_H

#include "snapshot.h"
#include "view.h"

#define LEAK_GROWTH_TICKS 5 /* intervals of growth only that make a leak */
#define LEAK_ORPHAN_TICKS 2 /* intervals without an owner that make an orphan */
#define LEAK_DRIFT_TICKS  2 /* quiet intervals with a difference that make a drift */

/**
 * struct leak_history - what is remembered of one container between reports
 * @pinned: bytes pinned at the last tick
 * @mappings: mappings at the last tick
 * @requests: requests of any kind at the last tick, to tell a quiet container
 * @growth_pinned: bytes pinned when the present growth began
 * @growth_ticks: ticks in a row at which pins or mappings rose, and none fell
 * @orphan_ticks: ticks in a row without an owner
 * @drift_ticks: quiet ticks in a row at which charges and pins differed
 * @since_ns: per kind, when it was first noticed; 0 when it is not
 * @ticked: there was a tick
 */
struct leak_history {
	int64_t pinned;
	int64_t mappings;
	uint64_t requests;
	int64_t growth_pinned;
	unsigned int growth_ticks;
	unsigned int orphan_ticks;
	unsigned int drift_ticks;
	uint64_t since_ns[LEAK_KINDS];
	bool ticked;
};

/**
 * leaks_tick - an interval has ended
 * @history: of this container
 * @container: its present state
 * @in_flight: an operation of it is running
 * @knowledge: enum knowledge
 */
void leaks_tick(struct leak_history *history, const struct container_snapshot *container,
		bool in_flight, unsigned int knowledge);

/**
 * leaks_find - the leaks of a container
 * @history: of this container; takes note of the time of new leaks
 * @container: its present state
 * @now_ns: CLOCK_MONOTONIC
 * @knowledge: enum knowledge
 * @leaks: room for LEAK_KINDS
 *
 * Return: how many there are.
 */
size_t leaks_find(struct leak_history *history, const struct container_snapshot *container,
		  uint64_t now_ns, unsigned int knowledge, struct leak_view *leaks);

#endif /* VFIOTOP_LEAKS_H */
