// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "render.h"

/* --- The line --------------------------------------------------------------------------- */

/* Written in order: to build a tree of it first costs ten times as much. */
struct line {
	char *text;
	size_t n;
	size_t room;
	bool separate; /* something came before in this object or array */
	bool failed;
};

static void put(struct line *line, const char *text, size_t n)
{
	if (line->n + n > line->room) {
		size_t room = 2 * line->room + n;
		char *more = realloc(line->text, room);

		if (!more) {
			line->failed = true;
			return;
		}
		line->text = more;
		line->room = room;
	}
	memcpy(line->text + line->n, text, n);
	line->n += n;
}

static void put_char(struct line *line, char c)
{
	put(line, &c, 1);
}

static void put_word(struct line *line, const char *word)
{
	put(line, word, strlen(word));
}

static void put_number(struct line *line, uint64_t number)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	put(line, digits + first, sizeof(digits) - first);
}

static void put_string(struct line *line, const char *string)
{
	char escape[8];

	put_char(line, '"');
	for (;;) {
		size_t plain = 0;

		while ((unsigned char)string[plain] >= ' ' && string[plain] != '"' &&
		       string[plain] != '\\')
			plain++;
		put(line, string, plain);
		string += plain;
		if (!*string)
			break;
		if ((unsigned char)*string < ' ')
			snprintf(escape, sizeof(escape), "\\u%04x", *string);
		else
			snprintf(escape, sizeof(escape), "\\%c", *string);
		put_word(line, escape);
		string++;
	}
	put_char(line, '"');
}

static void open_with(struct line *line, char bracket)
{
	put_char(line, bracket);
	line->separate = false;
}

static void close_with(struct line *line, char bracket)
{
	put_char(line, bracket);
	line->separate = true;
}

static void put_separator(struct line *line)
{
	if (line->separate)
		put_char(line, ',');
	line->separate = true;
}

static void put_name(struct line *line, const char *name, size_t length)
{
	put_separator(line);
	put_char(line, '"');
	put(line, name, length);
	put(line, "\":", 2);
}

/* --- Fields ------------------------------------------------------------------------------- */

static void put_figure(struct line *line, enum field_unit unit, struct figure figure)
{
	char word[WORD_SIZE];

	if (!figure.known) {
		put_word(line, "null");
		return;
	}
	switch (unit) {
	case UNIT_ADDRESS:
	case UNIT_PCI_ID:
		word_figure(unit, figure, word);
		put_string(line, word);
		break;
	case UNIT_FLAG:
		put_word(line, figure.value ? "true" : "false");
		break;
	case UNIT_ERROR:
		/* As the request returned it. */
		if ((int64_t)figure.value > 0)
			put_char(line, '-');
		put_number(line, (int64_t)figure.value > 0 ? figure.value : -figure.value);
		break;
	default:
		put_number(line, figure.value);
		break;
	}
}

static void put_fields(struct line *line, enum field_scope scope, const void *row);

static void put_row(struct line *line, enum field_scope scope, const void *row)
{
	open_with(line, '{');
	put_fields(line, scope, row);
	close_with(line, '}');
}

static void put_element(struct line *line, const struct field *field, const void *element)
{
	put_separator(line);
	switch (field->unit) {
	case UNIT_NUMBERS:
		put_number(line, *(const uint32_t *)element);
		break;
	case UNIT_TEXTS:
		put_string(line, *(const char *const *)element);
		break;
	default:
		put_row(line, field->of, element);
		break;
	}
}

static void put_rows(struct line *line, const struct field *field, struct field_rows rows)
{
	if (!rows.first) {
		put_word(line, "null");
		return;
	}
	if (field->unit == UNIT_OBJECT || field->unit == UNIT_ROW) {
		put_row(line, field->of, rows.first);
		return;
	}
	open_with(line, '[');
	for (size_t i = 0; i < rows.n; i++)
		put_element(line, field, (const char *)rows.first + i * rows.size);
	close_with(line, ']');
}

static void put_value(struct line *line, const struct field *field, const void *row)
{
	const char *text;

	if (field->unit < UNIT_TEXT) {
		put_figure(line, field->unit, field_figure(field, row));
		return;
	}
	if (field->unit != UNIT_TEXT) {
		put_rows(line, field, field_rows(field, row));
		return;
	}
	text = field_text(field, row);
	if (text)
		put_string(line, text);
	else
		put_word(line, "null");
}

/* Nothing to tell in a field that is left out then. */
static bool is_left_out(const struct field *field, const void *row)
{
	struct figure figure;

	if (!field->sparse)
		return !field_in_json(field);
	figure = field_figure(field, row);
	return !figure.known || !figure.value;
}

/* --- Objects that dotted names lead to -------------------------------------------------- */

/* The part of two names that names the objects which both are in. */
static size_t shared_objects(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			shared = i + 1;
	return shared;
}

static void close_objects(struct line *line, const char *name)
{
	for (; *name; name++)
		if (*name == '.')
			close_with(line, '}');
}

/* Returns the last part of the name. */
static const char *open_objects(struct line *line, const char *name)
{
	const char *dot;

	while ((dot = strchr(name, '.'))) {
		put_name(line, name, (size_t)(dot - name));
		open_with(line, '{');
		name = dot + 1;
	}
	return name;
}

/* Fields of an object follow each other. */
static void put_fields(struct line *line, enum field_scope scope, const void *row)
{
	const struct field *f = NULL;
	const char *before = "";

	while ((f = fields_next(scope, f))) {
		size_t shared;
		const char *name;

		if (is_left_out(f, row))
			continue;
		shared = shared_objects(before, f->name);
		close_objects(line, before + shared);
		name = open_objects(line, f->name + shared);
		put_name(line, name, strlen(name));
		put_value(line, f, row);
		before = f->name;
	}
	close_objects(line, before);
}

static char *render(const char *schema, enum field_scope scope, const void *row)
{
	struct line line = { 0 };

	open_with(&line, '{');
	put_name(&line, "schema", strlen("schema"));
	put_string(&line, schema);
	put_fields(&line, scope, row);
	close_with(&line, '}');
	put_char(&line, '\0');
	if (!line.failed)
		return line.text;
	free(line.text);
	return NULL;
}

char *render_json(const struct view *view)
{
	return render(JSON_SCHEMA, SCOPE_REPORT, view);
}

char *render_json_traced(const struct traced_view *request)
{
	return render(TRACE_SCHEMA, SCOPE_TRACED, request);
}

static char *render_row(enum field_scope scope, const void *row)
{
	struct line line = { 0 };

	put_row(&line, scope, row);
	put_char(&line, '\0');
	if (!line.failed)
		return line.text;
	free(line.text);
	return NULL;
}

char *render_json_leak(const struct leak_view *leak)
{
	return render_row(SCOPE_LEAK, leak);
}

char *render_json_host(const struct host_view *host)
{
	return render_row(SCOPE_HOST, host);
}
