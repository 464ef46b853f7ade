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

/* --- By type information ------------------------------------------------------------- */

struct typed {
	struct functions functions;
	const struct collect_options *options;
	const struct types *types;
};

static bool typed_has(const struct functions *functions, const char *name)
{
	const struct typed *t = (const struct typed *)functions;

	return !collect_disabled(t->options, name) && types_find(t->types, TYPES_FUNCTION, name);
}

static void typed_free(struct functions *functions)
{
	free(functions);
}

struct functions *functions_by_type(const struct collect_options *options,
				    const struct types *types)
{
	struct typed *t;

	if (collect_disabled(options, "types") || !types || !types_complete(types))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->functions = (struct functions){ typed_has, typed_free };
	t->options = options;
	t->types = types;
	return &t->functions;
}

/* --- By symbol ----------------------------------------------------------------------- */

struct named {
	struct functions functions;
	const struct collect_options *options;
	struct symbols symbols;
};

static bool named_has(const struct functions *functions, const char *name)
{
	const struct named *n = (const struct named *)functions;
	const struct symbol *symbol = symbols_find(&n->symbols, name, BACKEND);

	return !collect_disabled(n->options, name) && symbol &&
	       (symbol->type == 't' || symbol->type == 'T');
}

static void named_free(struct functions *functions)
{
	struct named *n = (struct named *)functions;

	symbols_free(&n->symbols);
	free(n);
}

bool functions_kprobes(void)
{
	return access(KPROBES, F_OK) == 0;
}

struct functions *functions_by_symbol(const struct collect_options *options, const char *path)
{
	struct named *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->functions = (struct functions){ named_has, named_free };
	n->options = options;
	if (!symbols_read(&n->symbols, path))
		return &n->functions;
	named_free(&n->functions);
	return NULL;
}

/* --- Of iommufd ---------------------------------------------------------------------- */

#define IOMMUFD_FUNCTIONS 4096

struct both {
	struct functions functions;
	const struct types *types;
	size_t n;
	char names[IOMMUFD_FUNCTIONS][64];
};

static bool both_has(const struct functions *functions, const char *name)
{
	const struct both *b = (const struct both *)functions;

	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->names[i], name))
			return types_find(b->types, TYPES_FUNCTION, name);
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
	       strstr(line, " do_update_pinned") || strstr(line, " vfio_df_");
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

struct functions *functions_of_iommufd(const struct types *types, const char *path)
{
	struct both *b;

	if (!types || !types_find(types, TYPES_FUNCTION, "iommufd_ioas_map"))
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->functions = (struct functions){ both_has, both_free };
	b->types = types;
	if (read_both(b, path))
		return &b->functions;
	both_free(&b->functions);
	return NULL;
}
