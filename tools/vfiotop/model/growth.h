/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a figure only rises, how fast, and how sure that is.
 */
#ifndef VFIOTOP_GROWTH_H
#define VFIOTOP_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROWTH_SLOTS   30 /* parts of a window */
#define GROWTH_WINDOWS 4  /* whose highest values are remembered */

/**
 * struct growth_limits - what is called growth
 * @window_ns: how far back a figure is looked at
 * @start_up_ns: what comes before this age of an address space does not count
 * @per_minute: a slope of less per minute is none
 * @confidence: percent; less is not said
 */
struct growth_limits {
	uint64_t window_ns;
	uint64_t start_up_ns;
	uint64_t per_minute;
	unsigned int confidence;
};

/**
 * struct growth_slot - a part of the window
 * @end_ns: when it ended
 * @low: the least that the figure was
 * @high: the most
 */
struct growth_slot {
	uint64_t end_ns;
	int64_t low;
	int64_t high;
};

/**
 * struct growth - what is remembered of one figure
 * @slots: the parts of the window that have ended, oldest first
 * @n: how many
 * @now: the present part
 * @begun_ns: when that began, 0 before the first value
 * @since_ns: when the first value came, or one that is no part of a start-up that only rises
 * @highs: the most of each window before, the last one first
 * @dropped: slots that were dropped since the last of these ended
 * @dropped_high: the most of those
 * @slowed: slope at the end of the window when the rise last slowed down, 0 for one that did not
 * @slowed_ns: when that was
 * @rises: it grows
 * @from_ns: what it was judged by began then
 * @certain: it has grown for longer than a start-up or the tooth of a saw is believed to last
 * @confidence: percent, how sure that is
 * @per_minute: slope, per minute
 * @rise: by how much its least has risen within the window
 */
struct growth {
	struct growth_slot slots[GROWTH_SLOTS];
	unsigned int n;
	struct growth_slot now;
	uint64_t begun_ns;
	uint64_t since_ns;
	int64_t highs[GROWTH_WINDOWS];
	unsigned int dropped;
	int64_t dropped_high;
	double slowed;
	uint64_t slowed_ns;
	bool rises;
	uint64_t from_ns;
	bool certain;
	unsigned int confidence;
	double per_minute;
	int64_t rise;
};

/**
 * growth_add - take note of a value
 * @growth: of this figure; zeroed before the first
 * @limits: what is called growth
 * @now_ns: when, CLOCK_MONOTONIC
 * @value: the value
 *
 * Judges anew when a part of the window has ended.
 */
void growth_add(struct growth *growth, const struct growth_limits *limits, uint64_t now_ns,
		int64_t value);

/**
 * growth_start - take note of a value that does not count yet
 * @growth: of this figure; zeroed before the first
 * @now_ns: when, CLOCK_MONOTONIC
 * @value: the value
 *
 * Forgets all but since when it only rises.
 */
void growth_start(struct growth *growth, uint64_t now_ns, int64_t value);

/**
 * growth_forget - begin anew
 * @growth: of this figure
 */
void growth_forget(struct growth *growth);

/**
 * growth_limits_default - what is called growth unless somebody says something else
 *
 * Return: the limits.
 */
struct growth_limits growth_limits_default(void);

/**
 * growth_limits_set - change one of the limits by its name
 * @limits: them
 * @name: "window", "start-up", in seconds; "slope", in bytes per minute; "confidence", in percent
 * @text: a number
 *
 * Return: NULL, or what is wrong.
 */
const char *growth_limits_set(struct growth_limits *limits, const char *name, const char *text);

#endif /* VFIOTOP_GROWTH_H */
