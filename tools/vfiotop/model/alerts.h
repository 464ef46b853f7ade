/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What needs attention.
 */
#ifndef VFIOTOP_ALERTS_H
#define VFIOTOP_ALERTS_H

#include "view.h"

#define ALERT_HOT_TICKS 5 /* intervals of many maps that make a hot path */

/**
 * enum alert_kind - what kind of alert
 * @ALERT_UNMAP_DIFFERS: an unmap succeeded with another number of bytes than asked for
 * @ALERT_LEAK: a leak other than an orphan
 * @ALERT_ORPHAN: a container whose owner is dead
 * @ALERT_SLOW_MAP: a map of more than a second
 * @ALERT_SUPERPAGES: less than half of what could be is in superpages
 * @ALERT_MEMLOCK: 90 % of the limit of locked memory
 * @ALERT_MAPPINGS: 80 % of the limit of mappings
 * @ALERT_HOT_PATH: more than 1,000 maps per second, sustained
 * @ALERT_REFUSED: a map or unmap was refused
 * @ALERT_LOST: events were lost
 * @ALERT_SOURCE: the source knows less than others
 * @ALERT_KINDS: how many kinds there are
 */
enum alert_kind {
	ALERT_UNMAP_DIFFERS,
	ALERT_LEAK,
	ALERT_ORPHAN,
	ALERT_SLOW_MAP,
	ALERT_SUPERPAGES,
	ALERT_MEMLOCK,
	ALERT_MAPPINGS,
	ALERT_HOT_PATH,
	ALERT_REFUSED,
	ALERT_LOST,
	ALERT_SOURCE,
	ALERT_KINDS,
};

/**
 * struct alert_limits - when there is an alert
 * @slow_ns: a map that takes at least so long is slow
 * @hot_milli: more maps per second, times 1000, are a hot path
 * @memlock: percent of the limit of locked memory
 * @mappings: percent of the limit of mappings
 */
struct alert_limits {
	uint64_t slow_ns;
	uint64_t hot_milli;
	unsigned int memlock;
	unsigned int mappings;
};

/**
 * alert_limits_default - the usual ones
 *
 * Return: them.
 */
struct alert_limits alert_limits_default(void);

/**
 * alert_limits_set - set one of them
 * @limits: is changed
 * @name: which: slow-map, in seconds; hot-path, in maps per second; memlock or mappings, in
 *	percent
 * @text: its value
 *
 * Return: NULL, or what is wrong.
 */
const char *alert_limits_set(struct alert_limits *limits, const char *name, const char *text);

/**
 * struct alert_history - what is remembered between reports
 * @since_ns: per kind, when it was first noticed; 0 when it is not
 * @hot_ticks: intervals in a row with many maps
 */
struct alert_history {
	uint64_t since_ns[ALERT_KINDS];
	unsigned int hot_ticks;
};

/**
 * alerts_room - how many alerts there can be
 * @containers: containers
 * @leaks: leaks
 * @processes: processes
 *
 * Return: the number.
 */
size_t alerts_room(size_t containers, size_t leaks, size_t processes);

/**
 * alerts_container - add the alerts of a container to the report
 * @view: the report
 * @limits: when there is an alert
 * @container: one of its containers; learns its gravest alert
 * @history: of this container
 * @tick: an interval has ended
 */
void alerts_container(struct view *view, const struct alert_limits *limits,
		      struct container_view *container, struct alert_history *history, bool tick);

/**
 * alerts_report - add those of the report as a whole, and put all in order
 * @view: the report, with the alerts of its containers
 * @limits: when there is an alert
 * @history: of the report
 */
void alerts_report(struct view *view, const struct alert_limits *limits,
		   struct alert_history *history);

#endif /* VFIOTOP_ALERTS_H */
