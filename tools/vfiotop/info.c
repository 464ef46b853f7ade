// SPDX-License-Identifier: GPL-2.0-only
#include "info.h"

#include <json-c/json.h>
#include <stdio.h>

#include "fields.h"
#include "collect/builds.h"
#include "collect/functions.h"
#include "collect/hooks.h"
#include "collect/iommufd.h"
#include "collect/modules.h"
#include "collect/privileges.h"
#include "collect/source_tracepoints.h"
#include "collect/sources.h"
#include "collect/symbols.h"
#include "collect/types.h"

/* What was found of one source. */
struct found {
	const struct source_type *type;
	bool possible;
	unsigned int knowledge;
	bool with_iommufd;
	char why[COMPLAINT_SIZE]; /* it is not possible */
};

/* What was found. */
struct info {
	const struct collect_options *options;
	struct functions *functions; /* NULL when there are no types */
	struct functions *symbols;   /* NULL when there are no kprobes */
	struct functions *iommufd;   /* NULL when it is not loaded, or there are no types */
	struct functions *probed;    /* likewise for kprobes, with types or without */
	struct limits limits;
	struct found sources[SOURCES];
	size_t n_sources;
	struct build loaded, installed;
	const struct found *chosen; /* NULL when none is possible */
};

static void look_at(struct info *info, const struct source_type *type)
{
	struct found *found = &info->sources[info->n_sources++];
	struct source source;

	found->type = type;
	complaint_hold();
	found->possible = source_open(&source, type, info->options) == EXIT_DONE;
	complaint_release(found->why);
	found->knowledge = source.knowledge;
	found->with_iommufd = source.with_iommufd;
	if (found->possible && !info->chosen && source_wanted(type, info->options))
		info->chosen = found;
	source_close(&source);
}

static void look(struct info *info)
{
	const struct source_type *type = NULL;

	build_loaded(&info->loaded);
	build_installed(&info->installed);
	info->functions = functions_by_type(info->options, types_running(), SYMBOLS_FILE);
	if (functions_kprobes())
		info->symbols = functions_by_symbol(info->options, types_running(), SYMBOLS_FILE);
	if (iommufd_loaded()) {
		info->iommufd =
			functions_of_iommufd(info->options, types_running(), SYMBOLS_FILE, true);
		info->probed =
			functions_of_iommufd(info->options, types_running(), SYMBOLS_FILE, false);
	}
	while (info->n_sources < SOURCES && (type = sources_next(type)))
		look_at(info, type);
}

static bool has(const struct functions *functions, const struct hook *hook)
{
	return functions && hook_exists(hook, functions);
}

/* As it is called here, or was on the first kernels that have it. */
static const char *hook_shown(const struct functions *functions, const struct hook *hook)
{
	return has(functions, hook) ? hook_name(hook, functions) : hook->function;
}

static const char *name_of(const struct found *found)
{
	return source_names[found->type->choice];
}

static const struct found *found_of(const struct info *info, enum source_choice choice)
{
	for (size_t i = 0; i < info->n_sources; i++)
		if (info->sources[i].type->choice == choice)
			return &info->sources[i];
	return NULL;
}

/* Why iommufd would not be watched, NULL when it would be. */
static const char *no_iommufd(const struct info *info)
{
	const struct found *iommufd = found_of(info, SOURCE_IOMMUFD);

	if (!iommufd_loaded())
		return "it is not loaded";
	if (info->chosen && info->chosen->with_iommufd)
		return NULL;
	if (!iommufd->possible)
		return iommufd->why;
	if (info->chosen && info->chosen->type->choice == SOURCE_STOCK)
		return NULL;
	return "this source does not see what is mapped through it";
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

static struct json_object *source_found(const struct found *found)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", json_object_new_string(name_of(found)));
	json_object_object_add(object, "possible", json_object_new_boolean(found->possible));
	json_object_object_add(object, "why",
			       found->possible ? NULL : json_object_new_string(found->why));
	json_object_object_add(object, "unknown", found->possible ? unknown_fields(found) : NULL);
	return object;
}

static struct json_object *sources_found(const struct info *info)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < info->n_sources; i++)
		json_object_array_add(array, source_found(&info->sources[i]));
	return array;
}

static struct json_object *hooks_found(const struct hooks *hooks, const struct functions *functions)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < hooks->n; i++)
		json_object_object_add(object, hook_shown(functions, &hooks->all[i]),
				       json_object_new_boolean(has(functions, &hooks->all[i])));
	return object;
}

static void add_build(struct json_object *object, const char *name, const struct build *build)
{
	char key[32];

	json_object_object_add(
		object, name,
		build->found ? json_object_new_string(build->ours ? "ours" : "kernel") : NULL);
	snprintf(key, sizeof(key), "%s_version", name);
	json_object_object_add(object, key,
			       build->version[0] ? json_object_new_string(build->version) : NULL);
}

static struct json_object *builds_found(const struct info *info)
{
	struct json_object *object = json_object_new_object();
	const struct build *loaded = &info->loaded, *installed = &info->installed;

	add_build(object, "loaded", loaded);
	add_build(object, "installed", installed);
	json_object_object_add(object, "file",
			       installed->found ? json_object_new_string(installed->file) : NULL);
	json_object_object_add(object, "same",
			       loaded->found && installed->found
				       ? json_object_new_boolean(builds_same(loaded, installed))
				       : NULL);
	return object;
}

static struct json_object *iommufd_found(const struct info *info)
{
	struct json_object *object = json_object_new_object();
	const char *why = no_iommufd(info);

	json_object_object_add(object, "loaded", json_object_new_boolean(iommufd_loaded()));
	json_object_object_add(object, "watched", json_object_new_boolean(!why));
	json_object_object_add(object, "why", why ? json_object_new_string(why) : NULL);
	json_object_object_add(object, "hooks", hooks_found(&hooks_iommufd, info->iommufd));
	json_object_object_add(object, "kprobes",
			       hooks_found(&hooks_kprobes_iommufd, info->probed));
	return object;
}

static struct json_object *limits_found(const struct info *info)
{
	struct json_object *array = json_object_new_array();
	char line[COMPLAINT_SIZE];
	size_t place = 0;

	while ((place = refusal_next_unknown(&info->limits, place, line)))
		json_object_array_add(array, json_object_new_string(line));
	return array;
}

static void print_json(const struct info *info)
{
	struct json_object *report = json_object_new_object();
	const struct found *chosen = info->chosen;
	bool events = tracepoints_present(info->options);
	char line[COMPLAINT_SIZE];

	json_object_object_add(report, "schema", json_object_new_string("vfiotop-info/1"));
	json_object_object_add(report, "source",
			       chosen ? json_object_new_string(name_of(chosen)) : NULL);
	json_object_object_add(report, "loaded", json_object_new_boolean(modules_loaded()));
	json_object_object_add(report, "build", builds_found(info));
	json_object_object_add(report, "iommufd", iommufd_found(info));
	json_object_object_add(report, "permitted", json_object_new_boolean(privileges_to_trace()));
	json_object_object_add(report, "addresses",
			       json_object_new_boolean(!refusal_of_addresses(&info->limits, line)));
	json_object_object_add(report, "tracepoints", json_object_new_boolean(events));
	json_object_object_add(report, "types", json_object_new_boolean(info->functions != NULL));
	json_object_object_add(report, "sources", sources_found(info));
	json_object_object_add(report, "hooks", hooks_found(&hooks_stock, info->functions));
	json_object_object_add(report, "kprobes", hooks_found(&hooks_kprobes, info->symbols));
	json_object_object_add(report, "limits", limits_found(info));
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

static void print_hooks(const struct hooks *hooks, const struct functions *functions)
{
	for (size_t i = 0; i < hooks->n; i++)
		printf("  %-29s %-4s %s\n", hook_shown(functions, &hooks->all[i]),
		       yes(has(functions, &hooks->all[i])), hooks->all[i].tells);
}

static void print_build(const char *what, const struct build *build)
{
	printf("  %-10s %s", what,
	       !build->found ? "none"
	       : build->ours ? "ours"
			     : "the kernel's own");
	if (build->found && build->ours)
		printf(" (%s)", build->version);
	puts("");
}

static void print_builds(const struct build *loaded, const struct build *installed)
{
	puts("\nwhich VFIO");
	print_build("loaded", loaded);
	print_build("installed", installed);
	if (installed->found)
		printf("  %-10s %s\n", "file", installed->file);
	if (loaded->found && installed->found && !builds_same(loaded, installed))
		puts("  These differ. To load what is installed, stop the programs that use VFIO and run\n"
		     "    modprobe -r vfio-pci vfio-pci-core vfio_iommu_type1\n"
		     "    modprobe -a vfio_iommu_type1 vfio-pci");
	if (installed->found && installed->ours)
		puts("  To have the kernel's own installed, remove the package vfiotop-vfio-dkms, or run\n"
		     "  make uninstall where they were built.");
	else if (installed->found)
		puts("  To have ours installed, install the package vfiotop-vfio-dkms; if it is, see\n"
		     "  dkms status vfiotop-vfio for why there are none for this kernel.");
}

static void print_text(const struct info *info)
{
	char name[FIELD_NAME_SIZE], line[COMPLAINT_SIZE];
	const char *why = no_iommufd(info);
	size_t place = 0;

	printf("source       %s\n", info->chosen ? name_of(info->chosen) : "none");
	printf("VFIO loaded  %s\n", yes(modules_loaded()));
	printf("iommufd      %s%s\n", why ? "not watched: " : "watched", why ? why : "");
	printf("permitted    %s\n", yes(privileges_to_trace()));
	printf("addresses    %s\n", yes(!refusal_of_addresses(&info->limits, line)));
	printf("tracepoints  %s\n", yes(tracepoints_present(info->options)));
	printf("types        %s\n", yes(info->functions));
	print_builds(&info->loaded, &info->installed);
	puts("\nsources, the best first");
	for (size_t i = 0; i < info->n_sources; i++)
		printf("  %-12s %-4s %s\n", name_of(&info->sources[i]),
		       yes(info->sources[i].possible), info->sources[i].why);
	puts("\nfunctions of the kernel's own modules");
	print_hooks(&hooks_stock, info->functions);
	puts("\nfunctions for kprobes");
	print_hooks(&hooks_kprobes, info->symbols);
	if (iommufd_loaded()) {
		print_hooks(&hooks_kprobes_iommufd, info->probed);
		puts("\nfunctions of iommufd");
		print_hooks(&hooks_iommufd, info->iommufd);
	}
	puts("\nlimits of this process");
	while ((place = refusal_next_unknown(&info->limits, place, line)))
		printf("  %s\n", line);
	puts("\nunknown in reports");
	while (info->chosen && (place = fields_unknown(info->chosen->knowledge, place, name)))
		printf("  %s\n", name);
}

enum exit_code info_print(const struct collect_options *options, bool json)
{
	struct collect_options exact = *options;
	struct info info = { .options = &exact, .limits = privileges_limits() };

	exact.exact = true;
	look(&info);
	if (json)
		print_json(&info);
	else
		print_text(&info);
	functions_free(info.functions);
	functions_free(info.symbols);
	functions_free(info.iommufd);
	functions_free(info.probed);
	types_forget();
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	complain("cannot write to standard output; check where it goes");
	return EXIT_FAILED;
}
