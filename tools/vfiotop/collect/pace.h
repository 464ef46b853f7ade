/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Costly looks at the system: no more of them than take a fiftieth of the time.
 */
#ifndef VFIOTOP_PACE_H
#define VFIOTOP_PACE_H

#include <stdbool.h>

#include "clock.h"

#define PACE_REST 50 /* times as long as a look took */

/**
 * struct pace - when the last look was
 * @ended_ns: when it ended, CLOCK_MONOTONIC; 0 when there was none
 * @took_ns: how long it took
 */
struct pace {
	uint64_t ended_ns;
	uint64_t took_ns;
};

/**
 * pace_allows - whether it is time for another look
 * @pace: the last one
 * @now_ns: CLOCK_MONOTONIC
 *
 * Return: whether it is.
 */
static inline bool pace_allows(const struct pace *pace, uint64_t now_ns)
{
	return !pace->ended_ns || now_ns - pace->ended_ns >= pace->took_ns * PACE_REST;
}

/**
 * pace_hurry - the next look need not wait
 * @pace: the last one
 */
static inline void pace_hurry(struct pace *pace)
{
	pace->ended_ns = 0;
}

/**
 * pace_note - a look has ended now
 * @pace: keeps its time
 * @start_ns: when it began
 */
static inline void pace_note(struct pace *pace, uint64_t start_ns)
{
	pace->ended_ns = clock_ns(CLOCK_MONOTONIC);
	pace->took_ns = pace->ended_ns - start_ns;
}

#endif /* VFIOTOP_PACE_H */
