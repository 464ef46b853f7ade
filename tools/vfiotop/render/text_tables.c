// SPDX-License-Identifier: GPL-2.0-only
#include "text_tables.h"

#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "tables.h"

#define GAP 2 /* between columns */

/* In the order of the report; leaks and failures follow as sentences. */
static const enum table_name shown[] = {
	TABLE_CONTAINERS, TABLE_LATENCY, TABLE_PAGES,	TABLE_IN_FLIGHT,
	TABLE_PROCESSES,  TABLE_GROUPS,	 TABLE_DEVICES,
};

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

static void add_row(struct text *text, const struct table *table, const struct view *view,
		    const void *row)
{
	char line[LINE_SIZE] = "";
	char cell[CELL_SIZE];

	for (size_t i = 0; i < table->n_columns; i++) {
		column_cell(&table->columns[i], view, row, cell);
		put(line, cell, &table->columns[i]);
	}
	add_line(text, STYLE_NORMAL, "%s", line);
}

static void add_table(struct text *text, const struct table *table, const struct view *view)
{
	struct field_rows rows = table_rows(table, view);

	if (!rows.n)
		return;
	add_line(text, STYLE_NORMAL, "%s", "");
	add_header(text, table);
	for (size_t i = 0; i < rows.n; i++)
		add_row(text, table, view, (const char *)rows.first + i * rows.size);
}

void add_tables(struct text *text, const struct view *view)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		add_table(text, table_get(shown[i]), view);
}
