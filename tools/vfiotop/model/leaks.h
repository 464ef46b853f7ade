/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides which containers leak, and how.
 */
#ifndef VFIOTOP_LEAKS_H
#define VFIOTOP_LEAKS_H

#include "snapshot.h"
#include "view.h"

#define LEAK_WINDOW_NS	  30000000000ULL /* the least in such a time is compared */
#define LEAK_WINDOWS	  4		 /* how many make a growth */
#define LEAK_ORPHAN_TICKS 2		 /* intervals without an owner that make an orphan */
#define LEAK_DRIFT_TICKS  2		 /* quiet intervals with a difference that make a drift */

/**
 * struct leak_level - how low pins, or mappings, went in the last windows
 * @low: the least of each complete window, oldest first
 * @now: the least so far of the present one
 */
struct leak_level {
	int64_t low[LEAK_WINDOWS + 1];
	int64_t now;
};

/**
 * struct leak_history - what is remembered of one container between reports
 * @window_ns: when the present window began
 * @windows: complete windows that are remembered
 * @pinned: bytes pinned
 * @mappings: mappings
 * @growing: they have risen from window to window
 * @requests: requests of any kind at the last tick, to tell a quiet container
 * @orphan_ticks: ticks in a row without an owner
 * @drift_ticks: quiet ticks in a row at which charges and pins differed
 * @since_ns: per kind, when it was first noticed; 0 when it is not
 * @ticked: there was a tick
 */
struct leak_history {
	uint64_t window_ns;
	unsigned int windows;
	struct leak_level pinned;
	struct leak_level mappings;
	bool growing;
	uint64_t requests;
	unsigned int orphan_ticks;
	unsigned int drift_ticks;
	uint64_t since_ns[LEAK_KINDS];
	bool ticked;
};

/**
 * leaks_tick - an interval has ended
 * @history: of this container
 * @container: its present state
 * @now_ns: CLOCK_MONOTONIC
 * @in_flight: an operation of it is running
 * @knowledge: enum knowledge
 */
void leaks_tick(struct leak_history *history, const struct container_snapshot *container,
		uint64_t now_ns, bool in_flight, unsigned int knowledge);

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
 * @now_ns: CLOCK_MONOTONIC
 * @knowledge: enum knowledge
 * @leaks: room for LEAK_KINDS
 *
 * Return: how many there are.
 */
size_t leaks_find(struct leak_history *history, const struct container_snapshot *container,
		  uint64_t now_ns, unsigned int knowledge, struct leak_view *leaks);

#endif /* VFIOTOP_LEAKS_H */
