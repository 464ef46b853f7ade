// SPDX-License-Identifier: GPL-2.0-only
#include "alerts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "superpages.h"
#include "words.h"

static const char *const kinds[ALERT_KINDS] = {
	[ALERT_UNMAP_DIFFERS] = "unmap-differs",
	[ALERT_LEAK] = "leak",
	[ALERT_ORPHAN] = "orphan",
	[ALERT_SLOW_MAP] = "slow-map",
	[ALERT_SUPERPAGES] = "superpages",
	[ALERT_MEMLOCK] = "memlock",
	[ALERT_MAPPINGS] = "mappings",
	[ALERT_HOT_PATH] = "hot-path",
	[ALERT_REFUSED] = "refused",
	[ALERT_LOST] = "lost",
	[ALERT_SOURCE] = "source",
};

static const char *const severities[] = {
	[SEVERITY_NONE] = "",
	[SEVERITY_NOTICE] = "notice",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

struct alert_limits alert_limits_default(void)
{
	return (struct alert_limits){
		.slow_ns = 1000000000,
		.hot_milli = 1000000,
		.memlock = 90,
		.mappings = 80,
	};
}

static bool parse(const char *text, double min, double max, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && *value >= min && *value <= max;
}

const char *alert_limits_set(struct alert_limits *limits, const char *name, const char *text)
{
	double value;

	if (!strcmp(name, "slow-map")) {
		if (!parse(text, 0.000001, 86400, &value))
			return "slow-map needs seconds, more than 0 and up to 86400";
		limits->slow_ns = (uint64_t)(value * 1e9);
	} else if (!strcmp(name, "hot-path")) {
		if (!parse(text, 1, 1e9, &value))
			return "hot-path needs maps per second, at least 1";
		limits->hot_milli = (uint64_t)value * 1000;
	} else if (!strcmp(name, "memlock")) {
		if (!parse(text, 1, 100, &value))
			return "memlock needs percent from 1 to 100";
		limits->memlock = (unsigned int)value;
	} else if (!strcmp(name, "mappings")) {
		if (!parse(text, 1, 100, &value))
			return "mappings needs percent from 1 to 100";
		limits->mappings = (unsigned int)value;
	} else {
		return "there is no such alert with a limit";
	}
	return NULL;
}

size_t alerts_room(size_t containers, size_t leaks, size_t processes)
{
	return containers * ALERT_KINDS + leaks + processes + ALERT_KINDS;
}

static struct alert_view *add(struct view *view, enum alert_kind kind, enum alert_severity severity,
			      const char *format, ...) __attribute__((format(printf, 4, 5)));

static struct alert_view *add(struct view *view, enum alert_kind kind, enum alert_severity severity,
			      const char *format, ...)
{
	struct alert_view *a = &view->alerts[view->n_alerts++];
	va_list args;

	memset(a, 0, sizeof(*a));
	a->severity = severity;
	a->since_ns = view->time_ns;
	snprintf(a->severity_name, sizeof(a->severity_name), "%s", severities[severity]);
	snprintf(a->name, sizeof(a->name), "%s", kinds[kind]);
	va_start(args, format);
	vsnprintf(a->text, sizeof(a->text), format, args);
	va_end(args);
	return a;
}

/* Whether @part is at least @percent of @whole. */
static bool is_near(struct figure part, struct figure whole, unsigned int percent)
{
	return part.known && whole.known && whole.value &&
	       (double)part.value >= (double)whole.value * percent / 100;
}

/* --- Of a container ------------------------------------------------------------------ */

static void find_unmaps(struct view *view, const struct container_view *c)
{
	if (c->unmap_differs.known && c->unmap_differs.value)
		add(view, ALERT_UNMAP_DIFFERS, SEVERITY_CRITICAL,
		    "%" PRIu64 " unmaps succeeded, but did not unmap as many bytes as asked for: "
		    "devices may still reach memory that the process has reused",
		    c->unmap_differs.value);
}

static void find_slow_maps(struct view *view, const struct alert_limits *limits,
			   const struct container_view *c)
{
	char time[WORD_SIZE], size[WORD_SIZE];

	for (size_t i = 0; i < c->n_in_flight; i++) {
		const struct in_flight_view *f = &c->in_flight[i];

		if (strcmp(f->operation, "map") || !f->elapsed.known ||
		    f->elapsed.value < limits->slow_ns)
			continue;
		word_ns(f->elapsed.value, time);
		word_bytes(f->size.value, size);
		add(view, ALERT_SLOW_MAP, SEVERITY_WARNING, "a map of %s has been running for %s",
		    size, time);
		return;
	}
	if (!c->map.max.known || c->map.max.value < limits->slow_ns)
		return;
	word_ns(c->map.max.value, time);
	add(view, ALERT_SLOW_MAP, SEVERITY_NOTICE, "the longest map took %s", time);
}

static void find_superpages(struct view *view, const struct container_view *c)
{
	if (superpages_wasted(c))
		add(view, ALERT_SUPERPAGES, SEVERITY_WARNING, "%" PRIu64 " %% in superpages: %s",
		    c->superpages.value, c->superpage_hint);
}

static bool memlock_is_near(const struct alert_limits *limits, struct figure locked,
			    struct figure limit, struct figure unlimited)
{
	return !(unlimited.known && unlimited.value) && is_near(locked, limit, limits->memlock);
}

static struct alert_view *add_memlock(struct view *view, struct figure locked, struct figure limit)
{
	char used[WORD_SIZE], most[WORD_SIZE];

	word_bytes(locked.value, used);
	word_bytes(limit.value, most);
	return add(view, ALERT_MEMLOCK, SEVERITY_WARNING,
		   "%s locked of RLIMIT_MEMLOCK %s: maps beyond it fail with ENOMEM", used, most);
}

static void find_limits(struct view *view, const struct alert_limits *limits,
			const struct container_view *c)
{
	char each[WORD_SIZE];

	if (memlock_is_near(limits, c->locked, c->locked_limit, c->locked_unlimited))
		add_memlock(view, c->locked, c->locked_limit);
	if (!is_near(c->mappings, c->mappings_limit, limits->mappings))
		return;
	word_bytes(c->mapping_bytes.value, each);
	add(view, ALERT_MAPPINGS, SEVERITY_WARNING,
	    "%" PRIu64 " of %" PRIu64
	    " mappings are in use, of %s each: maps beyond them fail with "
	    "ENOSPC",
	    c->mappings.value, c->mappings_limit.value,
	    c->mapping_bytes.known ? each : "unknown size");
}

static void find_hot_path(struct view *view, const struct alert_limits *limits,
			  const struct container_view *c, struct alert_history *h, bool tick)
{
	char size[WORD_SIZE];
	bool hot = c->map.per_second.known && c->map.per_second.value > limits->hot_milli;

	if (tick)
		h->hot_ticks = hot ? h->hot_ticks + 1 : 0;
	if (h->hot_ticks < ALERT_HOT_TICKS || !c->map.mean_bytes.known)
		return;
	word_bytes(c->map.mean_bytes.value, size);
	add(view, ALERT_HOT_PATH, SEVERITY_WARNING,
	    "more than %" PRIu64
	    " maps per second for %u intervals, of %s on average: map once and reuse",
	    limits->hot_milli / 1000, h->hot_ticks, size);
}

static void find_refusals(struct view *view, const struct container_view *c)
{
	if (c->first_failure)
		add(view, ALERT_REFUSED,
		    c->first_failure->error.value == 12 ? SEVERITY_WARNING : SEVERITY_NOTICE,
		    "%" PRIu64 " maps and unmaps were refused, at first: %s",
		    c->map.errors.value + c->unmap.errors.value, c->first_failure->text);
}

static enum alert_kind kind_of(const struct alert_view *alert)
{
	size_t kind = 0;

	while (strcmp(kinds[kind], alert->name))
		kind++;
	return (enum alert_kind)kind;
}

/* Alerts from @first on are of the same thing: those that are not among them have ended. */
static void remember(struct view *view, size_t first, struct alert_history *h)
{
	bool found[ALERT_KINDS] = { 0 };

	for (size_t i = first; i < view->n_alerts; i++) {
		enum alert_kind kind = kind_of(&view->alerts[i]);

		if (!h->since_ns[kind])
			h->since_ns[kind] = view->time_ns.value;
		view->alerts[i].since_ns = known(h->since_ns[kind]);
		found[kind] = true;
	}
	for (size_t kind = 0; kind < ALERT_KINDS; kind++)
		if (!found[kind])
			h->since_ns[kind] = 0;
}

static void grade(struct container_view *c, const struct alert_view *alert)
{
	if (alert->severity <= c->severity)
		return;
	c->severity = alert->severity;
	memcpy(c->alert, alert->name, sizeof(c->alert));
}

void alerts_container(struct view *view, const struct alert_limits *limits,
		      struct container_view *c, struct alert_history *h, bool tick)
{
	size_t first = view->n_alerts;

	find_unmaps(view, c);
	find_slow_maps(view, limits, c);
	find_superpages(view, c);
	find_limits(view, limits, c);
	find_hot_path(view, limits, c, h, tick);
	find_refusals(view, c);
	for (size_t i = first; i < view->n_alerts; i++) {
		struct alert_view *a = &view->alerts[i];

		a->container = c->id;
		a->pid = c->pid;
		memcpy(a->comm, c->comm, sizeof(a->comm));
		grade(c, a);
	}
	remember(view, first, h);
}

/* --- Of the report ------------------------------------------------------------------- */

static const enum alert_severity leak_severity[LEAK_KINDS] = {
	[LEAK_KERNEL] = SEVERITY_CRITICAL,     [LEAK_GROWTH] = SEVERITY_WARNING,
	[LEAK_ORPHAN] = SEVERITY_WARNING,      [LEAK_ACCOUNTING] = SEVERITY_WARNING,
	[LEAK_OVER_UNPIN] = SEVERITY_CRITICAL,
};

static int compare_ids(const void *key, const void *container)
{
	uint64_t x = *(const uint64_t *)key;
	uint64_t y = ((const struct container_view *)container)->id.value;

	return (x > y) - (x < y);
}

static void find_leaks(struct view *view)
{
	char bytes[WORD_SIZE];

	for (size_t i = 0; i < view->n_leaks; i++) {
		const struct leak_view *l = &view->leaks[i];
		struct container_view *c = bsearch(&l->container.value, view->containers,
						   view->n_containers, sizeof(*view->containers),
						   compare_ids);
		struct alert_view *a;

		word_bytes(l->bytes.value, bytes);
		a = add(view, l->kind == LEAK_ORPHAN ? ALERT_ORPHAN : ALERT_LEAK,
			l->suspected.value ? SEVERITY_NOTICE : leak_severity[l->kind],
			"%s of %s: %s", l->name, l->bytes.known ? bytes : "unknown size", l->text);
		a->container = l->container;
		a->pid = l->pid;
		memcpy(a->comm, l->comm, sizeof(a->comm));
		a->since_ns = l->since_ns;
		if (c)
			grade(c, a);
	}
}

static void find_processes(struct view *view, const struct alert_limits *limits)
{
	for (size_t i = 0; i < view->n_processes; i++) {
		const struct process_view *p = &view->processes[i];
		struct alert_view *a;

		if (!memlock_is_near(limits, p->locked, p->locked_limit, p->locked_unlimited))
			continue;
		a = add_memlock(view, p->locked, p->locked_limit);
		a->pid = p->pid;
		memcpy(a->comm, p->comm, sizeof(a->comm));
	}
}

static void find_blind_spots(struct view *view)
{
	if (view->lost_sum)
		add(view, ALERT_LOST, SEVERITY_WARNING,
		    "%" PRIu64 " events were not recorded: figures may be too low", view->lost_sum);
	if (!(view->knowledge & KNOWS_PINS))
		add(view, ALERT_SOURCE, SEVERITY_NOTICE,
		    "the source %s does not know pins%s: vfiotop --info says why it was chosen",
		    view->source, view->knowledge & KNOWS_CONTAINERS ? "" : " and containers");
}

static int compare_alerts(const void *a, const void *b)
{
	const struct alert_view *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? 1 : -1;
	if (x->container.value != y->container.value)
		return x->container.value < y->container.value ? -1 : 1;
	return strcmp(x->name, y->name);
}

void alerts_report(struct view *view, const struct alert_limits *limits, struct alert_history *h)
{
	size_t first = view->n_alerts;

	find_blind_spots(view);
	remember(view, first, h);
	find_leaks(view);
	find_processes(view, limits);
	qsort(view->alerts, view->n_alerts, sizeof(*view->alerts), compare_alerts);
}
