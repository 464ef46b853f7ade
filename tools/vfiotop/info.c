// SPDX-License-Identifier: GPL-2.0-only
#include "info.h"

#include <json-c/json.h>
#include <stdio.h>

#include "fields.h"
#include "collect/hooks.h"
#include "collect/probe.h"
#include "collect/source.h"

/* What was found of one source. */
struct found {
	const struct rung *rung;
	bool possible;
	unsigned int knowledge;
	char why[COMPLAINT_SIZE]; /* it is not possible */
};

/* What was found. */
struct info {
	const struct collect_options *options;
	struct probe_functions *functions; /* NULL when there are no types */
	struct probe_symbols *symbols;	   /* NULL when there are no kprobes */
	struct found rungs[RUNGS];
	size_t n_rungs;
	const struct found *chosen; /* NULL when none is possible */
};

static void look_at_rung(struct info *info, const struct rung *rung)
{
	struct found *found = &info->rungs[info->n_rungs++];
	struct source source = { 0 };

	found->rung = rung;
	complaint_hold();
	found->possible = source_open(rung, info->options, &source) == EXIT_DONE;
	complaint_release(found->why);
	found->knowledge = source.knowledge;
	if (found->possible && !info->chosen && rung_wanted(rung, info->options))
		info->chosen = found;
	source_close(&source);
}

static void look(struct info *info)
{
	const struct rung *rung = NULL;

	info->functions = probe_functions_new(info->options);
	info->symbols = probe_symbols_new(info->options);
	while (info->n_rungs < RUNGS && (rung = rungs_next(rung)))
		look_at_rung(info, rung);
}

static bool has_function(const struct info *info, const char *function)
{
	return info->functions && probe_has_function(info->functions, function);
}

static bool has_symbol(const struct info *info, const char *function)
{
	return info->symbols && probe_has_symbol(info->symbols, function);
}

/* --- JSON --------------------------------------------------------------------------- */

static struct json_object *unknown_fields(const struct found *found)
{
	struct json_object *array = json_object_new_array();
	char name[FIELD_NAME_SIZE];
	size_t place = 0;

	while ((place = fields_unknown(found->knowledge, place, name)))
		json_object_array_add(array, json_object_new_string(name));
	return array;
}

static struct json_object *rung_found(const struct found *found)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", json_object_new_string(found->rung->name));
	json_object_object_add(object, "possible", json_object_new_boolean(found->possible));
	json_object_object_add(object, "why",
			       found->possible ? NULL : json_object_new_string(found->why));
	json_object_object_add(object, "unknown", found->possible ? unknown_fields(found) : NULL);
	return object;
}

static struct json_object *rungs_found(const struct info *info)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < info->n_rungs; i++)
		json_object_array_add(array, rung_found(&info->rungs[i]));
	return array;
}

static struct json_object *hooks_found(const struct info *info, const struct hooks *hooks,
				       bool (*has)(const struct info *, const char *))
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < hooks->n; i++)
		json_object_object_add(object, hooks->all[i].function,
				       json_object_new_boolean(has(info, hooks->all[i].function)));
	return object;
}

static void print_json(const struct info *info)
{
	struct json_object *report = json_object_new_object();
	const struct found *chosen = info->chosen;
	bool events = probe_has_events(info->options);

	json_object_object_add(report, "schema", json_object_new_string("vfiotop-info/1"));
	json_object_object_add(report, "source",
			       chosen ? json_object_new_string(chosen->rung->name) : NULL);
	json_object_object_add(report, "loaded", json_object_new_boolean(probe_loaded()));
	json_object_object_add(report, "permitted", json_object_new_boolean(probe_permitted()));
	json_object_object_add(report, "tracepoints", json_object_new_boolean(events));
	json_object_object_add(report, "types", json_object_new_boolean(info->functions != NULL));
	json_object_object_add(report, "sources", rungs_found(info));
	json_object_object_add(report, "hooks", hooks_found(info, &hooks_stock, has_function));
	json_object_object_add(report, "kprobes", hooks_found(info, &hooks_kprobes, has_symbol));
	json_object_object_add(report, "unknown",
			       chosen ? unknown_fields(chosen) : json_object_new_array());
	puts(json_object_to_json_string_ext(report, JSON_C_TO_STRING_PLAIN));
	json_object_put(report);
}

/* --- Text ------------------------------------------------------------------------------ */

static const char *yes(bool condition)
{
	return condition ? "yes" : "no";
}

static void print_hooks(const struct info *info, const struct hooks *hooks,
			bool (*has)(const struct info *, const char *))
{
	for (size_t i = 0; i < hooks->n; i++)
		printf("  %-29s %-4s %s\n", hooks->all[i].function,
		       yes(has(info, hooks->all[i].function)), hooks->all[i].tells);
}

static void print_text(const struct info *info)
{
	char name[FIELD_NAME_SIZE];
	size_t place = 0;

	printf("source       %s\n", info->chosen ? info->chosen->rung->name : "none");
	printf("VFIO loaded  %s\n", yes(probe_loaded()));
	printf("permitted    %s\n", yes(probe_permitted()));
	printf("tracepoints  %s\n", yes(probe_has_events(info->options)));
	printf("types        %s\n", yes(info->functions));
	puts("\nsources, the best first");
	for (size_t i = 0; i < info->n_rungs; i++)
		printf("  %-12s %-4s %s\n", info->rungs[i].rung->name, yes(info->rungs[i].possible),
		       info->rungs[i].why);
	puts("\nfunctions of stock modules");
	print_hooks(info, &hooks_stock, has_function);
	puts("\nfunctions for kprobes");
	print_hooks(info, &hooks_kprobes, has_symbol);
	puts("\nunknown in reports");
	while (info->chosen && (place = fields_unknown(info->chosen->knowledge, place, name)))
		printf("  %s\n", name);
}

enum exit_code info_print(const struct collect_options *options, bool json)
{
	struct info info = { .options = options };

	look(&info);
	if (json)
		print_json(&info);
	else
		print_text(&info);
	probe_functions_free(info.functions);
	probe_symbols_free(info.symbols);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	complain("cannot write what was found: see where the output goes");
	return EXIT_FAILED;
}
