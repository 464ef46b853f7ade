// SPDX-License-Identifier: GPL-2.0-only
#include "grid.h"

#include <stdio.h>
#include <string.h>

#include "paint.h"
#include "render/render.h"

#define GUTTER 3  /* before a row: cursor and severity */
#define GAP    2  /* between columns */
#define WIDEST 40 /* of a column, unless it is the last or there is room */

int severity_paint(enum alert_severity severity)
{
	static const enum paint paints[] = {
		[SEVERITY_NONE] = PAINT_NORMAL,
		[SEVERITY_NOTICE] = PAINT_NOTICE,
		[SEVERITY_WARNING] = PAINT_WARNING,
		[SEVERITY_CRITICAL] = PAINT_CRITICAL,
	};

	return (int)paints[severity];
}

const char *severity_mark(enum alert_severity severity)
{
	static const char *const marks[] = {
		[SEVERITY_NONE] = "  ",
		[SEVERITY_NOTICE] = ". ",
		[SEVERITY_WARNING] = "! ",
		[SEVERITY_CRITICAL] = "!!",
	};

	return marks[severity];
}

void tab_open(struct tab_state *tab, enum table_name name)
{
	const struct table *table = table_get(name);

	if (tab->n_columns)
		return;
	memcpy(tab->columns, table->columns, table->n_columns * sizeof(*table->columns));
	tab->n_columns = table->n_columns;
	tab->sort = NO_SORT;
}

static bool is_visible(const struct tab_state *tab, size_t column)
{
	return !column || column > tab->left;
}

/* A text may be clipped; a figure without its end would be another figure. */
static bool is_cut(const struct tab_state *tab, size_t column, int x)
{
	return x > GUTTER && !tab->columns[column].left && x + tab->shown[column] > paint_columns();
}

static void grow(int *width, const char *text)
{
	int needed = (int)text_width(text);

	if (needed > *width)
		*width = needed;
}

static int capped(int width)
{
	return width < WIDEST ? width : WIDEST;
}

/* Columns that would be too wide get what the others leave, the first one first. */
static void fit(struct tab_state *tab)
{
	int room = paint_columns() - GUTTER + GAP;

	for (size_t c = 0; c < tab->n_columns; c++)
		if (is_visible(tab, c))
			room -= capped(tab->widths[c]) + GAP;
	for (size_t c = 0; c < tab->n_columns; c++) {
		int more = tab->widths[c] - capped(tab->widths[c]);

		if (more > room)
			more = room > 0 ? room : 0;
		tab->shown[c] = capped(tab->widths[c]) + more;
		if (is_visible(tab, c))
			room -= more;
	}
}

/* Columns are as wide as what was seen in them. */
static void measure(const struct screen_state *state, struct tab_state *tab,
		    const struct items *items, size_t n)
{
	char cell[CELL_SIZE];

	for (size_t c = 0; c < tab->n_columns; c++) {
		grow(&tab->widths[c], tab->columns[c].title);
		for (size_t i = tab->top; i < items->n && i < tab->top + n; i++) {
			if (!items->first[i].row)
				continue;
			column_cell(&tab->columns[c], state->view, items->first[i].row, cell);
			grow(&tab->widths[c], cell);
		}
	}
}

static int put(const struct tab_state *tab, size_t c, int y, int x, const char *cell,
	       enum paint paint)
{
	bool last = c + 1 == tab->n_columns;
	int width = tab->shown[c], needed = (int)text_width(cell);
	int indent = !tab->columns[c].left && needed < width ? width - needed : 0;

	paint_text(y, x + indent, last ? paint_columns() : width, cell, paint);
	return x + width + GAP;
}

static void draw_header(const struct tab_state *tab, int y)
{
	int x = GUTTER;

	paint_fill(y, PAINT_HEADER);
	for (size_t c = 0; c < tab->n_columns; c++) {
		const char *title = tab->columns[c].title;
		bool sorted = c == tab->sort;

		if (!is_visible(tab, c))
			continue;
		if (is_cut(tab, c, x))
			break;
		/* The direction stands in the gap before the title. */
		if (sorted)
			paint_text(y, x - 1, 1, tab->reverse ? "^" : "v", PAINT_HEADER);
		x = put(tab, c, y, x, title, sorted ? PAINT_SORTED : PAINT_HEADER);
	}
}

static void draw_row(const struct screen_state *state, const struct tab_state *tab,
		     const struct item *item, int y, bool cursor)
{
	enum field_scope scope = table_get(state->tab)->scope;
	enum alert_severity severity = row_severity(scope, item->row);
	enum paint paint = cursor ? PAINT_CURSOR : (enum paint)severity_paint(severity);
	char cell[CELL_SIZE];
	int x = GUTTER;

	if (cursor)
		paint_fill(y, PAINT_CURSOR);
	paint_text(y, 0, 1, cursor ? ">" : " ", paint);
	paint_text(y, 1, 2, severity_mark(severity), paint);
	for (size_t c = 0; c < tab->n_columns && x < paint_columns(); c++) {
		if (!is_visible(tab, c))
			continue;
		if (is_cut(tab, c, x))
			break;
		column_cell(&tab->columns[c], state->view, item->row, cell);
		x = put(tab, c, y, x, cell, paint);
	}
}

static void draw_group(const struct item *item, int y, bool cursor)
{
	enum paint paint = cursor ? PAINT_CURSOR : PAINT_TITLE;

	if (cursor)
		paint_fill(y, PAINT_CURSOR);
	paint_text(y, 0, 1, cursor ? ">" : " ", paint);
	paint_text(y, 1, paint_columns(), item->group, paint);
}

/* Keeps the cursor in sight. */
static void scroll_to_cursor(struct tab_state *tab, const struct items *items, size_t n)
{
	if (tab->cursor < tab->top)
		tab->top = tab->cursor;
	if (tab->cursor >= tab->top + n)
		tab->top = tab->cursor - n + 1;
	if (tab->top + n > items->n)
		tab->top = items->n > n ? items->n - n : 0;
}

void grid_draw(const struct screen_state *state, struct tab_state *tab, const struct items *items,
	       int y, int height)
{
	size_t n = height > 1 ? (size_t)height - 1 : 1;

	if (height < 1)
		return;
	scroll_to_cursor(tab, items, n);
	measure(state, tab, items, n);
	fit(tab);
	draw_header(tab, y);
	for (size_t i = 0; i < n && tab->top + i < items->n; i++) {
		const struct item *item = &items->first[tab->top + i];
		bool cursor = tab->top + i == tab->cursor;

		if (item->row)
			draw_row(state, tab, item, y + 1 + (int)i, cursor);
		else
			draw_group(item, y + 1 + (int)i, cursor);
	}
}
