// SPDX-License-Identifier: GPL-2.0-only
#include "render.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "words.h"

#define LEAF_PREFIX "leaf_bytes."

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
	default:
		return json_object_new_uint64(figure.value);
	}
}

static struct json_object *json_text(const char *text)
{
	return text && *text ? json_object_new_string(text) : NULL;
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

/* Of the 19 leaf sizes only those with a column are there when nothing was mapped so. */
static bool is_idle_leaf(const struct field *field, const void *row)
{
	struct figure figure;

	if (field->title || strncmp(field->name, LEAF_PREFIX, strlen(LEAF_PREFIX)))
		return false;
	figure = field_figure(field, row);
	return !figure.known || !figure.value;
}

static void add_fields(struct json_object *object, enum field_scope scope, const void *row)
{
	const struct field *f = NULL;

	while ((f = fields_next(scope, f))) {
		struct json_object *parent, *value;
		const char *name;

		if (!field_in_json(f) || is_idle_leaf(f, row))
			continue;
		parent = descend(object, f->name, &name);
		if (f->unit == UNIT_TEXT)
			value = json_text(field_text(f, row));
		else
			value = json_figure(f->unit, field_figure(f, row));
		json_object_object_add(parent, name, value);
	}
}

static struct json_object *json_row(enum field_scope scope, const void *row)
{
	struct json_object *object = json_object_new_object();

	add_fields(object, scope, row);
	return object;
}

static void add_number(struct json_object *object, const char *name, bool known, uint64_t value)
{
	json_object_object_add(object, name, known ? json_object_new_uint64(value) : NULL);
}

static void add_address(struct json_object *object, const char *name, bool known, uint64_t value)
{
	json_object_object_add(object, name,
			       json_figure(UNIT_ADDRESS, (struct figure){ value, known }));
}

static struct json_object *json_failure(const struct vt_failure *f)
{
	struct json_object *object = json_object_new_object();
	bool range = f->operation == VT_OP_MAP || f->operation == VT_OP_UNMAP;
	bool map = f->operation == VT_OP_MAP;
	bool group = f->operation >= VT_OP_GROUP_OPEN && f->operation != VT_OP_SET_IOMMU;
	char name[VFIO_RECORD_NAME_LEN + 1];
	char line[256];

	snprintf(name, sizeof(name), "%.*s", (int)sizeof(f->name), f->name);
	words_failure(f, line, sizeof(line));
	add_number(object, "time_ns", true, f->time_ns);
	json_object_object_add(object, "operation", json_text(word_operation(f->operation)));
	json_object_object_add(object, "ret", json_object_new_int(f->ret));
	add_number(object, "pid", true, f->pid);
	json_object_object_add(object, "comm", json_text(f->comm));
	add_number(object, "container", f->container, f->container);
	add_number(object, "group", group, f->group);
	json_object_object_add(object, "name", json_text(name));
	add_number(object, "holder_pid", f->holder_pid, f->holder_pid);
	json_object_object_add(object, "stage", map ? json_text(word_stage(f->stage)) : NULL);
	add_address(object, "iova", range, f->iova);
	add_number(object, "size_bytes", range, f->size);
	add_address(object, "conflict_iova", f->conflict_size, f->conflict_iova);
	add_number(object, "conflict_size_bytes", f->conflict_size, f->conflict_size);
	json_object_object_add(object, "text", json_text(line));
	return object;
}

static struct json_object *json_flights(const struct view *view, const struct figure *container)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < view->n_flights; i++)
		if (view->flights[i].container.value == container->value)
			json_object_array_add(array, json_row(SCOPE_IN_FLIGHT, &view->flights[i]));
	return array;
}

/* null where the source does not know such things; while there is none all are empty. */
static struct json_object *json_array_if(const struct view *view, enum knowledge knowledge)
{
	bool known = view->waiting_for[0] || view->knowledge & knowledge;

	return known ? json_object_new_array() : NULL;
}

static struct json_object *json_container(const struct view *view, const struct container_view *c)
{
	struct json_object *object = json_row(SCOPE_CONTAINER, c);
	struct json_object *groups = json_array_if(view, KNOWS_MEMBERS);
	struct json_object *devices = json_array_if(view, KNOWS_DEVICE_CLOSES);

	for (size_t i = 0; groups && i < c->n_groups; i++)
		json_object_array_add(groups, json_object_new_uint64(c->groups[i]));
	for (size_t i = 0; devices && i < c->n_devices; i++)
		json_object_array_add(devices, json_object_new_string(c->devices[i]));
	json_object_object_add(object, "groups", groups);
	json_object_object_add(object, "devices", devices);
	json_object_object_add(object, "in_flight", json_flights(view, &c->id));
	json_object_object_add(object, "first_failure",
			       c->first_failure ? json_failure(c->first_failure) : NULL);
	return object;
}

static struct json_object *json_containers(const struct view *view)
{
	struct json_object *array = json_array_if(view, KNOWS_CONTAINERS);

	for (size_t i = 0; array && i < view->n_containers; i++)
		json_object_array_add(array, json_container(view, &view->containers[i]));
	return array;
}

static struct json_object *json_failures(const struct view *view)
{
	struct json_object *array = json_array_if(view, KNOWS_REQUESTS);

	for (size_t i = view->n_failures - view->fresh_failures; array && i < view->n_failures; i++)
		json_object_array_add(array, json_failure(&view->failures[i]));
	return array;
}

/* Adds n rows of a scope to an array, if there is one. */
static struct json_object *with_rows(struct json_object *array, enum field_scope scope,
				     const void *rows, size_t n, size_t size)
{
	for (size_t i = 0; array && i < n; i++)
		json_object_array_add(array, json_row(scope, (const char *)rows + i * size));
	return array;
}

char *render_json(const struct view *view)
{
	struct json_object *report = json_object_new_object();
	struct json_object *groups = json_object_new_array();
	struct json_object *devices = json_object_new_array();
	struct json_object *processes = json_array_if(view, KNOWS_PROCESSES);
	struct json_object *leaks = json_array_if(view, KNOWS_CONTAINERS);
	int style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	char *line;

	json_object_object_add(report, "schema", json_object_new_string(JSON_SCHEMA));
	add_fields(report, SCOPE_REPORT, view);
	json_object_object_add(report, "lost", json_row(SCOPE_LOST, view));
	json_object_object_add(report, "totals", json_row(SCOPE_TOTALS, &view->totals));
	json_object_object_add(report, "containers", json_containers(view));
	json_object_object_add(report, "groups",
			       with_rows(groups, SCOPE_GROUP, view->groups, view->n_groups,
					 sizeof(*view->groups)));
	json_object_object_add(report, "devices",
			       with_rows(devices, SCOPE_DEVICE, view->devices, view->n_devices,
					 sizeof(*view->devices)));
	json_object_object_add(report, "processes",
			       with_rows(processes, SCOPE_PROCESS, view->processes,
					 view->n_processes, sizeof(*view->processes)));
	json_object_object_add(
		report, "leaks",
		with_rows(leaks, SCOPE_LEAK, view->leaks, view->n_leaks, sizeof(*view->leaks)));
	json_object_object_add(report, "failures", json_failures(view));
	add_number(report, "failures_dropped", view->knowledge & KNOWS_REQUESTS,
		   view->dropped_failures);
	line = strdup(json_object_to_json_string_ext(report, style));
	json_object_put(report);
	return line;
}
