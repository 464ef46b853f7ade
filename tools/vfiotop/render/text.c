// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"

#define GAP	   2
#define LINE_SIZE  512
#define CELL_SIZE  128
#define CLOCK_SIZE 16
#define LEAF_2M	   9
#define LEAF_1G	   18

/* --- Lines ----------------------------------------------------------------------- */

static void add_line(struct text *text, enum line_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add_line(struct text *text, enum line_style style, const char *format, ...)
{
	struct text_line *more = realloc(text->lines, (text->n + 1) * sizeof(*more));
	va_list args;
	char *line;
	int n;

	if (!more) {
		text->failed = true;
		return;
	}
	text->lines = more;
	va_start(args, format);
	n = vasprintf(&line, format, args);
	va_end(args);
	if (n < 0) {
		text->failed = true;
		return;
	}
	while (n > 0 && line[n - 1] == ' ')
		line[--n] = '\0';
	more[text->n++] = (struct text_line){ line, style };
}

void text_free(struct text *text)
{
	for (size_t i = 0; i < text->n; i++)
		free(text->lines[i].text);
	free(text->lines);
	memset(text, 0, sizeof(*text));
}

size_t text_width(const char *string)
{
	size_t width = 0;

	for (; *string; string++)
		width += (*string & 0xc0) != 0x80;
	return width;
}

/* --- Tables -------------------------------------------------------------------------- */

/* Returns a cell of a column that the table of fields does not have. */
typedef void (*cell_fn)(const void *row, char *cell);

/*
 * A column: a field of the table, or one that is computed here. A title here
 * takes the place of the field's, where it would not be clear enough.
 */
struct column {
	const char *field;
	const char *title;
	int width;
	cell_fn cell;
	bool left;
};

struct table {
	enum field_scope scope;
	const struct column *columns;
	size_t n;
};

static void put(char *line, const char *cell, int width, bool left)
{
	int pad = width - (int)text_width(cell);
	size_t used = strlen(line);

	if (pad < 0)
		pad = 0;
	snprintf(line + used, LINE_SIZE - used, "%*s%s%*s", left ? 0 : pad, "", cell,
		 GAP + (left ? pad : 0), "");
}

static bool is_left(const struct column *column, const struct field *field)
{
	return column->left || (field && field->unit == UNIT_TEXT);
}

static int width_of(const struct column *column, const struct field *field)
{
	return column->width ? column->width : field->width;
}

static void add_header(struct text *text, const struct table *table)
{
	char line[LINE_SIZE] = "";

	for (size_t i = 0; i < table->n; i++) {
		const struct column *column = &table->columns[i];
		const struct field *field = column->field ? fields_find(table->scope, column->field)
							  : NULL;

		put(line, column->title ? column->title : field->title, width_of(column, field),
		    is_left(column, field));
	}
	add_line(text, STYLE_HEADER, "%s", line);
}

static void add_row(struct text *text, const struct table *table, const void *row)
{
	char line[LINE_SIZE] = "";

	for (size_t i = 0; i < table->n; i++) {
		const struct column *column = &table->columns[i];
		const struct field *field = column->field ? fields_find(table->scope, column->field)
							  : NULL;
		char cell[CELL_SIZE];

		if (column->cell) {
			column->cell(row, cell);
		} else if (field->unit == UNIT_TEXT) {
			const char *value = field_text(field, row);

			snprintf(cell, sizeof(cell), "%s", value ? value : "-");
		} else {
			word_figure(field->unit, field_figure(field, row), cell);
		}
		put(line, cell, width_of(column, field), is_left(column, field));
	}
	add_line(text, STYLE_NORMAL, "%s", line);
}

/* --- Containers ------------------------------------------------------------------------ */

static void cell_groups(const void *row, char *cell)
{
	const struct container_view *c = row;
	size_t used = 0;

	snprintf(cell, CELL_SIZE, "-");
	for (size_t i = 0; i < c->n_groups && used < CELL_SIZE; i++)
		used += (size_t)snprintf(cell + used, CELL_SIZE - used, "%s%" PRIu32, i ? "," : "",
					 c->groups[i]);
}

static void cell_devices(const void *row, char *cell)
{
	const struct container_view *c = row;
	size_t used = 0;

	snprintf(cell, CELL_SIZE, "-");
	for (size_t i = 0; i < c->n_devices && used < CELL_SIZE; i++)
		used += (size_t)snprintf(cell + used, CELL_SIZE - used, "%s%s", i ? "," : "",
					 c->devices[i]);
}

static void cell_mappings(const void *row, char *cell)
{
	const struct container_view *c = row;
	char used[WORD_SIZE], limit[WORD_SIZE];

	word_figure(UNIT_COUNT, c->mappings, used);
	word_figure(UNIT_COUNT, c->mappings_limit, limit);
	snprintf(cell, CELL_SIZE, "%s/%s", used, limit);
}

static void cell_errors(const void *row, char *cell)
{
	const struct container_view *c = row;
	struct figure sum = { c->map.errors.value + c->unmap.errors.value,
			      c->map.errors.known && c->unmap.errors.known };

	word_figure(UNIT_COUNT, sum, cell);
}

static void cell_lock_limit(const void *row, char *cell)
{
	const struct container_view *c = row;

	if (c->locked_unlimited.known && c->locked_unlimited.value)
		snprintf(cell, CELL_SIZE, "none");
	else
		word_figure(UNIT_BYTES, c->locked_limit, cell);
}

static void cell_state(const void *row, char *cell)
{
	const struct container_view *c = row;
	const char *state = "open";

	if (c->released_ns.known)
		state = "released";
	else if (c->owner_alive.known && !c->owner_alive.value)
		state = "orphan";
	else if (c->before_watch.value)
		state = "old";
	snprintf(cell, CELL_SIZE, "%s", state);
}

/* The best of what a cgroup tells. */
static void best_name(const struct cgroup_names *names, const char *cgroup, char *cell)
{
	const char *const all[] = { names->domain, names->pod, names->unit, cgroup };
	size_t i = 0;

	while (i < 3 && !all[i][0])
		i++;
	snprintf(cell, CELL_SIZE, "%.*s", CELL_SIZE - 1, all[i][0] ? all[i] : "-");
}

static void cell_name(const void *row, char *cell)
{
	const struct container_view *c = row;

	best_name(&c->names, c->cgroup, cell);
}

static void cell_other_leaves(const void *row, char *cell)
{
	const struct container_view *c = row;
	struct figure sum = { 0, true };

	for (size_t i = 1; i < LEAF_1G; i++) {
		if (i == LEAF_2M)
			continue;
		sum.value += c->leaf_bytes[i].value;
		sum.known = sum.known && c->leaf_bytes[i].known;
	}
	word_figure(UNIT_BYTES, sum, cell);
}

static const struct column container_columns[] = {
	{ .field = "id" },
	{ .field = "pid" },
	{ .field = "comm" },
	{ .field = "backend" },
	{ .title = "STATE", .width = 8, .cell = cell_state, .left = true },
	{ .title = "GROUPS", .width = 6, .cell = cell_groups, .left = true },
	{ .field = "pinned_bytes" },
	{ .field = "pinned_peak_bytes" },
	{ .title = "MAPPINGS", .width = 12, .cell = cell_mappings },
	{ .title = "ERRORS", .width = 6, .cell = cell_errors },
	{ .title = "DEVICES", .width = 12, .cell = cell_devices, .left = true },
	{ .title = "NAME", .width = 4, .cell = cell_name, .left = true },
};

static const struct column latency_columns[] = {
	{ .field = "id" },
	{ .field = "map.per_second", .width = 7 },
	{ .field = "map.ns.p50" },
	{ .field = "map.ns.p99" },
	{ .field = "map.ns.max" },
	{ .field = "map.bytes_per_second" },
	{ .field = "unmap.per_second", .width = 7 },
	{ .field = "unmap.ns.p50" },
	{ .field = "unmap.ns.p99" },
	{ .field = "unmap.ns.max" },
	{ .field = "unmap.bytes_per_second" },
};

static const struct column page_columns[] = {
	{ .field = "id" },
	{ .field = "leaf_bytes.4096" },
	{ .field = "leaf_bytes.2097152" },
	{ .field = "leaf_bytes.1073741824" },
	{ .title = "OTHER", .width = 10, .cell = cell_other_leaves },
	{ .field = "mean_run_bytes" },
	{ .field = "map.phase_ns.pin" },
	{ .field = "map.phase_ns.iommu" },
	{ .field = "map.phase_ns.account" },
	{ .field = "locked_bytes" },
	{ .title = "LOCK LIMIT", .width = 10, .cell = cell_lock_limit },
};

#define TABLE(scope, columns)                                          \
	{                                                              \
		scope, columns, sizeof(columns) / sizeof((columns)[0]) \
	}

static const struct table container_tables[] = {
	TABLE(SCOPE_CONTAINER, container_columns),
	TABLE(SCOPE_CONTAINER, latency_columns),
	TABLE(SCOPE_CONTAINER, page_columns),
};

static uint64_t sort_key(const struct container_view *c, enum text_sort sort)
{
	switch (sort) {
	case SORT_PINNED:
		return c->pinned.known ? c->pinned.value : 0;
	case SORT_MAPS:
		return c->map.per_second.known ? c->map.per_second.value : 0;
	case SORT_LATENCY:
		return c->map.max.known ? c->map.max.value : 0;
	default:
		return 0;
	}
}

static int compare_containers(const void *a, const void *b, void *sort)
{
	const struct container_view *x = *(const struct container_view *const *)a;
	const struct container_view *y = *(const struct container_view *const *)b;
	uint64_t key_x = sort_key(x, *(enum text_sort *)sort);
	uint64_t key_y = sort_key(y, *(enum text_sort *)sort);

	if (key_x != key_y)
		return key_x < key_y ? 1 : -1;
	return (x->id.value > y->id.value) - (x->id.value < y->id.value);
}

static void add_containers(struct text *text, const struct view *view, enum text_sort sort)
{
	const struct container_view **order;

	if (!(view->knowledge & KNOWS_CONTAINERS))
		return;
	order = calloc(view->n_containers + 1, sizeof(*order));
	if (!order) {
		text->failed = true;
		return;
	}
	if (!view->n_containers) {
		add_line(text, STYLE_NORMAL, "%s", "");
		add_line(text, STYLE_NORMAL, "no VFIO container seen%s",
			 view->census.value
				 ? ""
				 : "; one opened before this watch appears with its next request");
		free(order);
		return;
	}
	for (size_t i = 0; i < view->n_containers; i++)
		order[i] = &view->containers[i];
	qsort_r(order, view->n_containers, sizeof(*order), compare_containers, &sort);
	for (size_t t = 0; t < sizeof(container_tables) / sizeof(container_tables[0]); t++) {
		add_line(text, STYLE_NORMAL, "%s", "");
		add_header(text, &container_tables[t]);
		for (size_t i = 0; i < view->n_containers; i++)
			add_row(text, &container_tables[t], order[i]);
	}
	free(order);
}

/* --- The rest ----------------------------------------------------------------------------- */

static const struct column group_columns[] = {
	{ .field = "id" },	  { .field = "pid" },	{ .field = "comm" },
	{ .field = "container" }, { .field = "opens" }, { .field = "open_errors" },
};

static void cell_device_errors(const void *row, char *cell)
{
	const struct device_view *d = row;
	struct figure sum = { d->open.errors.value + d->reset.errors.value,
			      d->open.errors.known && d->reset.errors.known };

	word_figure(UNIT_COUNT, sum, cell);
}

/* What nobody has named goes by its numbers, as lspci shows them. */
static void cell_device_name(const void *row, char *cell)
{
	const struct device_view *d = row;

	if (d->pci_name[0] || !d->vendor_id.known)
		snprintf(cell, CELL_SIZE, "%s", d->pci_name[0] ? d->pci_name : "-");
	else
		snprintf(cell, CELL_SIZE, "%04" PRIx64 ":%04" PRIx64, d->vendor_id.value,
			 d->device_id.value);
}

static void cell_process_limit(const void *row, char *cell)
{
	const struct process_view *p = row;

	if (p->locked_unlimited.known && p->locked_unlimited.value)
		snprintf(cell, CELL_SIZE, "none");
	else
		word_figure(UNIT_BYTES, p->locked_limit, cell);
}

static void cell_process_name(const void *row, char *cell)
{
	const struct process_view *p = row;

	best_name(&p->names, p->cgroup, cell);
}

static const struct column process_columns[] = {
	{ .field = "pid", .title = "PROCESS" },
	{ .field = "comm" },
	{ .field = "containers" },
	{ .field = "groups" },
	{ .field = "devices" },
	{ .field = "locked_bytes" },
	{ .title = "LOCK LIMIT", .width = 10, .cell = cell_process_limit },
	{ .field = "iommu.map.count" },
	{ .field = "iommu.map.bytes" },
	{ .field = "iommu.unmap.count" },
	{ .field = "iommu.unmap.bytes" },
	{ .title = "NAME", .width = 4, .cell = cell_process_name, .left = true },
};

static const struct column flight_columns[] = {
	{ .field = "container" },  { .field = "pid" },	      { .field = "operation" },
	{ .field = "iova" },	   { .field = "size_bytes" }, { .field = "done_bytes" },
	{ .field = "elapsed_ns" },
};

/* Most wanted first: a narrow terminal shows those on the left. */
static const struct column device_columns[] = {
	{ .field = "address" },
	{ .field = "driver" },
	{ .field = "group" },
	{ .field = "pid" },
	{ .field = "state" },
	{ .field = "open.ns.last" },
	{ .field = "close.ns.last" },
	{ .field = "reset.ns.last" },
	{ .field = "resets" },
	{ .title = "ERRORS", .width = 6, .cell = cell_device_errors },
	{ .field = "comm" },
	{ .title = "NAME", .width = 4, .cell = cell_device_name, .left = true },
};

static const struct table device_table = TABLE(SCOPE_DEVICE, device_columns);
static const struct table process_table = TABLE(SCOPE_PROCESS, process_columns);
static const struct table group_table = TABLE(SCOPE_GROUP, group_columns);
static const struct table flight_table = TABLE(SCOPE_IN_FLIGHT, flight_columns);

static void add_rows(struct text *text, const struct table *table, const void *rows, size_t n,
		     size_t size)
{
	if (!n)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_header(text, table);
	for (size_t i = 0; i < n; i++)
		add_row(text, table, (const char *)rows + i * size);
}

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

static void add_failures(struct text *text, const struct view *view)
{
	uint64_t now = view->time_ns.value;

	if (!view->n_failures)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_HEADER, "LAST FAILURES");
	for (size_t i = view->n_failures; i-- > 0;) {
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

void render_text(const struct view *view, enum text_sort sort, struct text *text)
{
	text_free(text);
	if (view->waiting_for[0]) {
		add_waiting(text, view);
		return;
	}
	add_title(text, view);
	add_lost(text, view);
	add_unseen(text, view);
	add_containers(text, view, sort);
	add_rows(text, &flight_table, view->in_flight, view->n_in_flight, sizeof(*view->in_flight));
	add_rows(text, &process_table, view->processes, view->n_processes,
		 sizeof(*view->processes));
	add_rows(text, &group_table, view->groups, view->n_groups, sizeof(*view->groups));
	add_rows(text, &device_table, view->devices, view->n_devices, sizeof(*view->devices));
	add_leaks(text, view);
	add_failures(text, view);
}
