// SPDX-License-Identifier: GPL-2.0-only
#include "info.h"

#include <json-c/json.h>
#include <stdio.h>

#include "hooks.h"
#include "probe.h"

/* Fields of a report, and what a source must know to tell them. */
static const struct {
	unsigned int knowledge;
	const char *fields[4];
} known_by[] = {
	{ KNOWS_PINS, { "mappings", "pinned_bytes", "pinned_peak_bytes", "totals.pinned_bytes" } },
	{ KNOWS_RUNS, { "runs", "mean_run_bytes", "leaf_bytes" } },
	{ KNOWS_PHASES, { "map.phase_ns" } },
	{ KNOWS_PROGRESS, { "in_flight.done_bytes" } },
	{ KNOWS_UNPINS, { "left_pinned_bytes" } },
};

static bool never(const void *context, const char *function)
{
	(void)context;
	(void)function;
	return false;
}

/* What was found. */
struct info {
	bool loaded;
	bool permitted;
	bool events;
	const struct probe_functions *functions; /* NULL when there are no types */
	hook_there *there;
	const char *source;
	unsigned int knowledge;
};

static void look(struct info *info, const struct collect_options *options,
		 struct probe_functions *functions)
{
	info->loaded = probe_loaded();
	info->permitted = probe_permitted();
	info->events = probe_has_events(options);
	info->functions = functions;
	info->there = functions ? probe_has_function : never;
	if (!info->loaded)
		return;
	if (info->events && options->source != SOURCE_STOCK) {
		info->source = "tracepoints";
		info->knowledge = KNOWS_ALL;
	} else if (options->source != SOURCE_TRACEPOINTS &&
		   !hooks_missing(info->there, functions)) {
		info->source = "stock";
		info->knowledge = hooks_knowledge(info->there, functions, options->runs);
	}
}

static struct json_object *unknown_fields(const struct info *info)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; info->source && i < sizeof(known_by) / sizeof(known_by[0]); i++) {
		const char *const *field = known_by[i].fields;

		if (info->knowledge & known_by[i].knowledge)
			continue;
		for (size_t n = 0; n < 4 && field[n]; n++)
			json_object_array_add(array, json_object_new_string(field[n]));
	}
	return array;
}

static struct json_object *hooks_found(const struct info *info)
{
	struct json_object *object = json_object_new_object();
	const struct hook *hook = NULL;

	while ((hook = hooks_next(hook)))
		json_object_object_add(
			object, hook->function,
			json_object_new_boolean(info->there(info->functions, hook->function)));
	return object;
}

static void print_json(const struct info *info)
{
	struct json_object *report = json_object_new_object();
	struct json_object *source = info->source ? json_object_new_string(info->source) : NULL;

	json_object_object_add(report, "schema", json_object_new_string("vfiotop-info/1"));
	json_object_object_add(report, "source", source);
	json_object_object_add(report, "loaded", json_object_new_boolean(info->loaded));
	json_object_object_add(report, "permitted", json_object_new_boolean(info->permitted));
	json_object_object_add(report, "tracepoints", json_object_new_boolean(info->events));
	json_object_object_add(report, "types", json_object_new_boolean(info->functions != NULL));
	json_object_object_add(report, "hooks", hooks_found(info));
	json_object_object_add(report, "unknown", unknown_fields(info));
	puts(json_object_to_json_string_ext(report, JSON_C_TO_STRING_PLAIN));
	json_object_put(report);
}

static const char *yes(bool condition)
{
	return condition ? "yes" : "no";
}

static void print_text(const struct info *info)
{
	struct json_object *unknown = unknown_fields(info);
	const struct hook *hook = NULL;

	printf("source       %s\n", info->source ? info->source : "none");
	printf("VFIO loaded  %s\n", yes(info->loaded));
	printf("permitted    %s\n", yes(info->permitted));
	printf("tracepoints  %s\n", yes(info->events));
	printf("types        %s\n", yes(info->functions != NULL));
	puts("\nfunctions of stock modules");
	while ((hook = hooks_next(hook)))
		printf("  %-28s %-4s %s\n", hook->function,
		       yes(info->there(info->functions, hook->function)), hook->tells);
	puts("\nunknown in reports");
	for (size_t i = 0; i < json_object_array_length(unknown); i++)
		printf("  %s\n", json_object_get_string(json_object_array_get_idx(unknown, i)));
	json_object_put(unknown);
}

enum exit_code info_print(const struct collect_options *options, bool json)
{
	struct probe_functions *functions = probe_functions_new(options);
	struct info info = { 0 };

	look(&info, options, functions);
	if (json)
		print_json(&info);
	else
		print_text(&info);
	probe_functions_free(functions);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	complain("cannot write what was found: see where the output goes");
	return EXIT_FAILED;
}
