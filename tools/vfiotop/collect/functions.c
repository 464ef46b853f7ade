// SPDX-License-Identifier: GPL-2.0-only
#include "functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols.h"
#include "types.h"

#define KPROBES "/sys/bus/event_source/devices/kprobe"
#define BACKEND "vfio_iommu_type1"

void functions_free(struct functions *functions)
{
	if (functions)
		functions->free(functions);
}

struct found {
	struct functions functions;
	const struct collect_options *options;
	const struct types *types; /* or NULL */
	struct symbols symbols;
	bool by_symbol; /* these have been read */
};

static void found_free(struct functions *functions)
{
	struct found *f = (struct found *)functions;

	symbols_free(&f->symbols);
	free(f);
}

/* @path: or NULL */
static struct found *found_new(const struct collect_options *options, const struct types *types,
			       const char *path)
{
	struct found *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->functions.free = found_free;
	f->options = options;
	f->types = collect_disabled(options, "types") ? NULL : types;
	f->by_symbol = path && !symbols_read(&f->symbols, path);
	return f;
}

static bool has_symbol(const struct found *f, const char *name, const char *module)
{
	const struct symbol *symbol = symbols_find(&f->symbols, name, module);

	return symbol && (symbol->type == 't' || symbol->type == 'T');
}

/* --- By type information ------------------------------------------------------------- */

static bool typed_has(const struct functions *functions, const char *name, const char *takes)
{
	const struct found *f = (const struct found *)functions;
	const struct type *type = types_find(f->types, TYPES_FUNCTION, name);

	return type && !collect_disabled(f->options, name) && types_takes(f->types, type, takes) &&
	       (!f->by_symbol || has_symbol(f, name, type->module ? type->module : ""));
}

struct functions *functions_by_type(const struct collect_options *options,
				    const struct types *types, const char *path)
{
	struct found *f;

	if (collect_disabled(options, "types") || !types || !types_complete(types))
		return NULL;
	f = found_new(options, types, path);
	if (!f)
		return NULL;
	f->functions.has = typed_has;
	return &f->functions;
}

/* --- By symbol ----------------------------------------------------------------------- */

/* Where types are known they must not say otherwise. */
static bool named_has(const struct functions *functions, const char *name, const char *takes)
{
	const struct found *f = (const struct found *)functions;
	const struct type *type = f->types ? types_find(f->types, TYPES_FUNCTION, name) : NULL;

	return !collect_disabled(f->options, name) && has_symbol(f, name, BACKEND) &&
	       (!type || types_takes(f->types, type, takes));
}

bool functions_kprobes(void)
{
	return access(KPROBES, F_OK) == 0;
}

struct functions *functions_by_symbol(const struct collect_options *options,
				      const struct types *types, const char *path)
{
	struct found *f = found_new(options, types, path);

	if (!f)
		return NULL;
	f->functions.has = named_has;
	if (f->by_symbol)
		return &f->functions;
	found_free(&f->functions);
	return NULL;
}

/* --- Of iommufd ---------------------------------------------------------------------- */

#define IOMMUFD_FUNCTIONS 4096

struct both {
	struct functions functions;
	const struct collect_options *options;
	const struct types *types; /* or NULL */
	bool typed;		   /* by these alone */
	size_t n;
	char names[IOMMUFD_FUNCTIONS][64];
};

static bool both_has(const struct functions *functions, const char *name, const char *takes)
{
	const struct both *b = (const struct both *)functions;
	const struct type *type = b->types ? types_find(b->types, TYPES_FUNCTION, name) : NULL;

	if (collect_disabled(b->options, name))
		return false;
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->names[i], name))
			return type ? types_takes(b->types, type, takes) : !b->typed;
	return false;
}

static void both_free(struct functions *functions)
{
	free(functions);
}

/* In modules, or built into the kernel. */
static bool may_be_of_iommufd(const char *line)
{
	if (strchr(line, '['))
		return strstr(line, "[iommufd]") || strstr(line, "[vfio]");
	return strstr(line, " iommufd_") || strstr(line, " iopt_") ||
	       strstr(line, " do_update_pinned") || strstr(line, " pfn_reader_user_pin") ||
	       strstr(line, " batch_to_domain") || strstr(line, " vfio_df_") ||
	       strstr(line, " vfio_group_fops_") || strstr(line, " vfio_device_fops_") ||
	       strstr(line, " vfio_iommufd_");
}

static bool read_both(struct both *b, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512], type;

	if (!file)
		return false;
	while (b->n < IOMMUFD_FUNCTIONS && fgets(line, sizeof(line), file))
		if (may_be_of_iommufd(line) &&
		    sscanf(line, "%*s %c %63s", &type, b->names[b->n]) == 2 &&
		    (type == 't' || type == 'T'))
			b->n++;
	fclose(file);
	return true;
}

struct functions *functions_of_iommufd(const struct collect_options *options,
				       const struct types *types, const char *path, bool typed)
{
	struct both *b;

	if (typed && !types)
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->functions = (struct functions){ both_has, both_free };
	b->options = options;
	b->types = typed || !collect_disabled(options, "types") ? types : NULL;
	b->typed = typed;
	if (read_both(b, path))
		return &b->functions;
	both_free(&b->functions);
	return NULL;
}
