// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stock modules can tell, by the functions that they have.
 */
#include "fixture.h"

#include <string.h>

#include "collect/hooks.h"
#include "snapshot.h"

/* Some functions, and no others. */
struct some_functions {
	struct functions functions;
	const char *name;
};

static const char *name_of(const struct functions *functions)
{
	return ((const struct some_functions *)functions)->name;
}

static bool has_all(const struct functions *functions, const char *name, const char *takes)
{
	(void)functions;
	(void)name;
	(void)takes;
	return true;
}

static bool has_all_but(const struct functions *functions, const char *name, const char *takes)
{
	(void)takes;
	return strcmp(name_of(functions), name) != 0;
}

static bool has_only(const struct functions *functions, const char *name, const char *takes)
{
	(void)takes;
	return !strcmp(name_of(functions), name);
}

static const struct functions all = { .has = has_all };

#define ALL_BUT(function) (&(struct some_functions){ { .has = has_all_but }, function }.functions)
#define ONLY(function)	  (&(struct some_functions){ { .has = has_only }, function }.functions)

static unsigned int stock_without(const char *function, bool runs)
{
	return hooks_knowledge(&hooks_stock, ALL_BUT(function), runs);
}

#define STOCK_RUNS (KNOWS_ALL & ~KNOWS_PHASES)
#define STOCK	   (STOCK_RUNS & ~KNOWS_UNPINS)

static void all_there(void **state)
{
	(void)state;
	assert_int_equal(hooks_knowledge(&hooks_stock, &all, false), STOCK);
	assert_int_equal(hooks_knowledge(&hooks_stock, &all, true), STOCK_RUNS);
	assert_int_equal(hooks_knowledge(&hooks_kprobes, &all, false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_MAPPINGS | KNOWS_TEARDOWNS |
				 KNOWS_DIRTY_LOG);
	assert_null(hooks_missing(&hooks_stock, &all));
	assert_null(hooks_missing(&hooks_kprobes, &all));
}

/* What only a missing function tells is unknown, and nothing else is. */
static void one_missing(void **state)
{
	(void)state;
	assert_int_equal(stock_without("vfio_pin_pages_remote", true),
			 STOCK_RUNS & ~(KNOWS_RUNS | KNOWS_PROGRESS));
	assert_int_equal(stock_without("vfio_unpin_pages_remote", true),
			 STOCK_RUNS & ~KNOWS_UNPINS);
	assert_int_equal(stock_without("vfio_group_fops_open", false), STOCK & ~KNOWS_GROUP_OPENS);
	assert_int_equal(stock_without("vfio_iommu_type1_unpin_pages", false), STOCK & ~KNOWS_PINS);
	assert_int_equal(stock_without("vfio_remove_dma", false),
			 STOCK & ~(KNOWS_PINS | KNOWS_MAPPINGS | KNOWS_CHARGES | KNOWS_TEARDOWNS |
				   KNOWS_TEARDOWN_BYTES | KNOWS_RANGES));
	assert_int_equal(hooks_knowledge(&hooks_kprobes, ALL_BUT("vfio_remove_dma"), false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_DIRTY_LOG);
	assert_int_equal(hooks_knowledge(&hooks_kprobes_iommufd, &all, false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_MAPPINGS | KNOWS_TEARDOWNS);
	assert_int_equal(hooks_knowledge(&hooks_kprobes_iommufd, ALL_BUT("iopt_cut_iova"), false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_TEARDOWNS);
	assert_int_equal(hooks_knowledge(&hooks_stock, ONLY("vfio_fops_open"), false),
			 KNOWS_OPENERS);
}

static void needed_missing(void **state)
{
	const struct hooks *const tables[] = { &hooks_stock, &hooks_kprobes, &hooks_kprobes_iommufd,
					       &hooks_iommufd };

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct hook *hook = &tables[t]->all[i];
			const char *first = hooks_missing(tables[t], ALL_BUT(hook->function));

			if (hook->needed && !hook->later)
				assert_string_equal(first, hook->function);
			else
				assert_null(first);
		}
	}
}

/* It is found by the name that it has on later kernels, too. */
static void renamed(void **state)
{
	const struct hook *hook = hooks_find(&hooks_iommufd, "iopt_pages_update_pinned");

	(void)state;
	assert_ptr_equal(hook, hooks_find(&hooks_iommufd, "do_update_pinned"));
	assert_string_equal(hook_name(hook, &all), "do_update_pinned");
	assert_string_equal(hook_name(hook, ALL_BUT("do_update_pinned")), hook->later);
	assert_null(hook_name(hook, ONLY("iommufd_ioas_map")));
	assert_false(hook_exists(hook, ONLY("iommufd_ioas_map")));
}

static void lookup(void **state)
{
	(void)state;
	assert_true(hooks_find(&hooks_stock, "vfio_unpin_pages_remote")->per_run);
	assert_false(hooks_find(&hooks_stock, "vfio_remove_dma")->per_run);
	assert_true(hooks_find(&hooks_kprobes, "vfio_iommu_type1_ioctl")->needed);
	assert_null(hooks_find(&hooks_stock, "vfio_iommu_type1_ioctl"));
	assert_null(hooks_find(&hooks_stock, "vfio_dma_do_map"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_there),	  cmocka_unit_test(one_missing),
		cmocka_unit_test(needed_missing), cmocka_unit_test(renamed),
		cmocka_unit_test(lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
