// SPDX-License-Identifier: GPL-2.0-only
#include "chooser.h"

#include <stdio.h>
#include <string.h>

#include "paint.h"
#include "render/render.h"

/*
 * The columns of the table, then all other fields that fit into a cell. Returns the column
 * of a line, with an empty title after the last.
 */
static struct column column_at(const struct screen_state *state, size_t line)
{
	const struct table *table = table_get(state->tab);
	const struct field *f = NULL;

	if (line < table->n_columns)
		return table->columns[line];
	line -= table->n_columns;
	while ((f = fields_next(table->scope, f))) {
		bool listed = f->unit >= UNIT_NUMBERS;

		for (size_t i = 0; !listed && i < table->n_columns; i++)
			listed = table->columns[i].field == f;
		if (!listed && !line--)
			return column_of(f);
	}
	return (struct column){ .title = "" };
}

static bool same(const struct column *a, const struct column *b)
{
	return a->field == b->field && a->cell == b->cell;
}

/* Where a column stands in the table; the number of columns when it does not. */
static size_t find(const struct tab_state *tab, const struct column *column)
{
	size_t i = 0;

	while (i < tab->n_columns && !same(&tab->columns[i], column))
		i++;
	return i;
}

size_t chooser_lines(const struct screen_state *state)
{
	size_t n = 0;

	while (column_at(state, n).title[0])
		n++;
	return n;
}

void chooser_draw(const struct screen_state *state, int y, int height)
{
	const struct tab_state *tab = &state->tabs[state->tab];
	size_t rows = height > 0 ? (size_t)height : 0, top = 0;

	if (state->line >= rows)
		top = state->line - rows + 1;
	for (size_t i = 0; i < rows; i++) {
		struct column column = column_at(state, top + i);
		bool cursor = top + i == state->line;
		char line[256];

		if (!column.title[0])
			break;
		snprintf(line, sizeof(line), "%s [%c] %-16s %s", cursor ? ">" : " ",
			 find(tab, &column) < tab->n_columns ? 'x' : ' ', column.title,
			 column.field ? column.field->text : "");
		paint_text(y + (int)i, 0, paint_columns(), line,
			   cursor ? PAINT_CURSOR : PAINT_NORMAL);
	}
}

static void drop(struct tab_state *tab, size_t index)
{
	size_t after = tab->n_columns - index - 1;

	/* A table without columns would show nothing. */
	if (tab->n_columns == 1)
		return;
	memmove(&tab->columns[index], &tab->columns[index + 1], after * sizeof(*tab->columns));
	memmove(&tab->widths[index], &tab->widths[index + 1], after * sizeof(*tab->widths));
	tab->n_columns--;
	if (tab->sort == index)
		tab->sort = NO_SORT;
	else if (tab->sort != NO_SORT && tab->sort > index)
		tab->sort--;
}

void chooser_toggle(struct screen_state *state)
{
	struct tab_state *tab = &state->tabs[state->tab];
	struct column column = column_at(state, state->line);
	size_t index = find(tab, &column);

	tab->left = 0;
	if (index < tab->n_columns) {
		drop(tab, index);
	} else if (tab->n_columns < MAX_COLUMNS) {
		tab->columns[tab->n_columns] = column;
		tab->widths[tab->n_columns++] = 0;
	}
}
