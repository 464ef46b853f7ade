// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "render.h"

static struct json_object *json_figure(enum field_unit unit, struct figure figure)
{
	char word[WORD_SIZE];

	if (!figure.known)
		return NULL;
	switch (unit) {
	case UNIT_ADDRESS:
	case UNIT_PCI_ID:
		word_figure(unit, figure, word);
		return json_object_new_string(word);
	case UNIT_FLAG:
		return json_object_new_boolean(figure.value != 0);
	case UNIT_ERROR:
		return json_object_new_int64(-(int64_t)figure.value);
	default:
		return json_object_new_uint64(figure.value);
	}
}

/* The object that a dotted name leads to, made on the way; sets the name's last part. */
static struct json_object *descend(struct json_object *object, const char *name, const char **last)
{
	const char *dot;
	char part[32];

	while ((dot = strchr(name, '.'))) {
		struct json_object *child;

		snprintf(part, sizeof(part), "%.*s", (int)(dot - name), name);
		if (!json_object_object_get_ex(object, part, &child)) {
			child = json_object_new_object();
			json_object_object_add(object, part, child);
		}
		object = child;
		name = dot + 1;
	}
	*last = name;
	return object;
}

static void add_fields(struct json_object *object, enum field_scope scope, const void *row);

static struct json_object *json_row(enum field_scope scope, const void *row)
{
	struct json_object *object = json_object_new_object();

	add_fields(object, scope, row);
	return object;
}

static struct json_object *json_element(const struct field *field, const void *element)
{
	switch (field->unit) {
	case UNIT_NUMBERS:
		return json_object_new_uint64(*(const uint32_t *)element);
	case UNIT_TEXTS:
		return json_object_new_string(*(const char *const *)element);
	default:
		return json_row(field->of, element);
	}
}

static struct json_object *json_array(const struct field *field, struct field_rows rows)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < rows.n; i++)
		json_object_array_add(
			array, json_element(field, (const char *)rows.first + i * rows.size));
	return array;
}

static struct json_object *json_value(const struct field *field, const void *row)
{
	struct field_rows rows;
	const char *text;

	if (field->unit < UNIT_TEXT)
		return json_figure(field->unit, field_figure(field, row));
	if (field->unit == UNIT_TEXT) {
		text = field_text(field, row);
		return text ? json_object_new_string(text) : NULL;
	}
	rows = field_rows(field, row);
	if (!rows.first)
		return NULL;
	if (field->unit == UNIT_OBJECT || field->unit == UNIT_ROW)
		return json_row(field->of, rows.first);
	return json_array(field, rows);
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

static void add_fields(struct json_object *object, enum field_scope scope, const void *row)
{
	const struct field *f = NULL;

	while ((f = fields_next(scope, f))) {
		struct json_object *parent;
		const char *name;

		if (is_left_out(f, row))
			continue;
		parent = descend(object, f->name, &name);
		json_object_object_add(parent, name, json_value(f, row));
	}
}

char *render_json(const struct view *view)
{
	struct json_object *report = json_object_new_object();
	int style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	char *line;

	json_object_object_add(report, "schema", json_object_new_string(JSON_SCHEMA));
	add_fields(report, SCOPE_REPORT, view);
	line = strdup(json_object_to_json_string_ext(report, style));
	json_object_put(report);
	return line;
}
