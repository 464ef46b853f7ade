// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stock modules can tell, by the functions that they have.
 */
#include "fixture.h"

#include <string.h>

#include "hooks.h"

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

static void default_detail(void **state)
{
	(void)state;
	assert_int_equal(hooks_knowledge(all, NULL, false), KNOWS_PINS);
	assert_null(hooks_missing(all, NULL));
}

static void with_runs(void **state)
{
	(void)state;
	assert_int_equal(hooks_knowledge(all, NULL, true),
			 KNOWS_PINS | KNOWS_RUNS | KNOWS_PROGRESS | KNOWS_UNPINS);
	assert_int_equal(hooks_knowledge(all_but, "vfio_pin_pages_remote", true),
			 KNOWS_PINS | KNOWS_UNPINS);
	assert_int_equal(hooks_knowledge(all_but, "vfio_unpin_pages_remote", true),
			 KNOWS_PINS | KNOWS_RUNS | KNOWS_PROGRESS);
}

static void missing(void **state)
{
	const struct hook *hook = NULL;

	(void)state;
	while ((hook = hooks_next(hook))) {
		const char *first = hooks_missing(all_but, hook->function);

		if (hook->per_run)
			assert_null(first);
		else
			assert_string_equal(first, hook->function);
	}
}

static void lookup(void **state)
{
	(void)state;
	assert_true(hooks_find("vfio_pin_pages_remote")->per_run);
	assert_false(hooks_find("vfio_remove_dma")->per_run);
	assert_null(hooks_find("vfio_dma_do_map"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_detail),
		cmocka_unit_test(with_runs),
		cmocka_unit_test(missing),
		cmocka_unit_test(lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
