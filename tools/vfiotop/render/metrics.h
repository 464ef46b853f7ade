/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports as Prometheus reads them: text format 0.0.4, and OpenMetrics 1.0.
 *
 * Names, units and help come from the field table: "pinned_bytes" of a container is
 * vfiotop_container_pinned_bytes. Durations are in seconds, counters end in _total. What is
 * unknown is left out.
 */
#ifndef VFIOTOP_METRICS_H
#define VFIOTOP_METRICS_H

#include "view.h"

/* Rows of a kind, at most: no scrape becomes larger than a server takes. */
#define METRICS_ROWS_MAX 4096

/**
 * enum metrics_format - how metrics are written
 * @METRICS_TEXT: Prometheus text format 0.0.4
 * @METRICS_OPENMETRICS: OpenMetrics 1.0
 */
enum metrics_format {
	METRICS_TEXT,
	METRICS_OPENMETRICS,
};

struct metrics;

/**
 * metrics_new - metrics of one run of the program
 *
 * They remember counters of the host, which never fall: not when the watch begins anew
 * because VFIO was loaded again, either.
 *
 * Return: NULL when out of memory.
 */
struct metrics *metrics_new(void);

/**
 * metrics_free - the opposite
 * @metrics: NULL is allowed
 */
void metrics_free(struct metrics *metrics);

/**
 * metrics_update - take the counters of the next report
 * @metrics: the metrics
 * @view: the report
 */
void metrics_update(struct metrics *metrics, const struct view *view);

/**
 * metrics_render - a report as metrics
 * @metrics: the metrics, updated with this report
 * @view: the report
 * @format: how to write them
 *
 * Return: the text, to be freed; NULL when out of memory.
 */
char *metrics_render(const struct metrics *metrics, const struct view *view,
		     enum metrics_format format);

/**
 * metrics_content_type - what a format is called in HTTP
 * @format: which
 *
 * Return: the value of Content-Type.
 */
const char *metrics_content_type(enum metrics_format format);

#endif /* VFIOTOP_METRICS_H */
