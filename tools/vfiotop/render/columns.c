// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

#define CELL_SIZE 512

/* --- Choice ------------------------------------------------------------------------------ */

static const char *add(struct columns *columns, const struct field *field)
{
	if (columns->n == COLUMNS_MAX)
		return "there are too many";
	if (field->unit > UNIT_TEXTS)
		return "it is no column, but rows of their own";
	if (field->scope != SCOPE_REPORT) {
		if (columns->scope != SCOPE_REPORT && columns->scope != field->scope)
			return "columns of different rows";
		columns->scope = field->scope;
	}
	columns->fields[columns->n++] = field;
	return NULL;
}

const char *columns_parse(struct columns *columns, const char *names)
{
	const char *why = NULL;

	*columns = (struct columns){ .scope = SCOPE_REPORT };
	while (!why) {
		size_t length = strcspn(names, ",");
		char name[FIELD_NAME_SIZE];
		const struct field *field;

		snprintf(name, sizeof(name), "%.*s", (int)length, names);
		field = length < sizeof(name) ? fields_named(name) : NULL;
		why = field ? add(columns, field) : "there is no such field";
		if (!names[length])
			break;
		names += length + 1;
	}
	return why;
}

void columns_all(struct columns *columns, const struct view *view)
{
	enum field_scope rows = view->containers ? SCOPE_CONTAINER : SCOPE_PROCESS;
	const struct field *f = NULL;

	if (view->traced) {
		rows = SCOPE_TRACED;
		*columns = (struct columns){ .scope = SCOPE_REPORT };
	} else {
		columns_parse(columns, "realtime_ns,time_ns");
	}
	while ((f = fields_next(rows, f)))
		if (field_in_json(f) && f->unit <= UNIT_TEXTS)
			add(columns, f);
}

/* --- Rows -------------------------------------------------------------------------------- */

static struct field_rows rows_of(enum field_scope scope, const struct view *view)
{
	struct field_rows one = { view, 1, sizeof(*view) };
	const struct field *f = NULL;

	if (scope == SCOPE_IN_FLIGHT)
		return (struct field_rows){ view->in_flight, view->n_in_flight,
					    sizeof(*view->in_flight) };
	if (scope == SCOPE_TRACED)
		return (struct field_rows){ view->traced, view->n_traced, sizeof(*view->traced) };
	while (scope != SCOPE_REPORT && (f = fields_next(SCOPE_REPORT, f)))
		if (f->unit >= UNIT_OBJECT && f->of == scope)
			return field_rows(f, view);
	return one;
}

static int compare_figures(struct figure a, struct figure b)
{
	if (!a.known || !b.known)
		return b.known - a.known;
	return (a.value < b.value) - (a.value > b.value);
}

static int compare_texts(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (b != NULL) - (a != NULL);
}

static int compare_rows(const void *a, const void *b, void *argument)
{
	const struct field *field = argument;

	if (field->unit == UNIT_TEXT)
		return compare_texts(field_text(field, a), field_text(field, b));
	return compare_figures(field_figure(field, a), field_figure(field, b));
}

bool columns_sortable(const struct field *field)
{
	return field->unit <= UNIT_TEXT && field->scope >= SCOPE_CONTAINER &&
	       field->scope != SCOPE_FAILURE && field->scope != SCOPE_TRACED;
}

void columns_sort(const struct view *view, const struct field *field)
{
	struct field_rows rows = rows_of(field->scope, view);

	if (rows.first && rows.n > 1)
		qsort_r((void *)rows.first, rows.n, rows.size, compare_rows, (void *)field);
}

/* --- Cells ------------------------------------------------------------------------------- */

/* Of an array all elements, with blanks between them; empty when unknown. */
static void list_cell(const struct field *field, const void *row, char *cell)
{
	struct field_rows rows = field_rows(field, row);
	size_t used = 0;

	*cell = '\0';
	for (size_t i = 0; rows.first && i < rows.n && used < CELL_SIZE; i++) {
		const char *element = (const char *)rows.first + i * rows.size;

		if (field->unit == UNIT_NUMBERS)
			used += (size_t)snprintf(cell + used, CELL_SIZE - used, "%s%" PRIu32,
						 i ? " " : "", *(const uint32_t *)element);
		else
			used += (size_t)snprintf(cell + used, CELL_SIZE - used, "%s%s",
						 i ? " " : "", *(const char *const *)element);
	}
}

/* As in JSON, but empty when unknown. */
static void csv_cell(const struct field *field, const void *row, char *cell)
{
	const char *text = field->unit == UNIT_TEXT ? field_text(field, row) : NULL;
	struct figure figure = { 0 };
	char word[WORD_SIZE];

	*cell = '\0';
	if (field->unit == UNIT_TEXT) {
		snprintf(cell, CELL_SIZE, "%s", text ? text : "");
		return;
	}
	if (field->unit > UNIT_TEXT) {
		list_cell(field, row, cell);
		return;
	}
	figure = field_figure(field, row);
	if (!figure.known)
		return;
	switch (field->unit) {
	case UNIT_ADDRESS:
	case UNIT_PCI_ID:
		word_figure(field->unit, figure, word);
		snprintf(cell, CELL_SIZE, "%s", word);
		break;
	case UNIT_FLAG:
		snprintf(cell, CELL_SIZE, "%s", figure.value ? "true" : "false");
		break;
	case UNIT_ERROR:
		snprintf(cell, CELL_SIZE, "%s%" PRIu64, figure.value ? "-" : "", figure.value);
		break;
	case UNIT_MILLI:
		snprintf(cell, CELL_SIZE, "%" PRIu64 ".%03" PRIu64, figure.value / 1000,
			 figure.value % 1000);
		break;
	default:
		snprintf(cell, CELL_SIZE, "%" PRIu64, figure.value);
		break;
	}
}

/* As on the screen. */
static void text_cell(const struct field *field, const void *row, char *cell)
{
	char word[WORD_SIZE];

	if (field->unit < UNIT_TEXT) {
		word_figure(field->unit, field_figure(field, row), word);
		snprintf(cell, CELL_SIZE, "%s", word);
		return;
	}
	csv_cell(field, row, cell);
	if (!*cell)
		snprintf(cell, CELL_SIZE, "-");
}

/* The name as the user would write it. */
static void title(const struct field *field, char *cell)
{
	snprintf(cell, CELL_SIZE, "%s%s", fields_prefix(field->scope), field->name);
}

/* The row of the report, or of the rows at hand. */
static const void *row_for(const struct field *field, const struct view *view, const void *row)
{
	return field->scope == SCOPE_REPORT ? view : row;
}

/* --- Text -------------------------------------------------------------------------------- */

static void widen(int *width, const char *cell)
{
	int needed = (int)text_width(cell);

	if (needed > *width)
		*width = needed;
}

static void put(char *line, const struct field *field, const char *cell, int width)
{
	int pad = width - (int)text_width(cell);
	bool left = field->unit >= UNIT_TEXT;
	size_t used = strlen(line);

	snprintf(line + used, LINE_SIZE - used, "%*s%s%*s", left ? 0 : pad, "", cell,
		 2 + (left ? pad : 0), "");
}

void columns_text(const struct columns *columns, const struct view *view, struct text *text)
{
	struct field_rows rows = rows_of(columns->scope, view);
	char line[LINE_SIZE] = "", cell[CELL_SIZE];
	int widths[COLUMNS_MAX] = { 0 };

	text_free(text);
	for (size_t c = 0; c < columns->n; c++) {
		const struct field *f = columns->fields[c];

		title(f, cell);
		widen(&widths[c], cell);
		for (size_t i = 0; rows.first && i < rows.n; i++) {
			text_cell(f, row_for(f, view, (const char *)rows.first + i * rows.size),
				  cell);
			widen(&widths[c], cell);
		}
		title(f, cell);
		put(line, f, cell, widths[c]);
	}
	add_line(text, STYLE_HEADER, "%s", line);
	for (size_t i = 0; rows.first && i < rows.n; i++) {
		line[0] = '\0';
		for (size_t c = 0; c < columns->n; c++) {
			const struct field *f = columns->fields[c];

			text_cell(f, row_for(f, view, (const char *)rows.first + i * rows.size),
				  cell);
			put(line, f, cell, widths[c]);
		}
		add_line(text, STYLE_NORMAL, "%s", line);
	}
}

/* --- Comma-separated values ----------------------------------------------------------------- */

/* In quotes where RFC 4180 wants them. */
static void print_cell(const char *cell, FILE *out)
{
	if (!strpbrk(cell, ",\"\r\n")) {
		fputs(cell, out);
		return;
	}
	fputc('"', out);
	for (; *cell; cell++) {
		if (*cell == '"')
			fputc('"', out);
		fputc(*cell, out);
	}
	fputc('"', out);
}

void columns_csv_header(const struct columns *columns, FILE *out)
{
	char cell[CELL_SIZE];

	for (size_t c = 0; c < columns->n; c++) {
		title(columns->fields[c], cell);
		fprintf(out, "%s%s", c ? "," : "", cell);
	}
	fputc('\n', out);
}

void columns_csv(const struct columns *columns, const struct view *view, FILE *out)
{
	struct field_rows rows = rows_of(columns->scope, view);
	char cell[CELL_SIZE];

	for (size_t i = 0; rows.first && i < rows.n; i++) {
		const char *row = (const char *)rows.first + i * rows.size;

		for (size_t c = 0; c < columns->n; c++) {
			const struct field *f = columns->fields[c];

			if (c)
				fputc(',', out);
			csv_cell(f, row_for(f, view, row), cell);
			print_cell(cell, out);
		}
		fputc('\n', out);
	}
}
