// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "lines.h"
#include "text_tables.h"

#define CLOCK_SIZE    16
#define LAST_FAILURES 16

static void add_leaks(struct text *text, const struct view *view)
{
	if (!view->n_leaks)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_HEADER, "LEAKS");
	for (size_t i = 0; i < view->n_leaks; i++) {
		const struct leak_view *l = &view->leaks[i];
		char bytes[WORD_SIZE], pid[WORD_SIZE];

		word_figure(UNIT_BYTES, l->bytes, bytes);
		word_figure(UNIT_NUMBER, l->pid, pid);
		add_line(text, STYLE_WARNING, "%s: %s in container %" PRIu64 " of %s (%s): %s",
			 l->name, bytes, l->container.value, pid, l->comm[0] ? l->comm : "-",
			 l->text);
	}
}

/* The sizes of the maps of the last interval. */
static void add_sizes(struct text *text, const struct container_view *c)
{
	char line[LINE_SIZE], size[WORD_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < c->n_map_sizes; i++) {
		const struct size_view *s = &c->map_sizes[i];

		if (!s->recent.value)
			continue;
		word_bytes(s->from.value, size);
		used += (size_t)snprintf(line + used, sizeof(line) - used, "  %" PRIu64 " of %s",
					 s->recent.value, size);
		if (used >= sizeof(line))
			break;
	}
	if (used)
		add_line(text, STYLE_NORMAL, "%9" PRIu64 "%s", c->id.value, line);
}

static void add_all_sizes(struct text *text, const struct view *view)
{
	bool any = false;

	for (size_t i = 0; i < view->n_containers; i++)
		for (size_t j = 0; j < view->containers[i].n_map_sizes; j++)
			any = any || view->containers[i].map_sizes[j].recent.value;
	if (!any)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_HEADER, "CONTAINER  MAPS SINCE THE LAST REPORT, BY SIZE");
	for (size_t i = 0; i < view->n_containers; i++)
		add_sizes(text, &view->containers[i]);
}

static void add_alerts(struct text *text, const struct view *view)
{
	for (size_t i = 0; i < view->n_alerts; i++) {
		const struct alert_view *a = &view->alerts[i];

		add_line(text, STYLE_WARNING, "%s: %s: %s", a->severity_name, a->name, a->text);
	}
}

static void add_failures(struct text *text, const struct view *view)
{
	uint64_t now = view->time_ns.value;

	if (!view->n_failures)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_HEADER, "LAST FAILURES");
	for (size_t i = view->n_failures; i-- > 0 && view->n_failures - i <= LAST_FAILURES;) {
		const struct failure_view *f = &view->failures[i];
		uint64_t then = f->time_ns.value;
		char ago[WORD_SIZE];

		word_ns(now > then ? now - then : 0, ago);
		add_line(text, STYLE_NORMAL, "%9s ago  %s", ago, f->text);
	}
}

static void add_lost(struct text *text, const struct view *view)
{
	char line[LINE_SIZE] = "";
	const struct field *f = NULL;

	if (!view->lost_sum)
		return;
	while ((f = fields_next(SCOPE_LOST, f))) {
		struct figure figure = field_figure(f, &view->lost);
		size_t used = strlen(line);

		if (figure.value)
			snprintf(line + used, sizeof(line) - used, " %s %" PRIu64, f->name,
				 figure.value);
	}
	add_line(text, STYLE_WARNING, "lost:%s: figures may be too low", line);
}

static void add_unseen(struct text *text, const struct view *view)
{
	if (!(view->knowledge & KNOWS_PROCESSES) || (view->unseen.known && !view->unseen.value))
		return;
	if (view->unseen.known)
		add_line(text, STYLE_WARNING,
			 "not permitted to look at the files of %" PRIu64
			 " processes: run it as root to see all",
			 view->unseen.value);
	else
		add_line(text, STYLE_WARNING, "/proc does not show all processes");
}

static void add_no_iommufd(struct text *text, const struct view *view)
{
	if (view->iommufd.known && !view->iommufd.value)
		add_line(text, STYLE_WARNING, "%s",
			 view->no_iommufd[0] ? view->no_iommufd
					     : "iommufd is loaded, and not watched");
}

static void add_runs_over(struct text *text, const struct view *view)
{
	if (view->runs_over.value)
		add_line(text, STYLE_WARNING,
			 "runs and leaf sizes are no longer counted: short runs made that too "
			 "costly; --runs counts them all");
}

static void add_no_containers(struct text *text, const struct view *view)
{
	if (!view->containers || view->n_containers)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_NORMAL, "no VFIO container seen%s",
		 view->only[0] ? " of what is to be shown"
		 : view->census.value
			 ? ""
			 : "; one opened before this watch appears with its next request");
}

static void word_clock(const struct view *view, char clock[CLOCK_SIZE])
{
	time_t seconds = (time_t)(view->realtime_ns.value / 1000000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(clock, CLOCK_SIZE, "%H:%M:%S", &tm);
}

static void add_title(struct text *text, const struct view *view)
{
	bool containers = view->knowledge & KNOWS_CONTAINERS;
	char clock[CLOCK_SIZE], interval[WORD_SIZE], attach[24] = "";
	char n_containers[WORD_SIZE], n_leaks[WORD_SIZE];

	word_clock(view, clock);
	word_ns(view->interval_ns.value, interval);
	word_figure(UNIT_COUNT, (struct figure){ view->n_containers, containers }, n_containers);
	word_figure(UNIT_COUNT, (struct figure){ view->n_leaks, containers }, n_leaks);
	if (view->attach[0])
		snprintf(attach, sizeof(attach), " (%s)", view->attach);
	add_line(text, STYLE_TITLE,
		 "vfiotop %s  source %s%s  interval %s  containers %s  leaks %s  lost %" PRIu64,
		 clock, view->source, attach, interval, n_containers, n_leaks, view->lost_sum);
}

static void add_waiting(struct text *text, const struct view *view)
{
	char clock[CLOCK_SIZE];

	word_clock(view, clock);
	add_line(text, STYLE_TITLE, "vfiotop %s  waiting for VFIO: %s is not loaded", clock,
		 view->waiting_for);
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_NORMAL,
		 "once vfio, vfio_iommu_type1 and vfio-pci are loaded the watch begins");
}

void render_text(const struct view *view, struct text *text)
{
	text_free(text);
	if (view->waiting_for[0]) {
		add_waiting(text, view);
		return;
	}
	add_title(text, view);
	if (view->only[0])
		add_line(text, STYLE_NORMAL, "only %s", view->only);
	add_lost(text, view);
	add_unseen(text, view);
	add_no_iommufd(text, view);
	add_runs_over(text, view);
	add_alerts(text, view);
	render_host(&view->host, text);
	add_no_containers(text, view);
	add_tables(text, view);
	add_all_sizes(text, view);
	add_leaks(text, view);
	add_failures(text, view);
}
