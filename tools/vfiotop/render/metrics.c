// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "histogram.h"

#define NAME_SIZE 96

/* --- Which fields are metrics --------------------------------------------------------- */

/**
 * enum metric_kind - how a value moves
 * @GAUGE: up and down
 * @COUNTER: only up
 */
enum metric_kind {
	GAUGE,
	COUNTER,
};

/**
 * struct metric - a field that is a metric
 * @scope: what it belongs to
 * @field: its name
 * @kind: how it moves
 */
struct metric {
	enum field_scope scope;
	const char *field;
	enum metric_kind kind;
};

static const struct metric table[] = {
	{ SCOPE_REPORT, "watched_ns", GAUGE },
	{ SCOPE_REPORT, "census", GAUGE },
	{ SCOPE_REPORT, "iommufd", GAUGE },
	{ SCOPE_REPORT, "unseen", GAUGE },

	{ SCOPE_LOST, "containers", COUNTER },
	{ SCOPE_LOST, "in_flight", COUNTER },
	{ SCOPE_LOST, "groups", COUNTER },
	{ SCOPE_LOST, "devices", COUNTER },
	{ SCOPE_LOST, "failures", COUNTER },
	{ SCOPE_LOST, "starts", COUNTER },
	{ SCOPE_LOST, "reads", COUNTER },
	{ SCOPE_LOST, "census", COUNTER },
	{ SCOPE_LOST, "missed", COUNTER },

	{ SCOPE_WATCH, "attach_failures", GAUGE },
	{ SCOPE_WATCH, "program_runs", COUNTER },
	{ SCOPE_WATCH, "program_ns", COUNTER },
	{ SCOPE_WATCH, "containers", GAUGE },
	{ SCOPE_WATCH, "groups", GAUGE },
	{ SCOPE_WATCH, "groups_max", GAUGE },
	{ SCOPE_WATCH, "devices", GAUGE },
	{ SCOPE_WATCH, "devices_max", GAUGE },
	{ SCOPE_WATCH, "in_flight", GAUGE },
	{ SCOPE_WATCH, "in_flight_max", GAUGE },

	{ SCOPE_TOTALS, "containers", COUNTER },
	{ SCOPE_TOTALS, "map.count", COUNTER },
	{ SCOPE_TOTALS, "map.errors", COUNTER },
	{ SCOPE_TOTALS, "map.bytes", COUNTER },
	{ SCOPE_TOTALS, "unmap.count", COUNTER },
	{ SCOPE_TOTALS, "unmap.errors", COUNTER },
	{ SCOPE_TOTALS, "unmap.bytes", COUNTER },
	{ SCOPE_TOTALS, "teardown.bytes", COUNTER },
	{ SCOPE_TOTALS, "pinned_bytes", GAUGE },

	{ SCOPE_HOST, "pinned_bytes", GAUGE },
	{ SCOPE_HOST, "kept_bytes", GAUGE },
	{ SCOPE_HOST, "other_bytes", GAUGE },

	{ SCOPE_CONTAINER, "owner_alive", GAUGE },
	{ SCOPE_CONTAINER, "holders", GAUGE },
	{ SCOPE_CONTAINER, "mappings", GAUGE },
	{ SCOPE_CONTAINER, "mappings_limit", GAUGE },
	{ SCOPE_CONTAINER, "pinned_bytes", GAUGE },
	{ SCOPE_CONTAINER, "pinned_peak_bytes", GAUGE },
	{ SCOPE_CONTAINER, "runs", COUNTER },
	{ SCOPE_CONTAINER, "leaf_bytes", COUNTER },
	{ SCOPE_CONTAINER, "map.errors", COUNTER },
	{ SCOPE_CONTAINER, "map.bytes", COUNTER },
	{ SCOPE_CONTAINER, "map.phase_ns.pin", COUNTER },
	{ SCOPE_CONTAINER, "map.phase_ns.iommu", COUNTER },
	{ SCOPE_CONTAINER, "map.phase_ns.account", COUNTER },
	{ SCOPE_CONTAINER, "unmap.errors", COUNTER },
	{ SCOPE_CONTAINER, "unmap.bytes", COUNTER },
	{ SCOPE_CONTAINER, "unmap.differs", COUNTER },
	{ SCOPE_CONTAINER, "teardown.count", COUNTER },
	{ SCOPE_CONTAINER, "teardown.bytes", COUNTER },
	{ SCOPE_CONTAINER, "teardown.ns", COUNTER },
	{ SCOPE_CONTAINER, "dirty_log.bitmaps", COUNTER },
	{ SCOPE_CONTAINER, "dirty_log.errors", COUNTER },
	{ SCOPE_CONTAINER, "dirty_log.bitmap_bytes", COUNTER },
	{ SCOPE_CONTAINER, "dirty_log.ns.sum", COUNTER },
	{ SCOPE_CONTAINER, "left_pinned_bytes", GAUGE },
	{ SCOPE_CONTAINER, "charged_bytes", GAUGE },
	{ SCOPE_CONTAINER, "locked_bytes", GAUGE },
	{ SCOPE_CONTAINER, "locked_limit_bytes", GAUGE },
	{ SCOPE_CONTAINER, "locked_unlimited", GAUGE },

	{ SCOPE_GROUP, "opens", COUNTER },
	{ SCOPE_GROUP, "open_errors", COUNTER },

	{ SCOPE_DEVICE, "opens", COUNTER },
	{ SCOPE_DEVICE, "open_errors", COUNTER },
	{ SCOPE_DEVICE, "open.ns.sum", COUNTER },
	{ SCOPE_DEVICE, "resets", COUNTER },
	{ SCOPE_DEVICE, "reset_errors", COUNTER },
	{ SCOPE_DEVICE, "reset.ns.sum", COUNTER },
};

#define METRICS (sizeof(table) / sizeof(table[0]))

/* What can fail, so that each has a series before it does; the last is what had no room. */
static const char *const operations[] = {
	"map",	     "unmap",	    "group-open",   "attach",	 "detach",
	"set-iommu", "device-open", "device-reset", "bus-reset", "unknown",
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* Counters of the host: a watch that begins anew counts from 0, these go on. */
struct metrics {
	uint64_t before[METRICS];
	uint64_t last[METRICS];
	uint64_t failures[OPERATIONS];
	uint64_t reports;
};

struct metrics *metrics_new(void)
{
	return calloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

/* The row of a scope of which a report has one; NULL for the others. */
static const void *row_of_host(const struct view *view, enum field_scope scope)
{
	switch (scope) {
	case SCOPE_REPORT:
		return view;
	case SCOPE_LOST:
		return &view->lost;
	case SCOPE_TOTALS:
		return &view->totals;
	case SCOPE_HOST:
		return &view->host;
	case SCOPE_WATCH:
		return &view->watch;
	default:
		return NULL;
	}
}

static void count_failures(struct metrics *metrics, const struct view *view)
{
	size_t i, operation;

	for (i = 0; i < view->n_new_failures; i++) {
		for (operation = 0; operation < OPERATIONS - 1; operation++)
			if (!strcmp(view->new_failures[i].operation, operations[operation]))
				break;
		metrics->failures[operation]++;
	}
	metrics->failures[OPERATIONS - 1] += view->failures_dropped.value;
}

void metrics_update(struct metrics *metrics, const struct view *view)
{
	size_t i;

	metrics->reports++;
	count_failures(metrics, view);
	for (i = 0; i < METRICS; i++) {
		const void *row = row_of_host(view, table[i].scope);
		struct figure figure;

		if (!row || table[i].kind != COUNTER)
			continue;
		figure = field_figure(fields_find(table[i].scope, table[i].field), row);
		if (!figure.known)
			continue;
		if (figure.value < metrics->last[i])
			metrics->before[i] += metrics->last[i];
		metrics->last[i] = figure.value;
	}
}

/* --- Writing --------------------------------------------------------------------------- */

/* A thousand containers are some 50,000 lines: stdio would take longer than all the rest. */
struct writer {
	enum metrics_format format;
	char *text;
	size_t n;
	size_t room;
	bool failed;
};

static void put_bytes(struct writer *w, const char *bytes, size_t n)
{
	size_t room = w->room ? w->room : 65536;
	char *more;

	while (room - w->n <= n)
		room *= 2;
	if (room != w->room) {
		more = realloc(w->text, room);
		if (!more) {
			w->failed = true;
			return;
		}
		w->text = more;
		w->room = room;
	}
	memcpy(w->text + w->n, bytes, n);
	w->n += n;
}

static void put(struct writer *w, const char *text)
{
	put_bytes(w, text, strlen(text));
}

/* With zeros in front, up to so many digits. */
static void put_digits(struct writer *w, uint64_t number, size_t digits)
{
	char text[20];
	size_t n = 0;

	do {
		text[sizeof(text) - ++n] = (char)('0' + number % 10);
		number /= 10;
	} while (number || n < digits);
	put_bytes(w, text + sizeof(text) - n, n);
}

static void put_number(struct writer *w, uint64_t number)
{
	put_digits(w, number, 1);
}

static const char *const prefixes[SCOPES] = {
	[SCOPE_HOST] = "vfiotop_host_",
	[SCOPE_REPORT] = "vfiotop_",
	[SCOPE_TOTALS] = "vfiotop_",
	[SCOPE_WATCH] = "vfiotop_watch_",
	[SCOPE_CONTAINER] = "vfiotop_container_",
	[SCOPE_GROUP] = "vfiotop_group_",
	[SCOPE_DEVICE] = "vfiotop_device_",
};

static bool take_away(char *name, const char *part)
{
	char *found = strstr(name, part);

	if (!found)
		return false;
	memmove(found, found + strlen(part), strlen(found + strlen(part)) + 1);
	return true;
}

/* "map.phase_ns.pin" of a container is "vfiotop_container_map_phase_pin_seconds". */
static void metric_name(enum field_scope scope, const char *field, char *name)
{
	bool seconds;
	char *dot;

	snprintf(name, NAME_SIZE, "%s%s", prefixes[scope], field);
	while ((dot = strchr(name, '.')))
		*dot = '_';
	seconds = take_away(name, "_ns");
	take_away(name, "_sum");
	take_away(name, "_count");
	if (seconds)
		strcat(name, "_seconds");
}

/* Counters are named without their end in OpenMetrics, but for their samples. */
static void write_head(struct writer *w, const char *name, const char *type, const char *help)
{
	bool total = !strcmp(type, "counter") && w->format == METRICS_TEXT;
	const char *end = total ? "_total" : "";
	const char *p;

	put(w, "# HELP ");
	put(w, name);
	put(w, end);
	put(w, " ");
	for (p = help; *p; p++) {
		if (*p == '\\' || (*p == '"' && w->format == METRICS_OPENMETRICS))
			put(w, "\\");
		put_bytes(w, p, 1);
	}
	put(w, "\n# TYPE ");
	put(w, name);
	put(w, end);
	put(w, " ");
	put(w, type);
	put(w, "\n");
}

static void write_label(struct writer *w, const char *label, const char *value)
{
	size_t length;

	put(w, label);
	put(w, "=\"");
	for (; *value; value += length) {
		length = strcspn(value, "\\\"\n");
		if (length) {
			put_bytes(w, value, length);
			continue;
		}
		put(w, "\\");
		put_bytes(w, *value == '\n' ? "n" : value, 1);
		length = 1;
	}
	put(w, "\"");
}

static void write_text(struct writer *w, const char *label, const char *value)
{
	if (!*value)
		return;
	put(w, ",");
	write_label(w, label, value);
}

static void write_number(struct writer *w, const char *label, struct figure figure)
{
	if (!figure.known)
		return;
	put(w, ",");
	put(w, label);
	put(w, "=\"");
	put_number(w, figure.value);
	put(w, "\"");
}

/* Nanoseconds as seconds, exactly. */
static void write_seconds(struct writer *w, uint64_t ns)
{
	put_number(w, ns / 1000000000);
	put(w, ".");
	put_digits(w, ns % 1000000000, 9);
}

static void write_value(struct writer *w, enum field_unit unit, uint64_t value)
{
	if (unit == UNIT_NS || unit == UNIT_TIME)
		write_seconds(w, value);
	else
		put_number(w, value);
	put(w, "\n");
}

/* The label that tells a row of a scope from others. */
static void write_key(struct writer *w, enum field_scope scope, const void *row)
{
	const struct device_view *device = row;

	switch (scope) {
	case SCOPE_CONTAINER:
		put(w, "vfio_container=\"");
		put_number(w, ((const struct container_view *)row)->id.value);
		put(w, "\"");
		return;
	case SCOPE_GROUP:
		put(w, "group=\"");
		put_number(w, ((const struct group_view *)row)->id.value);
		put(w, "\"");
		return;
	default:
		write_label(w, "device", device->address);
	}
}

static struct field_rows rows_of(const struct view *view, enum field_scope scope)
{
	const char *name = scope == SCOPE_CONTAINER ? "containers"
			   : scope == SCOPE_GROUP   ? "groups"
						    : "devices";

	return field_rows(fields_find(SCOPE_REPORT, name), view);
}

static size_t rows_written(size_t n)
{
	return n < METRICS_ROWS_MAX ? n : METRICS_ROWS_MAX;
}

/* The fields of a metric: one, or all whose names go on with a number. */
static size_t metric_fields(const struct metric *metric, const struct field **list)
{
	size_t length = strlen(metric->field), n = 0;
	const struct field *f = NULL;

	while ((f = fields_next(metric->scope, f))) {
		const char *rest = f->name + length;

		if (strncmp(f->name, metric->field, length))
			continue;
		if (!*rest || (*rest == '.' && rest[1] >= '0' && rest[1] <= '9'))
			list[n++] = f;
	}
	return n;
}

static void write_host(struct writer *w, const struct metrics *metrics, size_t i,
		       const struct view *view)
{
	const struct metric *metric = &table[i];
	const struct field *field = fields_find(metric->scope, metric->field);
	bool counter = metric->kind == COUNTER;
	struct figure figure = field_figure(field, row_of_host(view, metric->scope));
	char name[NAME_SIZE];

	if (!figure.known)
		return;
	metric_name(metric->scope, metric->field, name);
	write_head(w, name, counter ? "counter" : "gauge", field->text);
	put(w, name);
	put(w, counter ? "_total " : " ");
	write_value(w, field->unit, counter ? metrics->before[i] + figure.value : figure.value);
}

/* What was lost is one metric, by kind. */
static void write_lost(struct writer *w, const struct metrics *metrics, const struct view *view)
{
	size_t i;

	write_head(w, "vfiotop_lost_events", "counter",
		   "what could not be recorded, by kind; see --list-fields");
	for (i = 0; i < METRICS; i++) {
		struct figure figure;

		if (table[i].scope != SCOPE_LOST)
			continue;
		figure = field_figure(fields_find(SCOPE_LOST, table[i].field), &view->lost);
		if (!figure.known)
			continue;
		put(w, "vfiotop_lost_events_total{");
		write_label(w, "kind", table[i].field);
		put(w, "} ");
		write_value(w, UNIT_COUNT, metrics->before[i] + figure.value);
	}
}

static void write_failures(struct writer *w, const struct metrics *metrics, const struct view *view)
{
	size_t i;

	if (!view->failures_dropped.known)
		return;
	write_head(w, "vfiotop_failures", "counter",
		   "requests that the kernel refused, of containers that are gone, too");
	for (i = 0; i < OPERATIONS; i++) {
		put(w, "vfiotop_failures_total{");
		write_label(w, "operation", operations[i]);
		put(w, "} ");
		write_value(w, UNIT_COUNT, metrics->failures[i]);
	}
}

static void write_rows(struct writer *w, const struct metric *metric, const struct view *view)
{
	const char *end = metric->kind == COUNTER ? "_total" : "";
	const struct field *fields[VIEW_LEAF_SIZES];
	size_t n_fields = metric_fields(metric, fields);
	char name[NAME_SIZE];
	struct field_rows rows = rows_of(view, metric->scope);
	size_t n = rows_written(rows.n), i, j;
	bool head = false;

	metric_name(metric->scope, metric->field, name);
	for (i = 0; i < n; i++) {
		const void *row = (const char *)rows.first + i * rows.size;

		for (j = 0; j < n_fields; j++) {
			struct figure figure = field_figure(fields[j], row);
			const char *number = fields[j]->name + strlen(metric->field);

			/* Leaf sizes that no IOMMU of the host has. */
			if (!figure.known || (fields[j]->sparse && !figure.value))
				continue;
			if (!head)
				write_head(
					w, name, metric->kind == COUNTER ? "counter" : "gauge",
					*number ? "bytes mapped since the watch began, by the size "
						  "of IOMMU leaves"
						: fields[j]->text);
			head = true;
			put(w, name);
			put(w, end);
			put(w, "{");
			write_key(w, metric->scope, row);
			if (*number)
				write_text(w, "leaf_size", number + 1);
			put(w, "} ");
			write_value(w, fields[j]->unit, figure.value);
		}
	}
}

/* --- Histograms ------------------------------------------------------------------------ */

/*
 * Upper bounds, as powers of two in ns, less one: there the program's own buckets end, so
 * that the counts are exact. 8 us to 69 s.
 */
static const unsigned int bounds[] = { 13, 15, 17, 19, 21, 23, 25, 27, 29, 30, 32, 34, 36 };

static void write_histogram(struct writer *w, const char *name, const struct container_view *c,
			    const struct requests_view *requests)
{
	uint64_t count = 0;
	uint32_t bucket = 0;
	size_t i;

	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		uint64_t bound = (1ULL << bounds[i]) - 1;

		for (; vt_hist_high(bucket) <= bound; bucket++)
			count += requests->buckets[bucket];
		put(w, name);
		put(w, "_bucket{");
		write_key(w, SCOPE_CONTAINER, c);
		put(w, ",le=\"");
		write_seconds(w, bound);
		put(w, "\"} ");
		write_value(w, UNIT_COUNT, count);
	}
	for (; bucket < VT_HIST_BUCKETS; bucket++)
		count += requests->buckets[bucket];
	put(w, name);
	put(w, "_bucket{");
	write_key(w, SCOPE_CONTAINER, c);
	put(w, ",le=\"+Inf\"} ");
	write_value(w, UNIT_COUNT, count);
	put(w, name);
	put(w, "_sum{");
	write_key(w, SCOPE_CONTAINER, c);
	put(w, "} ");
	write_value(w, UNIT_NS, requests->sum.value);
	put(w, name);
	put(w, "_count{");
	write_key(w, SCOPE_CONTAINER, c);
	put(w, "} ");
	write_value(w, UNIT_COUNT, count);
}

static void write_histograms(struct writer *w, const struct view *view, bool unmaps,
			     const char *name, const char *help)
{
	size_t n = rows_written(view->n_containers), i;
	bool head = false;

	for (i = 0; i < n; i++) {
		const struct container_view *c = &view->containers[i];
		const struct requests_view *requests = unmaps ? &c->unmap : &c->map;

		if (!requests->buckets || !requests->sum.known)
			continue;
		if (!head)
			write_head(w, name, "histogram", help);
		head = true;
		write_histogram(w, name, c, requests);
	}
}

/* --- What is text --------------------------------------------------------------------- */

static void write_infos(struct writer *w, const struct view *view)
{
	size_t n, i;

	write_head(w, "vfiotop_build_info", "gauge", "the program");
	put(w, "vfiotop_build_info{");
	write_label(w, "version", VFIOTOP_VERSION);
	put(w, "} 1\n");
	write_head(w, "vfiotop_source_info", "gauge",
		   "where the figures come from; nothing is watched without one");
	put(w, "vfiotop_source_info{");
	write_label(w, "source", view->source);
	write_text(w, "attach", view->attach);
	write_text(w, "waiting_for", view->waiting_for);
	put(w, "} 1\n");

	n = rows_written(view->n_containers);
	if (n)
		write_head(w, "vfiotop_container_info", "gauge",
			   "who uses a VFIO container; join the other metrics with it");
	for (i = 0; i < n; i++) {
		const struct container_view *c = &view->containers[i];

		put(w, "vfiotop_container_info{");
		write_key(w, SCOPE_CONTAINER, c);
		write_number(w, "pid", c->pid);
		write_text(w, "command", c->comm);
		write_text(w, "unit", c->names.unit);
		write_text(w, "domain", c->names.domain);
		write_text(w, "pod_uid", c->names.pod);
		write_text(w, "backend", c->backend);
		write_text(w, "api", c->api);
		write_number(w, "iommufd", c->context);
		write_number(w, "ioas", c->ioas);
		put(w, "} 1\n");
	}

	n = rows_written(view->n_devices);
	if (n)
		write_head(w, "vfiotop_device_info", "gauge",
			   "a device that is or was open; 1 while it is open");
	for (i = 0; i < n; i++) {
		const struct device_view *d = &view->devices[i];

		put(w, "vfiotop_device_info{");
		write_key(w, SCOPE_DEVICE, d);
		write_number(w, "group", d->group);
		write_number(w, "vfio_container", d->container);
		write_text(w, "driver", d->driver);
		write_text(w, "pci_name", d->pci_name);
		put(w, "} ");
		write_value(w, UNIT_COUNT, !strcmp(d->state, "open"));
	}
}

static bool same_leak(const struct leak_view *a, const struct leak_view *b)
{
	return a->kind == b->kind && a->container.known == b->container.known &&
	       (!a->container.known || a->container.value == b->container.value);
}

/* Leaks of one kind in one container are one sample. */
static void write_leaks(struct writer *w, const struct view *view)
{
	size_t i, j;

	if (view->n_leaks)
		write_head(w, "vfiotop_leak_bytes", "gauge",
			   "a leak, and how much it is as far as that is known");
	for (i = 0; i < view->n_leaks; i++) {
		const struct leak_view *leak = &view->leaks[i];
		uint64_t bytes = 0;

		for (j = 0; j < i && !same_leak(&view->leaks[j], leak); j++)
			;
		if (j < i)
			continue;
		for (; j < view->n_leaks; j++)
			if (same_leak(&view->leaks[j], leak) && view->leaks[j].bytes.known)
				bytes += view->leaks[j].bytes.value;
		put(w, "vfiotop_leak_bytes{");
		write_label(w, "kind", leak->name);
		write_number(w, "vfio_container", leak->container);
		put(w, "} ");
		write_value(w, UNIT_BYTES, bytes);
	}
}

/* Of the operations in flight the longest of each kind in each container is a sample. */
static void write_in_flight(struct writer *w, const struct view *view)
{
	size_t i, j;

	if (view->n_in_flight)
		write_head(w, "vfiotop_container_in_flight_seconds", "gauge",
			   "how long the longest operation in flight has taken so far");
	for (i = 0; i < view->n_in_flight; i++) {
		const struct in_flight_view *o = &view->in_flight[i];

		/* They are in order, the longest first. */
		for (j = 0; j < i; j++)
			if (view->in_flight[j].container.value == o->container.value &&
			    !strcmp(view->in_flight[j].operation, o->operation))
				break;
		if (j < i || !o->container.known || !o->elapsed.known)
			continue;
		put(w, "vfiotop_container_in_flight_seconds{vfio_container=\"");
		put_number(w, o->container.value);
		put(w, "\"");
		write_text(w, "operation", o->operation);
		put(w, "} ");
		write_value(w, UNIT_NS, o->elapsed.value);
	}
}

static void write_self(struct writer *w, const struct metrics *metrics, const struct view *view)
{
	size_t dropped = view->n_containers - rows_written(view->n_containers) + view->n_groups -
			 rows_written(view->n_groups) + view->n_devices -
			 rows_written(view->n_devices);

	write_head(w, "vfiotop_reports", "counter", "reports made by this run of the program");
	put(w, "vfiotop_reports_total ");
	write_value(w, UNIT_COUNT, metrics->reports);
	write_head(w, "vfiotop_rows_dropped", "gauge",
		   "containers, groups and devices that this scrape leaves out");
	put(w, "vfiotop_rows_dropped ");
	write_value(w, UNIT_COUNT, dropped);
}

char *metrics_render(const struct metrics *metrics, const struct view *view,
		     enum metrics_format format)
{
	struct writer w = { .format = format };
	size_t i;

	write_infos(&w, view);
	write_self(&w, metrics, view);
	write_lost(&w, metrics, view);
	write_failures(&w, metrics, view);
	for (i = 0; i < METRICS; i++) {
		if (table[i].scope == SCOPE_LOST)
			continue;
		if (row_of_host(view, table[i].scope))
			write_host(&w, metrics, i, view);
		else
			write_rows(&w, &table[i], view);
	}
	write_histograms(&w, view, false, "vfiotop_container_map_duration_seconds",
			 "latency of the maps that succeeded since the watch began");
	write_histograms(&w, view, true, "vfiotop_container_unmap_duration_seconds",
			 "latency of the unmaps that succeeded since the watch began");
	write_leaks(&w, view);
	write_in_flight(&w, view);
	if (format == METRICS_OPENMETRICS)
		put(&w, "# EOF\n");
	put_bytes(&w, "", 1);
	if (!w.failed)
		return w.text;
	free(w.text);
	return NULL;
}

const char *metrics_content_type(enum metrics_format format)
{
	if (format == METRICS_OPENMETRICS)
		return "application/openmetrics-text; version=1.0.0; charset=utf-8";
	return "text/plain; version=0.0.4; charset=utf-8";
}
