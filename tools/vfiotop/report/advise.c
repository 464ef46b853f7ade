// SPDX-License-Identifier: GPL-2.0-only
#include "advise.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "fields.h"

#define SCHEMA "vfiotop-advice/1"
#define WIDTH  79
#define INDENT 4

static const char no_source[] = "containers";
static const char other_source[] =
	"--source=tracepoints or --source=stock; vfiotop --info says why they were not used";

void advise_on(const struct story *story, const struct container_view *container,
	       struct advice_list *list)
{
	const struct advice_basis basis = {
		.container = container,
		.failures = story->failures,
		.n_failures = story->n_failures,
		.knowledge = story->knowledge,
		.source = story->source,
		.hugepages_disabled = story->hugepages_disabled,
	};

	advise(&basis, list);
}

static bool knows_containers(const struct story *story)
{
	return story->knowledge & KNOWS_CONTAINERS;
}

/* --- Text ---------------------------------------------------------------------------- */

/* Words after a heading, continued below each other. */
static void wrap(FILE *out, const char *heading, const char *text)
{
	size_t column = (size_t)fprintf(out, "%*s%s", INDENT, "", heading);

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + 1 + length > WIDTH)
			column = (size_t)fprintf(out, "\n%*s", 2 * INDENT, "") - 1;
		else
			column += (size_t)fprintf(out, " ");
		fprintf(out, "%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_unknown(FILE *out, const char *what, const char *how)
{
	char text[ADVICE_TEXT];

	snprintf(text, sizeof(text), "%s; to learn it: %s", what, how);
	wrap(out, "unknown:", text);
}

static void print_container(const struct story *story, const struct container_view *c, FILE *out)
{
	struct advice_list list;
	char pid[WORD_SIZE];

	advise_on(story, c, &list);
	word_figure(UNIT_NUMBER, c->pid, pid);
	fprintf(out, "container %" PRIu64 " of process %s (%s)\n", c->id.value, pid,
		c->comm[0] ? c->comm : "-");
	for (size_t i = 0; i < list.n; i++) {
		const struct advice *a = &list.advice[i];

		fprintf(out, "  %s\n", a->kind);
		wrap(out, "change: ", a->change);
		wrap(out, "because:", a->reason);
		wrap(out, "brings: ", a->gain);
	}
	if (!list.n)
		fputs("  nothing to advise\n", out);
	for (size_t i = 0; i < list.n_unknown; i++)
		print_unknown(out, list.unknown[i].what, list.unknown[i].how);
}

void advise_text(const struct story *story, FILE *out)
{
	if (!knows_containers(story)) {
		fputs("nothing to advise\n", out);
		print_unknown(out, no_source, other_source);
		return;
	}
	if (!story->n_containers)
		fputs("nothing to advise: no such VFIO container was seen\n", out);
	for (size_t i = 0; i < story->n_containers; i++) {
		if (i)
			fputc('\n', out);
		print_container(story, &story->containers[i].view, out);
	}
}

/* --- JSON ---------------------------------------------------------------------------- */

static void add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, text && text[0] ? json_object_new_string(text) : NULL);
}

static void add_figure(struct json_object *object, const char *name, struct figure figure)
{
	json_object_object_add(object, name,
			       figure.known ? json_object_new_uint64(figure.value) : NULL);
}

static void add_unknown(struct json_object *array, const char *what, const char *how)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "what", what);
	add_text(object, "how", how);
	json_object_array_add(array, object);
}

static struct json_object *json_advice(const struct container_view *c, const struct advice *a)
{
	struct json_object *object = json_object_new_object();
	struct json_object *figures = json_object_new_object();

	add_text(object, "kind", a->kind);
	add_text(object, "change", a->change);
	add_text(object, "reason", a->reason);
	add_text(object, "gain", a->gain);
	for (size_t i = 0; i < ADVICE_FIGURES && a->figures[i]; i++) {
		const struct field *field = fields_find(SCOPE_CONTAINER, a->figures[i]);

		add_figure(figures, field->name, field_figure(field, c));
	}
	json_object_object_add(object, "figures", figures);
	return object;
}

static struct json_object *json_container(const struct story *story, const struct container_view *c)
{
	struct json_object *object = json_object_new_object();
	struct json_object *advice = json_object_new_array();
	struct json_object *unknown = json_object_new_array();
	struct advice_list list;

	advise_on(story, c, &list);
	add_figure(object, "container", c->id);
	add_figure(object, "pid", c->pid);
	add_text(object, "comm", c->comm);
	for (size_t i = 0; i < list.n; i++)
		json_object_array_add(advice, json_advice(c, &list.advice[i]));
	for (size_t i = 0; i < list.n_unknown; i++)
		add_unknown(unknown, list.unknown[i].what, list.unknown[i].how);
	json_object_object_add(object, "advice", advice);
	json_object_object_add(object, "unknown", unknown);
	return object;
}

bool advise_json(const struct story *story, FILE *out)
{
	struct json_object *top = json_object_new_object();
	struct json_object *containers = NULL, *unknown = json_object_new_array();
	const char *line;

	add_text(top, "schema", SCHEMA);
	add_text(top, "source", story->source);
	if (knows_containers(story))
		containers = json_object_new_array();
	else
		add_unknown(unknown, no_source, other_source);
	for (size_t i = 0; containers && i < story->n_containers; i++)
		json_object_array_add(containers,
				      json_container(story, &story->containers[i].view));
	json_object_object_add(top, "containers", containers);
	json_object_object_add(top, "unknown", unknown);
	line = json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE);
	if (line)
		fprintf(out, "%s\n", line);
	json_object_put(top);
	return line;
}
