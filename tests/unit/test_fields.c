// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which fields a source cannot tell.
 */
#include "fixture.h"

#include <string.h>

#include "fields.h"

static bool is_unknown(unsigned int knowledge, const char *wanted)
{
	char name[FIELD_NAME_SIZE];
	size_t place = 0;

	while ((place = fields_unknown(knowledge, place, name)))
		if (!strcmp(name, wanted))
			return true;
	return false;
}

static void all_is_known(void **state)
{
	char name[FIELD_NAME_SIZE];

	(void)state;
	assert_int_equal(fields_unknown(KNOWS_ALL, 0, name), 0);
}

static void one_is_unknown(void **state)
{
	char name[FIELD_NAME_SIZE];
	size_t place;

	(void)state;
	place = fields_unknown(KNOWS_ALL & ~KNOWS_PHASES, 0, name);
	assert_true(place);
	assert_string_equal(name, "map.phase_ns");
	assert_int_equal(fields_unknown(KNOWS_ALL & ~KNOWS_PHASES, place, name), 0);
	assert_true(is_unknown(KNOWS_ALL & ~KNOWS_PINS, "totals.pinned_bytes"));
	assert_true(is_unknown(KNOWS_ALL & ~KNOWS_RESETS, "devices.reset"));
}

/* Of rows that are not there the fields are not named. */
static void rows_are_unknown(void **state)
{
	(void)state;
	assert_true(is_unknown(KNOWS_PROCESSES, "containers"));
	assert_true(is_unknown(KNOWS_PROCESSES, "leaks"));
	assert_true(is_unknown(KNOWS_PROCESSES, "totals.map"));
	assert_true(is_unknown(KNOWS_PROCESSES, "groups.opens"));
	assert_true(is_unknown(KNOWS_PROCESSES, "processes.iommu"));
	assert_false(is_unknown(KNOWS_PROCESSES | KNOWS_IOMMU, "processes.iommu"));
	assert_false(is_unknown(KNOWS_PROCESSES, "mappings"));
	assert_false(is_unknown(KNOWS_PROCESSES, "leaks.bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_known),
		cmocka_unit_test(one_is_unknown),
		cmocka_unit_test(rows_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
