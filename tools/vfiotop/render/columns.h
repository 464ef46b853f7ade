/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of a report by columns that the user chose, as text or as comma-separated values.
 */
#ifndef VFIOTOP_COLUMNS_H
#define VFIOTOP_COLUMNS_H

#include "fields.h"
#include "render.h"

#define COLUMNS_MAX 128

/**
 * struct columns - which rows, and what of them
 * @scope: of the rows
 * @fields: n of them, of @scope or of SCOPE_REPORT
 * @n: how many
 */
struct columns {
	enum field_scope scope;
	const struct field *fields[COLUMNS_MAX];
	size_t n;
};

/**
 * columns_parse - choose columns by their names
 * @columns: is filled in
 * @names: as --list-fields has them, those of rows other than containers after the name of
 *	these, as in "groups.pid"; separated by commas
 *
 * Return: NULL, or what is wrong.
 */
const char *columns_parse(struct columns *columns, const char *names);

/**
 * columns_all - choose all columns that a line of CSV can hold
 * @columns: is filled in
 * @view: of its containers, or of its processes where containers are not known
 */
void columns_all(struct columns *columns, const struct view *view);

/**
 * columns_sortable - whether rows can be sorted by a field
 * @field: any
 *
 * Return: whether it has one value a row, and the rows are not in the order of time.
 */
bool columns_sortable(const struct field *field);

/**
 * columns_sort - sort rows of a report
 * @view: the report
 * @field: the largest first; texts by the alphabet; unknown ones last
 */
void columns_sort(const struct view *view, const struct field *field);

/**
 * columns_text - a table of the rows as text
 * @columns: from columns_parse()
 * @view: the report
 * @text: an empty or used one; its lines are replaced
 */
void columns_text(const struct columns *columns, const struct view *view, struct text *text);

/**
 * columns_csv_header - print the names of the columns
 * @columns: from columns_parse() or columns_all()
 * @out: where to
 */
void columns_csv_header(const struct columns *columns, FILE *out);

/**
 * columns_csv - print the rows
 * @columns: from columns_parse() or columns_all()
 * @view: the report
 * @out: where to
 */
void columns_csv(const struct columns *columns, const struct view *view, FILE *out);

#endif /* VFIOTOP_COLUMNS_H */
