// SPDX-License-Identifier: GPL-2.0-only
#include "functions.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KPROBES	   "/sys/bus/event_source/devices/kprobe"
#define MODULE_BTF "/sys/kernel/btf/%s"

void functions_free(struct functions *functions)
{
	if (functions)
		functions->free(functions);
}

/* --- By type information ------------------------------------------------------------- */

static const char *const modules[] = { "vfio", "vfio_iommu_type1" };

#define MODULES (sizeof(modules) / sizeof(modules[0]))

struct typed {
	struct functions functions;
	const struct collect_options *options;
	struct btf *kernel;
	struct btf *modules[MODULES];
};

static struct btf *module_types(const char *module, struct btf *kernel)
{
	char path[64];

	snprintf(path, sizeof(path), MODULE_BTF, module);
	return btf__parse_split(path, kernel);
}

static bool typed_has(const struct functions *functions, const char *name)
{
	const struct typed *t = (const struct typed *)functions;

	if (collect_disabled(t->options, name))
		return false;
	/* A module's types come after the kernel's own. */
	for (size_t i = 0; i < MODULES; i++) {
		int id = btf__find_by_name_kind(t->modules[i], name, BTF_KIND_FUNC);

		if (id >= (int)btf__type_cnt(t->kernel))
			return true;
	}
	return false;
}

static void typed_free(struct functions *functions)
{
	struct typed *t = (struct typed *)functions;

	for (size_t i = 0; i < MODULES; i++)
		btf__free(t->modules[i]);
	btf__free(t->kernel);
	free(t);
}

static bool read_types(struct typed *t)
{
	t->kernel = btf__load_vmlinux_btf();
	if (!t->kernel)
		return false;
	for (size_t i = 0; i < MODULES; i++) {
		t->modules[i] = module_types(modules[i], t->kernel);
		if (!t->modules[i])
			return false;
	}
	return true;
}

struct functions *functions_by_type(const struct collect_options *options)
{
	struct typed *t;

	if (collect_disabled(options, "types"))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->functions = (struct functions){ typed_has, typed_free };
	t->options = options;
	if (read_types(t))
		return &t->functions;
	typed_free(&t->functions);
	return NULL;
}

bool functions_have_event(const char *event)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct btf *module = kernel ? module_types("vfio", kernel) : NULL;
	bool found = false;
	char type[64];

	snprintf(type, sizeof(type), "btf_trace_%s", event);
	if (module)
		found = btf__find_by_name_kind(module, type, BTF_KIND_TYPEDEF) > 0;
	btf__free(module);
	btf__free(kernel);
	return found;
}

/* --- By symbol ----------------------------------------------------------------------- */

#define SYMBOLS 256

struct symbols {
	struct functions functions;
	const struct collect_options *options;
	size_t n;
	char names[SYMBOLS][64];
};

static bool symbols_have(const struct functions *functions, const char *name)
{
	const struct symbols *s = (const struct symbols *)functions;

	if (collect_disabled(s->options, name))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->names[i], name))
			return true;
	return false;
}

static void symbols_free(struct functions *functions)
{
	free(functions);
}

/* Functions of the backend; their addresses do not matter, and may be hidden. */
static void read_symbols(struct symbols *s, FILE *file)
{
	char line[512], type;

	while (s->n < SYMBOLS && fgets(line, sizeof(line), file)) {
		if (!strstr(line, "[vfio_iommu_type1]"))
			continue;
		if (sscanf(line, "%*s %c %63s", &type, s->names[s->n]) == 2 &&
		    (type == 't' || type == 'T') && strncmp(s->names[s->n], "__pfx_", 6) != 0)
			s->n++;
	}
}

struct functions *functions_by_symbol(const struct collect_options *options)
{
	struct symbols *s;
	FILE *file;

	if (access(KPROBES, F_OK))
		return NULL;
	file = fopen("/proc/kallsyms", "re");
	if (!file)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s) {
		s->functions = (struct functions){ symbols_have, symbols_free };
		s->options = options;
		read_symbols(s, file);
	}
	fclose(file);
	return s ? &s->functions : NULL;
}
