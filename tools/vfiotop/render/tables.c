// SPDX-License-Identifier: GPL-2.0-only
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static struct figure figure_mappings(const void *row)
{
	return ((const struct container_view *)row)->mappings;
}

static struct figure add_up(struct figure a, struct figure b)
{
	return (struct figure){ a.value + b.value, a.known && b.known };
}

static struct figure figure_errors(const void *row)
{
	const struct container_view *c = row;

	return add_up(c->map.errors, c->unmap.errors);
}

static void cell_errors(const void *row, char *cell)
{
	word_figure(UNIT_COUNT, figure_errors(row), cell);
}

static void lock_limit(struct figure unlimited, struct figure limit, char *cell)
{
	if (unlimited.known && unlimited.value)
		snprintf(cell, CELL_SIZE, "none");
	else
		word_figure(UNIT_BYTES, limit, cell);
}

static struct figure limit_figure(struct figure unlimited, struct figure limit)
{
	return unlimited.known && unlimited.value ? (struct figure){ UINT64_MAX, true } : limit;
}

static struct figure figure_lock_limit(const void *row)
{
	const struct container_view *c = row;

	return limit_figure(c->locked_unlimited, c->locked_limit);
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

bool row_name(enum field_scope scope, const void *row, char cell[CELL_SIZE])
{
	const struct container_view *c = row;
	const struct process_view *p = row;
	bool container = scope == SCOPE_CONTAINER;
	const struct cgroup_names *names = container ? &c->names : &p->names;
	const char *const all[] = { names->domain, names->pod, names->unit,
				    container ? c->cgroup : p->cgroup };
	size_t i = 0;

	if (!container && scope != SCOPE_PROCESS)
		return false;
	while (i < 3 && !all[i][0])
		i++;
	snprintf(cell, CELL_SIZE, "%.*s", CELL_SIZE - 1, all[i][0] ? all[i] : "-");
	return true;
}

static void cell_name(const void *row, char *cell)
{
	row_name(SCOPE_CONTAINER, row, cell);
}

/* Sizes of most IOMMUs have columns of their own. */
static bool has_column(size_t leaf)
{
	return leaf == page_sizes_leaf(4096) || leaf == page_sizes_leaf(2 << 20) ||
	       leaf == page_sizes_leaf(1 << 30);
}

static struct figure figure_other_leaves(const void *row)
{
	const struct container_view *c = row;
	struct figure sum = { 0, true };

	for (size_t i = 0; i < VIEW_LEAF_SIZES; i++) {
		if (has_column(i))
			continue;
		sum.value += c->leaf_bytes[i].value;
		sum.known = sum.known && c->leaf_bytes[i].known;
	}
	return sum;
}

static void cell_other_leaves(const void *row, char *cell)
{
	word_figure(UNIT_BYTES, figure_other_leaves(row), cell);
}

static struct figure figure_device_errors(const void *row)
{
	const struct device_view *d = row;

	return add_up(d->open.errors, d->reset.errors);
}

static void cell_device_errors(const void *row, char *cell)
{
	word_figure(UNIT_COUNT, figure_device_errors(row), cell);
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

static struct figure figure_process_limit(const void *row)
{
	const struct process_view *p = row;

	return limit_figure(p->locked_unlimited, p->locked_limit);
}

static void cell_process_limit(const void *row, char *cell)
{
	const struct process_view *p = row;

	lock_limit(p->locked_unlimited, p->locked_limit, cell);
}

static void cell_process_name(const void *row, char *cell)
{
	row_name(SCOPE_PROCESS, row, cell);
}

/* --- Columns and tables -------------------------------------------------------------- */

/* The most important first: a narrow terminal shows only those. */
static struct column container_columns[] = {
	{ .name = "id" },
	{ .name = "pid" },
	{ .name = "comm" },
	{ .title = "STATE", .width = 8, .cell = cell_state, .left = true },
	{ .name = "alert" },
	{ .name = "pinned_bytes" },
	{ .title = "MAPPINGS", .width = 12, .cell = cell_mappings, .figure = figure_mappings },
	{ .title = "ERRORS", .width = 6, .cell = cell_errors, .figure = figure_errors },
	{ .name = "pinned_peak_bytes" },
	{ .name = "backend" },
	{ .title = "GROUPS", .width = 6, .cell = cell_groups, .left = true },
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
	{ .title = "OTHER", .width = 10, .cell = cell_other_leaves, .figure = figure_other_leaves },
	{ .name = "superpage_percent" },
	{ .name = "mean_run_bytes" },
	{ .name = "map.phase_ns.pin" },
	{ .name = "map.phase_ns.iommu" },
	{ .name = "map.phase_ns.account" },
	{ .name = "locked_bytes" },
	{ .title = "LOCK LIMIT",
	  .width = 10,
	  .cell = cell_lock_limit,
	  .figure = figure_lock_limit },
};

static struct column process_columns[] = {
	{ .name = "pid", .title = "PROCESS" },
	{ .name = "comm" },
	{ .name = "containers" },
	{ .name = "groups" },
	{ .name = "devices" },
	{ .name = "locked_bytes" },
	{ .title = "LOCK LIMIT",
	  .width = 10,
	  .cell = cell_process_limit,
	  .figure = figure_process_limit },
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
	{ .title = "ERRORS",
	  .width = 6,
	  .cell = cell_device_errors,
	  .figure = figure_device_errors },
	{ .name = "comm" },
	{ .title = "NAME", .width = 4, .cell = cell_device_name, .left = true },
};

static struct column group_columns[] = {
	{ .name = "id" },	 { .name = "pid" },   { .name = "comm" },
	{ .name = "container" }, { .name = "opens" }, { .name = "open_errors" },
};

static struct column alert_columns[] = {
	{ .name = "severity" }, { .name = "kind" },	{ .name = "container" }, { .name = "pid" },
	{ .name = "comm" },	{ .name = "since_ns" }, { .name = "text" },
};

static struct column leak_columns[] = {
	{ .name = "kind" },
	{ .name = "bytes" },
	{ .name = "container" },
	{ .name = "pid" },
	{ .name = "comm" },
	{ .name = "owner" },
	{ .name = "since_ns" },
	{ .name = "bytes_per_minute" },
	{ .name = "confidence_percent" },
	{ .name = "text" },
};

static struct column failure_columns[] = {
	{ .name = "time_ns" }, { .name = "operation" }, { .name = "ret" },
	{ .name = "pid" },     { .name = "cause" },	{ .name = "size_bytes" },
	{ .name = "iova" },    { .name = "container" }, { .name = "group" },
	{ .name = "comm" },
};

#define TABLE(_scope, _columns, member)                                \
	{                                                              \
		.scope = _scope, .columns = _columns,                  \
		.n_columns = sizeof(_columns) / sizeof((_columns)[0]), \
		.rows = offsetof(struct view, member),                 \
		.n_rows = offsetof(struct view, n_##member),           \
		.size = sizeof(*((struct view *)NULL)->member),        \
	}

static struct table tables[TABLES] = {
	[TABLE_CONTAINERS] = TABLE(SCOPE_CONTAINER, container_columns, containers),
	[TABLE_LATENCY] = TABLE(SCOPE_CONTAINER, latency_columns, containers),
	[TABLE_PAGES] = TABLE(SCOPE_CONTAINER, page_columns, containers),
	[TABLE_IN_FLIGHT] = TABLE(SCOPE_IN_FLIGHT, in_flight_columns, in_flight),
	[TABLE_PROCESSES] = TABLE(SCOPE_PROCESS, process_columns, processes),
	[TABLE_GROUPS] = TABLE(SCOPE_GROUP, group_columns, groups),
	[TABLE_DEVICES] = TABLE(SCOPE_DEVICE, device_columns, devices),
	[TABLE_ALERTS] = TABLE(SCOPE_ALERT, alert_columns, alerts),
	[TABLE_LEAKS] = TABLE(SCOPE_LEAK, leak_columns, leaks),
	[TABLE_FAILURES] = TABLE(SCOPE_FAILURE, failure_columns, failures),
};

static void use_field(struct column *column, const struct field *field)
{
	column->field = field;
	if (!column->title)
		column->title = field->title ? field->title : field->name;
	column->width = column->width ? column->width : field->width;
	column->left = column->left || field->unit == UNIT_TEXT;
}

/* Finds the fields of the columns, once. */
static void resolve(struct table *table)
{
	for (size_t i = 0; !table->resolved && i < table->n_columns; i++)
		if (table->columns[i].name)
			use_field(&table->columns[i],
				  fields_find(table->scope, table->columns[i].name));
	table->resolved = true;
}

const struct table *table_get(enum table_name name)
{
	resolve(&tables[name]);
	return &tables[name];
}

struct field_rows table_rows(const struct table *table, const struct view *view)
{
	return (struct field_rows){
		.first = *(const void *const *)((const char *)view + table->rows),
		.n = *(const size_t *)((const char *)view + table->n_rows),
		.size = table->size,
	};
}

struct column column_of(const struct field *field)
{
	struct column column = { .name = field->name };

	use_field(&column, field);
	return column;
}

/* --- Values of cells ----------------------------------------------------------------- */

void column_cell(const struct column *column, const struct view *view, const void *row,
		 char cell[CELL_SIZE])
{
	struct figure figure;
	const char *text;

	if (column->cell) {
		column->cell(row, cell);
		return;
	}
	if (column->field->unit == UNIT_TEXT) {
		text = field_text(column->field, row);
		snprintf(cell, CELL_SIZE, "%s", text ? text : "-");
		return;
	}
	figure = field_figure(column->field, row);
	if (column->field->unit == UNIT_TIME) {
		figure.value = view->time_ns.value - figure.value;
		figure.known = figure.known && figure.value <= view->time_ns.value;
		word_figure(UNIT_NS, figure, cell);
		return;
	}
	word_figure(column->field->unit, figure, cell);
}

static int compare_figures(struct figure a, struct figure b)
{
	if (a.known != b.known)
		return a.known ? 1 : -1;
	return a.known ? (a.value > b.value) - (a.value < b.value) : 0;
}

int column_compare(const struct column *column, const void *a, const void *b)
{
	char x[CELL_SIZE], y[CELL_SIZE];

	if (column->figure)
		return compare_figures(column->figure(a), column->figure(b));
	if (column->cell) {
		column->cell(a, x);
		column->cell(b, y);
		return strcmp(x, y);
	}
	if (column->field->unit == UNIT_TEXT)
		return strcmp((const char *)a + column->field->offset,
			      (const char *)b + column->field->offset);
	return compare_figures(field_figure(column->field, a), field_figure(column->field, b));
}
