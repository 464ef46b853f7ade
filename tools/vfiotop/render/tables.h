/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of a report: which columns each has, made of the field table. Text and screen
 * show the same.
 */
#ifndef VFIOTOP_TABLES_H
#define VFIOTOP_TABLES_H

#include "fields.h"

#define CELL_SIZE VIEW_TEXT_SIZE

/**
 * struct column - a column of a table
 * @name: of a field; NULL when it is computed here
 * @title: in place of the field's, where that would not be clear enough
 * @width: likewise
 * @cell: writes the cell of a column that is computed
 * @figure: value of a column that is computed, for its order; NULL: that of its cells
 * @left: aligned to the left; texts always are
 * @field: of that name
 */
struct column {
	const char *name;
	const char *title;
	int width;
	void (*cell)(const void *row, char cell[CELL_SIZE]);
	struct figure (*figure)(const void *row);
	bool left;
	const struct field *field;
};

/**
 * enum table_name - the tables
 * @TABLE_CONTAINERS: containers
 * @TABLE_LATENCY: latencies of containers
 * @TABLE_PAGES: page sizes and phases of containers
 * @TABLE_IN_FLIGHT: operations in flight
 * @TABLE_PROCESSES: processes
 * @TABLE_GROUPS: groups
 * @TABLE_DEVICES: devices
 * @TABLE_ALERTS: alerts
 * @TABLE_LEAKS: leaks
 * @TABLE_FAILURES: failures
 * @TABLES: how many there are
 */
enum table_name {
	TABLE_CONTAINERS,
	TABLE_LATENCY,
	TABLE_PAGES,
	TABLE_IN_FLIGHT,
	TABLE_PROCESSES,
	TABLE_GROUPS,
	TABLE_DEVICES,
	TABLE_ALERTS,
	TABLE_LEAKS,
	TABLE_FAILURES,
	TABLES,
};

/**
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

/**
 * table_get - a table
 * @name: which
 *
 * Return: the table, with the fields of its columns.
 */
const struct table *table_get(enum table_name name);

/**
 * table_rows - the rows of a table
 * @table: which
 * @view: the report
 *
 * Return: them; the first is NULL when they are unknown.
 */
struct field_rows table_rows(const struct table *table, const struct view *view);

/**
 * row_name - the most telling name of a virtual machine, pod or unit
 * @scope: SCOPE_CONTAINER or SCOPE_PROCESS
 * @row: a row of that scope
 * @cell: gets the libvirt domain, else the pod, the systemd unit, the cgroup; "-" when unknown
 *
 * Return: false for another scope, whose rows have none.
 */
bool row_name(enum field_scope scope, const void *row, char cell[CELL_SIZE]);

/**
 * column_of - the column that a field makes
 * @field: one whose unit is before UNIT_NUMBERS
 *
 * Return: the column.
 */
struct column column_of(const struct field *field);

/**
 * column_cell - what stands in a cell
 * @column: which
 * @view: the report
 * @row: one of its rows
 * @cell: gets the text; a point in time is shown by its age
 */
void column_cell(const struct column *column, const struct view *view, const void *row,
		 char cell[CELL_SIZE]);

/**
 * column_compare - the order of two rows
 * @column: by which
 * @a: a row
 * @b: another
 *
 * Return: less than 0 when @a is the smaller or comes first in the alphabet, more than 0 when
 * @b is; what is unknown is the smallest.
 */
int column_compare(const struct column *column, const void *a, const void *b);

#endif /* VFIOTOP_TABLES_H */
