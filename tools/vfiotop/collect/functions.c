// SPDX-License-Identifier: GPL-2.0-only
#include "functions.h"

#include <stdlib.h>
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
