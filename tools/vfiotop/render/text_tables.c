// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "text_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "lines.h"

#define GAP	  2 /* between columns */
#define CELL_SIZE 128
#define LEAF_2M	  9
#define LEAF_1G	  18

/* Writes the cell of a column that the field table does not have. */
typedef void (*cell_fn)(const void *row, char *cell);

/*
 * struct column - a column of a table
 * @name: of a field; NULL when it is computed here
 * @title: in place of the field's, where that would not be clear enough
 * @width: likewise
 * @cell: computes it
 * @left: aligned to the left; texts always are
 * @field: of that name; set when the table is used for the first time
 */
struct column {
	const char *name;
	const char *title;
	int width;
	cell_fn cell;
	bool left;
	const struct field *field;
};

/*
 * struct table - one table
 * @scope: of its rows
 * @columns: n_columns of them
 * @n_columns: how many
 * @rows: where struct view points to its rows
 * @n_rows: and where it has their number
 * @size: of a row
 * @resolved: the columns have their fields
 */
struct table {
	enum field_scope scope;
	struct column *columns;
	size_t n_columns;
	size_t rows;
	size_t n_rows;
	size_t size;
	bool resolved;
};

/* --- Cells --------------------------------------------------------------------------- */

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

static void add_up(struct figure a, struct figure b, char *cell)
{
	word_figure(UNIT_COUNT, (struct figure){ a.value + b.value, a.known && b.known }, cell);
}

static void cell_errors(const void *row, char *cell)
{
	const struct container_view *c = row;

	add_up(c->map.errors, c->unmap.errors, cell);
}

static void lock_limit(struct figure unlimited, struct figure limit, char *cell)
{
	if (unlimited.known && unlimited.value)
		snprintf(cell, CELL_SIZE, "none");
	else
		word_figure(UNIT_BYTES, limit, cell);
}

static void cell_lock_limit(const void *row, char *cell)
{
	const struct container_view *c = row;

	lock_limit(c->locked_unlimited, c->locked_limit, cell);
}

static void cell_state(const void *row, char *cell)
{
	const struct container_view *c = row;
	const char *state = "open";

	if (c->released_ns.known)
		state = "released";
	else if (c->orphan.value)
		state = "orphan";
	else if (c->before_watch.value)
		state = "old";
	snprintf(cell, CELL_SIZE, "%s", state);
}

/* The most telling of the names in a cgroup. */
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

static void cell_device_errors(const void *row, char *cell)
{
	const struct device_view *d = row;

	add_up(d->open.errors, d->reset.errors, cell);
}

/* A device without a name is shown by its IDs, as lspci does. */
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

	lock_limit(p->locked_unlimited, p->locked_limit, cell);
}

static void cell_process_name(const void *row, char *cell)
{
	const struct process_view *p = row;

	best_name(&p->names, p->cgroup, cell);
}

/* --- Columns and tables -------------------------------------------------------------- */

static struct column container_columns[] = {
	{ .name = "id" },
	{ .name = "pid" },
	{ .name = "comm" },
	{ .name = "backend" },
	{ .title = "STATE", .width = 8, .cell = cell_state, .left = true },
	{ .title = "GROUPS", .width = 6, .cell = cell_groups, .left = true },
	{ .name = "pinned_bytes" },
	{ .name = "pinned_peak_bytes" },
	{ .title = "MAPPINGS", .width = 12, .cell = cell_mappings },
	{ .title = "ERRORS", .width = 6, .cell = cell_errors },
	{ .title = "DEVICES", .width = 12, .cell = cell_devices, .left = true },
	{ .title = "NAME", .width = 4, .cell = cell_name, .left = true },
};

static struct column latency_columns[] = {
	{ .name = "id" },
	{ .name = "map.per_second", .width = 7 },
	{ .name = "map.ns.p50" },
	{ .name = "map.ns.p99" },
	{ .name = "map.ns.max" },
	{ .name = "map.bytes_per_second" },
	{ .name = "unmap.per_second", .width = 7 },
	{ .name = "unmap.ns.p50" },
	{ .name = "unmap.ns.p99" },
	{ .name = "unmap.ns.max" },
	{ .name = "unmap.bytes_per_second" },
};

static struct column page_columns[] = {
	{ .name = "id" },
	{ .name = "leaf_bytes.4096" },
	{ .name = "leaf_bytes.2097152" },
	{ .name = "leaf_bytes.1073741824" },
	{ .title = "OTHER", .width = 10, .cell = cell_other_leaves },
	{ .name = "mean_run_bytes" },
	{ .name = "map.phase_ns.pin" },
	{ .name = "map.phase_ns.iommu" },
	{ .name = "map.phase_ns.account" },
	{ .name = "locked_bytes" },
	{ .title = "LOCK LIMIT", .width = 10, .cell = cell_lock_limit },
};

static struct column process_columns[] = {
	{ .name = "pid", .title = "PROCESS" },
	{ .name = "comm" },
	{ .name = "containers" },
	{ .name = "groups" },
	{ .name = "devices" },
	{ .name = "locked_bytes" },
	{ .title = "LOCK LIMIT", .width = 10, .cell = cell_process_limit },
	{ .name = "iommu.map.count" },
	{ .name = "iommu.map.bytes" },
	{ .name = "iommu.unmap.count" },
	{ .name = "iommu.unmap.bytes" },
	{ .title = "NAME", .width = 4, .cell = cell_process_name, .left = true },
};

static struct column in_flight_columns[] = {
	{ .name = "container" },  { .name = "pid" },	    { .name = "operation" },
	{ .name = "iova" },	  { .name = "size_bytes" }, { .name = "done_bytes" },
	{ .name = "elapsed_ns" },
};

/* The most important first: a narrow terminal shows only those. */
static struct column device_columns[] = {
	{ .name = "address" },
	{ .name = "driver" },
	{ .name = "group" },
	{ .name = "pid" },
	{ .name = "state" },
	{ .name = "open.ns.last" },
	{ .name = "close.ns.last" },
	{ .name = "reset.ns.last" },
	{ .name = "resets" },
	{ .title = "ERRORS", .width = 6, .cell = cell_device_errors },
	{ .name = "comm" },
	{ .title = "NAME", .width = 4, .cell = cell_device_name, .left = true },
};

static struct column group_columns[] = {
	{ .name = "id" },	 { .name = "pid" },   { .name = "comm" },
	{ .name = "container" }, { .name = "opens" }, { .name = "open_errors" },
};

#define TABLE(_scope, _columns, member)                                \
	{                                                              \
		.scope = _scope, .columns = _columns,                  \
		.n_columns = sizeof(_columns) / sizeof((_columns)[0]), \
		.rows = offsetof(struct view, member),                 \
		.n_rows = offsetof(struct view, n_##member),           \
		.size = sizeof(*((struct view *)NULL)->member),        \
	}

/* In the order of the report. */
static struct table tables[] = {
	TABLE(SCOPE_CONTAINER, container_columns, containers),
	TABLE(SCOPE_CONTAINER, latency_columns, containers),
	TABLE(SCOPE_CONTAINER, page_columns, containers),
	TABLE(SCOPE_IN_FLIGHT, in_flight_columns, in_flight),
	TABLE(SCOPE_PROCESS, process_columns, processes),
	TABLE(SCOPE_GROUP, group_columns, groups),
	TABLE(SCOPE_DEVICE, device_columns, devices),
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* Finds the fields of the columns, once. */
static void resolve(struct table *table)
{
	for (size_t i = 0; !table->resolved && i < table->n_columns; i++) {
		struct column *column = &table->columns[i];
		const struct field *field;

		if (!column->name)
			continue;
		field = fields_find(table->scope, column->name);
		column->field = field;
		column->title = column->title ? column->title : field->title;
		column->width = column->width ? column->width : field->width;
		column->left = column->left || field->unit == UNIT_TEXT;
	}
	table->resolved = true;
}

/* --- Order of rows ------------------------------------------------------------------- */

static const char *const sort_fields[SORTS] = {
	[SORT_ID] = NULL,
	[SORT_PINNED] = "pinned_bytes",
	[SORT_MAPS] = "map.per_second",
	[SORT_LATENCY] = "map.ns.max",
};

static uint64_t sort_key(const void *row, const struct field *field)
{
	struct figure figure = field ? field_figure(field, row) : (struct figure){ 0 };

	return figure.known ? figure.value : 0;
}

/* The largest first; those that are alike stay in the order of the report. */
static int compare_rows(const void *a, const void *b, void *field)
{
	const void *x = *(const void *const *)a, *y = *(const void *const *)b;
	uint64_t key_x = sort_key(x, field), key_y = sort_key(y, field);

	if (key_x != key_y)
		return key_x < key_y ? 1 : -1;
	return (x > y) - (x < y);
}

/* The rows of a table in their order, to be freed; NULL when out of memory. */
static const void **order_rows(const struct table *table, const void *first, size_t n,
			       enum text_sort sort)
{
	const void **order = calloc(n, sizeof(*order));
	const struct field *field = NULL;

	if (!order)
		return NULL;
	for (size_t i = 0; i < n; i++)
		order[i] = (const char *)first + i * table->size;
	if (table->scope == SCOPE_CONTAINER && sort_fields[sort])
		field = fields_find(SCOPE_CONTAINER, sort_fields[sort]);
	if (field)
		qsort_r(order, n, sizeof(*order), compare_rows, (void *)field);
	return order;
}

/* --- Lines --------------------------------------------------------------------------- */

static void put(char *line, const char *cell, const struct column *column)
{
	int pad = column->width - (int)text_width(cell);
	size_t used = strlen(line);

	if (pad < 0)
		pad = 0;
	snprintf(line + used, LINE_SIZE - used, "%*s%s%*s", column->left ? 0 : pad, "", cell,
		 GAP + (column->left ? pad : 0), "");
}

static void add_header(struct text *text, const struct table *table)
{
	char line[LINE_SIZE] = "";

	for (size_t i = 0; i < table->n_columns; i++)
		put(line, table->columns[i].title, &table->columns[i]);
	add_line(text, STYLE_HEADER, "%s", line);
}

static void fill_cell(const struct column *column, const void *row, char *cell)
{
	const char *value;

	if (column->cell) {
		column->cell(row, cell);
	} else if (column->field->unit == UNIT_TEXT) {
		value = field_text(column->field, row);
		snprintf(cell, CELL_SIZE, "%s", value ? value : "-");
	} else {
		word_figure(column->field->unit, field_figure(column->field, row), cell);
	}
}

static void add_row(struct text *text, const struct table *table, const void *row)
{
	char line[LINE_SIZE] = "";
	char cell[CELL_SIZE];

	for (size_t i = 0; i < table->n_columns; i++) {
		fill_cell(&table->columns[i], row, cell);
		put(line, cell, &table->columns[i]);
	}
	add_line(text, STYLE_NORMAL, "%s", line);
}

static void add_table(struct text *text, struct table *table, const struct view *view,
		      enum text_sort sort)
{
	const void *first = *(const void *const *)((const char *)view + table->rows);
	size_t n = *(const size_t *)((const char *)view + table->n_rows);
	const void **order;

	if (!n)
		return;
	resolve(table);
	order = order_rows(table, first, n, sort);
	if (!order) {
		text->failed = true;
		return;
	}
	add_line(text, STYLE_NORMAL, "%s", "");
	add_header(text, table);
	for (size_t i = 0; i < n; i++)
		add_row(text, table, order[i]);
	free(order);
}

void add_tables(struct text *text, const struct view *view, enum text_sort sort)
{
	for (size_t i = 0; i < TABLES; i++)
		add_table(text, &tables[i], view, sort);
}
