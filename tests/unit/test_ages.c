// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings by age: exact while none is removed, and never wrong.
 */
#include "fixture.h"

#include <stdlib.h>

#include "model/ages.h"

#define SECOND FIXTURE_SECOND_NS
#define BEGIN  FIXTURE_START_NS

static const uint64_t limits[VIEW_AGES] = { 1, 10, 60, 600, 3600 };

static void note(struct ages *a, uint64_t seconds, uint64_t made, uint64_t removed)
{
	ages_note(a, BEGIN, BEGIN + seconds * SECOND, made, removed);
}

/* younger SECONDS: of the age with this index */
static void assert_younger(const struct ages *a, uint64_t seconds, size_t age, uint64_t least,
			   uint64_t most)
{
	struct age_view younger[VIEW_AGES] = { 0 };

	ages_view(a, BEGIN + seconds * SECOND, younger);
	assert_known(younger[age].least, least);
	assert_known(younger[age].most, most);
}

static void unknown_without_a_report(void **state)
{
	struct age_view younger[VIEW_AGES] = { 0 };
	struct ages a = { 0 };

	(void)state;
	ages_view(&a, BEGIN, younger);
	assert_unknown(younger[0].least);
	assert_unknown(younger[0].most);
}

static void all_are_younger_than_the_address_space(void **state)
{
	struct ages a = { 0 };

	(void)state;
	note(&a, 5, 7, 3);
	assert_younger(&a, 5, 1, 4, 4);
	assert_younger(&a, 5, 4, 4, 4);
	/* When within these five seconds is unknown. */
	assert_younger(&a, 5, 0, 0, 4);
	ages_free(&a);
}

static void exact_while_none_is_removed(void **state)
{
	struct ages a = { 0 };

	(void)state;
	note(&a, 1, 10, 0);
	for (uint64_t s = 2; s <= 100; s++)
		note(&a, s, 10, 0);
	note(&a, 101, 13, 0);
	for (uint64_t s = 102; s <= 120; s++)
		note(&a, s, 13, 0);
	assert_younger(&a, 120, 0, 0, 0);
	assert_younger(&a, 120, 1, 0, 0);
	assert_younger(&a, 120, 2, 3, 3);
	assert_younger(&a, 120, 3, 13, 13);
	ages_free(&a);
}

static void a_range_when_some_are_removed(void **state)
{
	struct ages a = { 0 };

	(void)state;
	for (uint64_t s = 1; s <= 100; s++)
		note(&a, s, 10, 0);
	/* Five are new, and two are gone: new ones, or old ones. */
	for (uint64_t s = 101; s <= 120; s++)
		note(&a, s, 15, 2);
	assert_younger(&a, 120, 1, 0, 0);
	assert_younger(&a, 120, 2, 3, 5);
	/* Not more than there are. */
	for (uint64_t s = 121; s <= 122; s++)
		note(&a, s, 15, 12);
	assert_younger(&a, 122, 2, 0, 3);
	ages_free(&a);
}

static void time_goes_back(void **state)
{
	struct ages a = { 0 };

	(void)state;
	for (uint64_t s = 1; s <= 100; s++)
		note(&a, s, s < 50 ? 1 : 2, 0);
	note(&a, 40, 1, 0);
	assert_younger(&a, 40, 1, 0, 0);
	assert_younger(&a, 40, 2, 1, 1);
	/* Less than before is of something else. */
	note(&a, 41, 0, 0);
	assert_younger(&a, 41, 4, 0, 0);
	ages_free(&a);
}

/* Makes and removes at random, and compares with when each was made. */
static void never_wrong(unsigned int seed, unsigned int removes, unsigned int gap)
{
	static uint64_t made_ns[200000];
	struct ages a = { 0 };
	uint64_t now = BEGIN, made = 0, removed = 0, mappings = 0;

	srandom(seed);
	for (int report = 0; report < 6000; report++) {
		struct age_view younger[VIEW_AGES] = { 0 };
		uint64_t interval = SECOND / 2 + (uint64_t)random() % SECOND;

		for (unsigned int i = (unsigned int)random() % gap ? 0 : 10; i; i--) {
			made_ns[mappings++] = now + (uint64_t)random() % interval;
			made++;
		}
		for (unsigned int i = removes ? (unsigned int)random() % removes : 0; i && mappings;
		     i--) {
			made_ns[(uint64_t)random() % mappings] = made_ns[mappings - 1];
			mappings--;
			removed++;
		}
		now += interval;
		ages_note(&a, BEGIN, now, made, removed);
		ages_view(&a, now, younger);
		for (size_t age = 0; age < VIEW_AGES; age++) {
			uint64_t truth = 0;

			for (uint64_t i = 0; report % 100 == 99 && i < mappings; i++)
				truth += made_ns[i] + limits[age] * SECOND > now;
			if (report % 100 != 99)
				continue;
			assert_true(younger[age].least.value <= truth);
			assert_true(younger[age].most.value >= truth);
			/* That is when between two states they were made, then. */
			if (!removes)
				assert_true(younger[age].most.value - younger[age].least.value <=
					    younger[age].most.value / 8 + 25);
		}
	}
	assert_true(a.n < 200);
	ages_free(&a);
}

static void never_wrong_at_random(void **state)
{
	(void)state;
	never_wrong(1, 0, 1);
	never_wrong(2, 0, 30);
	never_wrong(3, 20, 1);
	never_wrong(4, 15, 1);
	never_wrong(5, 3, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_without_a_report),
		cmocka_unit_test(all_are_younger_than_the_address_space),
		cmocka_unit_test(exact_while_none_is_removed),
		cmocka_unit_test(a_range_when_some_are_removed),
		cmocka_unit_test(time_goes_back),
		cmocka_unit_test(never_wrong_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
