// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stock modules can tell, by the functions that they have.
 */
#include "fixture.h"

#include <string.h>

#include "collect/hooks.h"

static bool all(const void *context, const char *function)
{
	(void)context;
	(void)function;
	return true;
}

/* All but the one that is the context. */
static bool all_but(const void *context, const char *function)
{
	return strcmp(context, function) != 0;
}

/* None but the one that is the context. */
static bool only(const void *context, const char *function)
{
	return !strcmp(context, function);
}

static unsigned int stock_without(const char *function, bool runs)
{
	return hooks_knowledge(&hooks_stock, all_but, function, runs);
}

#define STOCK_RUNS (KNOWS_ALL & ~KNOWS_PHASES)
#define STOCK	   (STOCK_RUNS & ~(KNOWS_RUNS | KNOWS_PROGRESS | KNOWS_UNPINS))

static void all_there(void **state)
{
	(void)state;
	assert_int_equal(hooks_knowledge(&hooks_stock, all, NULL, false), STOCK);
	assert_int_equal(hooks_knowledge(&hooks_stock, all, NULL, true), STOCK_RUNS);
	assert_int_equal(hooks_knowledge(&hooks_kprobes, all, NULL, false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_MAPPINGS | KNOWS_TEARDOWNS);
	assert_null(hooks_missing(&hooks_stock, all, NULL));
	assert_null(hooks_missing(&hooks_kprobes, all, NULL));
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
				   KNOWS_TEARDOWN_BYTES));
	assert_int_equal(hooks_knowledge(&hooks_kprobes, all_but, "vfio_remove_dma", false),
			 KNOWS_CONTAINERS | KNOWS_REQUESTS);
	assert_int_equal(hooks_knowledge(&hooks_stock, only, "vfio_fops_open", false),
			 KNOWS_OPENERS);
}

static void needed_missing(void **state)
{
	const struct hooks *const tables[] = { &hooks_stock, &hooks_kprobes };

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct hook *hook = &tables[t]->all[i];
			const char *first = hooks_missing(tables[t], all_but, hook->function);

			if (hook->needed)
				assert_string_equal(first, hook->function);
			else
				assert_null(first);
		}
	}
}

static void lookup(void **state)
{
	(void)state;
	assert_true(hooks_find(&hooks_stock, "vfio_pin_pages_remote")->per_run);
	assert_false(hooks_find(&hooks_stock, "vfio_remove_dma")->per_run);
	assert_true(hooks_find(&hooks_kprobes, "vfio_iommu_type1_ioctl")->needed);
	assert_null(hooks_find(&hooks_stock, "vfio_iommu_type1_ioctl"));
	assert_null(hooks_find(&hooks_stock, "vfio_dma_do_map"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_there),
		cmocka_unit_test(one_missing),
		cmocka_unit_test(needed_missing),
		cmocka_unit_test(lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
