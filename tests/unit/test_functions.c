// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions and tracepoints of VFIO, in modules and built into the kernel, found in type
 * information and lists of symbols that are made here.
 */
#include "fixture.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/functions.h"
#include "collect/hooks.h"
#include "collect/symbols.h"
#include "collect/types.h"
#include "snapshot.h"

static const struct collect_options no_options;

static char folder[] = "/tmp/vfiotop-test-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

/* --- Type information ------------------------------------------------------------------ */

/* The type that a word of types_takes() stands for. */
static int type_of(struct btf *btf, const char *word, int integer)
{
	switch (*word) {
	case '4':
		return integer;
	case '8':
		return btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	case '-':
	case '*':
		return btf__add_ptr(btf, 0);
	default:
		return btf__add_ptr(btf, btf__add_struct(btf, word, 0));
	}
}

/* The parameters of a function as programs expect them. */
static int add_prototype(struct btf *btf, const char *name, int integer)
{
	const struct hook *hook = hooks_find(&hooks_stock, name);
	char words[64] = "4", *word, *rest;
	int types[8], proto;
	size_t n = 0;

	snprintf(words, sizeof(words), "%s", hook ? hook->takes : "4");
	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		types[n++] = type_of(btf, word, integer);
	proto = btf__add_func_proto(btf, types[0]);
	for (size_t i = 1; i < n; i++)
		assert_int_equal(btf__add_func_param(btf, "", types[i]), 0);
	return proto;
}

/* A kernel or a module, as far as types go; the names end at NULL. */
static struct btf *make_types(struct btf *base, const char *const *functions,
			      const char *const *events)
{
	struct btf *btf = base ? btf__new_empty_split(base) : btf__new_empty();
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	for (; *functions; functions++)
		assert_true(btf__add_func(btf, *functions, BTF_FUNC_STATIC,
					  add_prototype(btf, *functions, integer)) > 0);
	for (; *events; events++)
		assert_true(btf__add_typedef(btf, *events, integer) > 0);
	return btf;
}

static void write_types(const char *name, const struct btf *btf)
{
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	write_file(name, data, size);
}

/* What ends up in which file; NULL when there is no such file. */
struct kernel {
	const char *const *kernel;
	const char *const *core;
	const char *const *backend;
	const char *const *events;
};

static const char *const nothing[] = { NULL };
static const char *const other[] = { "schedule", "kvm_vfio_ops_init", NULL };
static const char *const core[] = { "vfio_fops_open", "vfio_fops_release", NULL };
static const char *const backend[] = { "vfio_iommu_type1_ioctl", "vfio_remove_dma", NULL };
static const char *const built_in[] = { "schedule",	     "vfio_fops_open",
					"vfio_fops_release", "vfio_iommu_type1_ioctl",
					"vfio_remove_dma",   NULL };
static const char *const built_in_core[] = { "schedule", "vfio_fops_open", "vfio_fops_release",
					     NULL };
static const char *const events[] = { "btf_trace_vfio_dma_map", "btf_trace_sched_switch", NULL };

static struct types *read_kernel(const struct kernel *k)
{
	struct btf *kernel = make_types(NULL, k->kernel, nothing);
	struct btf *module;
	struct types *types;

	write_types("vmlinux", kernel);
	if (k->core) {
		module = make_types(kernel, k->core, k->events ? k->events : nothing);
		write_types("vfio", module);
		btf__free(module);
	}
	if (k->backend) {
		module = make_types(kernel, k->backend, nothing);
		write_types("vfio_iommu_type1", module);
		btf__free(module);
	}
	btf__free(kernel);
	types = types_read(folder);
	unlink(path_of("vmlinux"));
	unlink(path_of("vfio"));
	unlink(path_of("vfio_iommu_type1"));
	return types;
}

static bool has(const struct types *types, const char *name)
{
	struct functions *functions = functions_by_type(&no_options, types, NULL);
	bool found = functions && functions->has(functions, name, "-");

	functions_free(functions);
	return found;
}

static const char *module_of(const struct types *types, const char *name)
{
	const struct type *type = types_find(types, TYPES_FUNCTION, name);

	return type && type->module ? type->module : "";
}

static void in_modules(void **state)
{
	struct types *types = read_kernel(&(struct kernel){ other, core, backend, events });

	(void)state;
	assert_true(has(types, "vfio_fops_open"));
	assert_true(has(types, "vfio_remove_dma"));
	assert_false(has(types, "vfio_dma_do_map"));
	assert_false(has(types, "schedule"));
	assert_string_equal(module_of(types, "vfio_fops_open"), "vfio");
	assert_string_equal(module_of(types, "vfio_remove_dma"), "vfio_iommu_type1");
	assert_non_null(types_find(types, TYPES_EVENT, "vfio_dma_map"));
	assert_null(types_find(types, TYPES_EVENT, "vfio_fops_open"));
	assert_null(types_find(types, TYPES_EVENT, "sched_switch"));
	types_free(types);
}

static void in_the_kernel(void **state)
{
	struct types *types = read_kernel(&(struct kernel){ built_in, NULL, NULL, NULL });

	(void)state;
	assert_true(has(types, "vfio_fops_open"));
	assert_true(has(types, "vfio_remove_dma"));
	assert_null(types_find(types, TYPES_FUNCTION, "vfio_remove_dma")->module);
	assert_null(types_find(types, TYPES_EVENT, "vfio_dma_map"));
	/* The kernel knows such a function without a file descriptor. */
	assert_int_equal(types_fd(types, types_find(types, TYPES_FUNCTION, "vfio_remove_dma")), 0);
	types_free(types);
}

static void half_in_the_kernel(void **state)
{
	struct types *types = read_kernel(&(struct kernel){ built_in_core, NULL, backend, NULL });

	(void)state;
	assert_true(has(types, "vfio_fops_open"));
	assert_true(has(types, "vfio_remove_dma"));
	assert_string_equal(module_of(types, "vfio_remove_dma"), "vfio_iommu_type1");
	types_free(types);
}

/* Half of VFIO is no better than none. */
static void not_there(void **state)
{
	struct types *types = read_kernel(&(struct kernel){ other, core, NULL, events });

	(void)state;
	assert_false(has(types, "vfio_fops_open"));
	assert_non_null(types_find(types, TYPES_EVENT, "vfio_dma_map"));
	types_free(types);
	assert_null(read_kernel(&(struct kernel){ other, NULL, NULL, NULL }));
	assert_null(types_read(folder));
	assert_null(functions_by_type(&no_options, NULL, NULL));
}

/* --- Symbols ----------------------------------------------------------------------------- */

static struct functions *by_symbol(const char *text)
{
	write_file("kallsyms", text, strlen(text));
	return functions_by_symbol(&no_options, NULL, path_of("kallsyms"));
}

#define LINES_BEFORE "ffffffff81000000 T _text\nffffffff81000001 t vfio_of_another\t[vfio_pci]\n"

static void symbols_in_module(void **state)
{
	struct functions *f = by_symbol(
		LINES_BEFORE "ffffffffc0000000 t vfio_iommu_type1_ioctl\t[vfio_iommu_type1]\n"
			     "ffffffffc0000010 d vfio_iommu_type1_open\t[vfio_iommu_type1]\n");

	(void)state;
	assert_non_null(f);
	assert_true(f->has(f, "vfio_iommu_type1_ioctl", "-"));
	assert_false(f->has(f, "vfio_iommu_type1_open", "-"));
	assert_false(f->has(f, "vfio_of_another", "-"));
	functions_free(f);
}

static void symbols_in_the_kernel(void **state)
{
	struct functions *f = by_symbol(LINES_BEFORE
					"0000000000000000 t vfio_iommu_type1_ioctl\n"
					"0000000000000000 T vfio_iommu_type1_release\n");

	(void)state;
	assert_non_null(f);
	assert_null(hooks_missing(&hooks_kprobes, f));
	functions_free(f);
}

/* More than is read at once: lines are cut anywhere. */
static void many_symbols(void **state)
{
	size_t size = 0, n = 9000;
	char *text = malloc(n * 64);
	struct symbols symbols;

	(void)state;
	for (size_t i = 0; i < n; i++)
		size += (size_t)sprintf(text + size, "%016zx t %s_%zu%s\n", i + 1,
					i % 3 ? "vfio" : "other", i, i % 2 ? "\t[vfio]" : "");
	write_file("kallsyms", text, size);
	free(text);
	assert_int_equal(symbols_read(&symbols, path_of("kallsyms")), 0);
	assert_int_equal(symbols.n, n / 3 * 2);
	assert_int_equal(symbols_find(&symbols, "vfio_8999", "vfio")->address, 9000);
	assert_null(symbols_find(&symbols, "vfio_8999", "vfio_iommu_type1"));
	assert_string_equal(symbols_find(&symbols, "vfio_8998", "vfio")->module, "");
	symbols_free(&symbols);
	unlink(path_of("kallsyms"));
	assert_true(symbols_read(&symbols, path_of("kallsyms")) < 0);
	assert_null(functions_by_symbol(&no_options, NULL, path_of("kallsyms")));
}

/* --- iommufd ------------------------------------------------------------------------------- */

static const char *const with_iommufd[] = { "schedule",	     "iommufd_ioas_map", "iopt_map_pages",
					    "iopt_cut_iova", "do_update_pinned", NULL };

#define IOMMUFD_LINES                                                 \
	LINES_BEFORE "0000000000000000 t iommufd_ioas_map\n"          \
		     "0000000000000000 t iopt_map_pages\t[iommufd]\n" \
		     "0000000000000000 t iopt_cut_iova.isra.0\n"      \
		     "0000000000000000 d do_update_pinned\n"

static void iommufd(void **state)
{
	struct types *types = read_kernel(&(struct kernel){ with_iommufd, NULL, NULL, NULL });
	struct collect_options options = { 0 };
	struct functions *f;

	(void)state;
	write_file("kallsyms", IOMMUFD_LINES, strlen(IOMMUFD_LINES));
	f = functions_of_iommufd(&options, types, path_of("kallsyms"), true);
	assert_non_null(f);
	assert_true(f->has(f, "iommufd_ioas_map", "-"));
	assert_true(f->has(f, "iopt_map_pages", "-"));
	/* It was split, and that is no function. */
	assert_false(f->has(f, "iopt_cut_iova", "-"));
	assert_false(f->has(f, "do_update_pinned", "-"));
	assert_false(f->has(f, "schedule", "-"));
	options.disabled[options.n_disabled++] = "iopt_map_pages";
	assert_false(f->has(f, "iopt_map_pages", "-"));
	functions_free(f);
	unlink(path_of("kallsyms"));
	assert_null(functions_of_iommufd(&options, types, path_of("kallsyms"), true));
	types_free(types);

	/* It has none that are typed. */
	types = read_kernel(&(struct kernel){ other, core, backend, events });
	write_file("kallsyms", IOMMUFD_LINES, strlen(IOMMUFD_LINES));
	f = functions_of_iommufd(&options, types, path_of("kallsyms"), true);
	assert_non_null(f);
	assert_false(f->has(f, "iommufd_ioas_map", "-"));
	functions_free(f);
	/* For kprobes their names will do. */
	f = functions_of_iommufd(&options, types, path_of("kallsyms"), false);
	assert_non_null(f);
	assert_true(f->has(f, "iommufd_ioas_map", "- no_such_type"));
	assert_false(f->has(f, "iopt_cut_iova", "-"));
	functions_free(f);
	types_free(types);
	assert_null(functions_of_iommufd(&options, NULL, path_of("kallsyms"), true));
}

/* --- Linux 5.15 ---------------------------------------------------------------------------- */

/* Groups leave their containers by other functions there. */
static const char *const core_5_15[] = {
	"vfio_fops_open",
	"vfio_fops_release",
	"vfio_fops_unl_ioctl",
	"vfio_group_fops_open",
	"vfio_group_fops_release",
	"vfio_group_fops_unl_ioctl",
	"__vfio_group_unset_container",
	"vfio_group_try_dissolve_container",
	"vfio_device_fops_release",
	"vfio_device_fops_unl_ioctl",
	NULL,
};

static const char *const backend_5_15[] = {
	"vfio_iommu_type1_open",
	"vfio_iommu_type1_release",
	"vfio_iommu_type1_ioctl",
	"vfio_iommu_type1_attach_group",
	"vfio_iommu_type1_detach_group",
	"vfio_iommu_type1_pin_pages",
	"vfio_iommu_type1_unpin_pages",
	"vfio_remove_dma",
	"vfio_pin_pages_remote",
	"vfio_unpin_pages_remote",
	NULL,
};

/* The source stock is refused, for a function that is named; kprobes have all that they need. */
static void linux_5_15(void **state)
{
	struct types *types =
		read_kernel(&(struct kernel){ other, core_5_15, backend_5_15, nothing });
	struct functions *typed = functions_by_type(&no_options, types, NULL), *named;
	char text[4096] = LINES_BEFORE;

	(void)state;
	assert_non_null(typed);
	assert_string_equal(hooks_missing(&hooks_stock, typed), "vfio_group_detach_container");
	for (size_t i = 0; backend_5_15[i]; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "ffffffffc0000%03zx t %s\t[vfio_iommu_type1]\n", i * 16, backend_5_15[i]);
	named = by_symbol(text);
	assert_non_null(named);
	assert_null(hooks_missing(&hooks_kprobes, named));
	assert_int_equal(hooks_knowledge(&hooks_kprobes, named, false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_MAPPINGS | KNOWS_TEARDOWNS |
				 KNOWS_DIRTY_LOG);
	unlink(path_of("kallsyms"));
	functions_free(named);
	functions_free(typed);
	types_free(types);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_modules),	      cmocka_unit_test(in_the_kernel),
		cmocka_unit_test(half_in_the_kernel), cmocka_unit_test(not_there),
		cmocka_unit_test(symbols_in_module),  cmocka_unit_test(symbols_in_the_kernel),
		cmocka_unit_test(many_symbols),	      cmocka_unit_test(iommufd),
		cmocka_unit_test(linux_5_15),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
