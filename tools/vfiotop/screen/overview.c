// SPDX-License-Identifier: GPL-2.0-only
#include "overview.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "grid.h"
#include "paint.h"
#include "render/render.h"

#define LINE_SIZE 256

/* In the order of the digits that lead there. */
static const struct {
	enum table_name table;
	char key;
	const char *name;
} tabs[] = {
	{ TABLE_CONTAINERS, '1', "Spaces" }, { TABLE_LATENCY, '2', "Latency" },
	{ TABLE_PAGES, '3', "Pages" },	     { TABLE_IN_FLIGHT, '4', "Running" },
	{ TABLE_DEVICES, '5', "Devices" },   { TABLE_GROUPS, '6', "Groups" },
	{ TABLE_FAILURES, '7', "Fails" },    { TABLE_LEAKS, '8', "Leaks" },
	{ TABLE_ALERTS, '9', "Alerts" },     { TABLE_PROCESSES, '0', "Procs" },
};

#define N_TABS (sizeof(tabs) / sizeof(tabs[0]))

bool tab_by_key(int key, enum table_name *name)
{
	for (size_t i = 0; i < N_TABS; i++) {
		if (tabs[i].key == key) {
			*name = tabs[i].table;
			return true;
		}
	}
	return false;
}

enum table_name tab_beside(enum table_name name, int step)
{
	size_t i = 0;

	while (tabs[i].table != name)
		i++;
	return tabs[(i + N_TABS + (size_t)step) % N_TABS].table;
}

/* --- The first line ------------------------------------------------------------------ */

/* All of it or nothing: a figure without its last digits is another one. */
static int say(int x, const char *what, const char *value, enum paint paint)
{
	if (x && x + (int)(text_width(what) + 1 + text_width(value)) > paint_columns())
		return paint_columns();
	x = paint_text(0, x, paint_columns(), what, PAINT_NORMAL);
	x = paint_text(0, x + 1, paint_columns(), value, paint);
	return x + 2;
}

static int say_figure(int x, const char *what, enum field_unit unit, struct figure figure,
		      enum paint paint)
{
	char word[WORD_SIZE];

	word_figure(unit, figure, word);
	return say(x, what, word, figure.known && figure.value ? paint : PAINT_NORMAL);
}

static struct figure maps_per_second(const struct view *view)
{
	struct figure sum = { 0, view->knowledge & KNOWS_REQUESTS };

	for (size_t i = 0; i < view->n_containers; i++)
		sum.value += view->containers[i].map.per_second.value;
	return sum;
}

static enum paint alerts_paint(const struct view *view)
{
	return view->n_alerts ? (enum paint)severity_paint(view->alerts[0].severity) : PAINT_NORMAL;
}

/* What matters most comes first: a narrow terminal shows only that. */
static void draw_first(const struct view *view, bool paused)
{
	time_t seconds = (time_t)(view->realtime_ns.value / 1000000000);
	bool containers = view->knowledge & KNOWS_CONTAINERS;
	struct figure spaces = { view->n_containers, containers };
	struct figure alerts = { view->n_alerts, true };
	struct figure leaks = { view->n_leaks, containers };
	char clock[16], source[48];
	struct tm tm;
	int x;

	localtime_r(&seconds, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(source, sizeof(source), view->attach[0] ? "%s (%s)" : "%s", view->source,
		 view->attach);
	x = say(0, "vfiotop", clock, PAINT_TITLE);
	if (paused)
		x = paint_text(0, x, paint_columns(), "PAUSED", PAINT_HEADER) + 2;
	x = say_figure(x, "alerts", UNIT_COUNT, alerts, alerts_paint(view));
	x = say_figure(x, "spaces", UNIT_COUNT, spaces, PAINT_NORMAL);
	x = say_figure(x, "pinned", UNIT_BYTES, view->totals.pinned, PAINT_NORMAL);
	x = say_figure(x, "maps/s", UNIT_MILLI, maps_per_second(view), PAINT_NORMAL);
	x = say_figure(x, "leaks", UNIT_COUNT, leaks, PAINT_WARNING);
	if (view->host.kept.value)
		x = say_figure(x, "left", UNIT_BYTES, view->host.kept, PAINT_WARNING);
	if (view->host.others.value)
		x = say_figure(x, "not VFIO", UNIT_BYTES, view->host.others, PAINT_NORMAL);
	x = say_figure(x, "lost", UNIT_COUNT, (struct figure){ view->lost_sum, true },
		       PAINT_WARNING);
	if (view->only[0])
		x = say(x, "only", view->only, PAINT_HEADER);
	x = say(x, "source", source, PAINT_NORMAL);
	say_figure(x, "interval", UNIT_NS, view->interval_ns, PAINT_NORMAL);
}

/* --- The alert and the tables -------------------------------------------------------- */

static void draw_alert(const struct view *view)
{
	const struct alert_view *a = view->alerts;
	char line[2 * LINE_SIZE], where[64] = "";

	if (!view->n_alerts) {
		paint_text(1, 0, paint_columns(), "no alerts", PAINT_DIM);
		return;
	}
	if (a->container.known)
		snprintf(where, sizeof(where), " in container %" PRIu64 " (%s)", a->container.value,
			 a->comm[0] ? a->comm : "-");
	snprintf(line, sizeof(line), "%s %s%s: %s", severity_mark(a->severity), a->name, where,
		 a->text);
	paint_text(1, 0, paint_columns(), line, (enum paint)severity_paint(a->severity));
}

static void draw_tabs(enum table_name current)
{
	char name[16];
	int x = 0;

	for (size_t i = 0; i < N_TABS; i++) {
		bool here = tabs[i].table == current;

		snprintf(name, sizeof(name), "%c%s", tabs[i].key, tabs[i].name);
		x = paint_text(2, x, paint_columns(), here ? "[" : " ", PAINT_NORMAL);
		x = paint_text(2, x, paint_columns(), name, here ? PAINT_TITLE : PAINT_NORMAL);
		if (here)
			x = paint_text(2, x, paint_columns(), "]", PAINT_NORMAL);
	}
}

void overview_draw(const struct screen_state *state)
{
	draw_first(state->view, state->paused || state->stopped);
	draw_alert(state->view);
	draw_tabs(state->tab);
}
