// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth, in series as address spaces have them: how many of them are called growth, and how
 * soon. With an argument, only prints the table that docs/leak-hunting.md has.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/growth.h"

#define RUNS	    200
#define SECONDS	    1800
#define LONG_WINDOW ", window=1200"
#define KIB	    1024.0
#define SIZE	    (4 * KIB) /* of a mapping */

/* What a series remembers from one second to the next. */
struct series {
	uint64_t random;
	double a;
	double b;
};

/* From 0 to 1, the same in each run of this test. */
static double chance(struct series *s)
{
	s->random = s->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)(s->random >> 11) / 0x1p53;
}

static double between(struct series *s, double low, double high)
{
	return low + chance(s) * (high - low);
}

static double remainder_of(double value, double by)
{
	return value - by * (double)(uint64_t)(value / by);
}

/* --- No leaks ---------------------------------------------------------------------------- */

static double plateau(struct series *s, int second)
{
	(void)s;
	(void)second;
	return 1000 * SIZE;
}

static double ramp(struct series *s, int second, double least, double most)
{
	if (!second)
		s->a = between(s, least, most);
	return second < s->a ? 1000 * SIZE * second / s->a : 1000 * SIZE;
}

static double start_up(struct series *s, int second)
{
	return ramp(s, second, 5, 130);
}

static double long_start_up(struct series *s, int second)
{
	return ramp(s, second, 150, 300);
}

/* Less and less is missing. */
static double slowing_start_up(struct series *s, int second)
{
	if (!second) {
		s->a = between(s, 40, 200);
		s->b = 0;
	}
	s->b += (1000 - s->b) / s->a;
	return (int)s->b * SIZE;
}

static double hotplug(struct series *s, int second)
{
	if (!second)
		s->a = between(s, 60, SECONDS);
	return (second > s->a ? 2000 : 1000) * SIZE;
}

static double balloon(struct series *s, int second)
{
	if (!second)
		s->a = 100;
	if (chance(s) < 1 / 200.0)
		s->a = s->a > 150 ? 100 : s->a + 50;
	return s->a * SIZE;
}

static double saw(struct series *s, int second, double least, double most)
{
	if (!second) {
		s->a = between(s, least, most);
		s->b = chance(s) * s->a;
	}
	return (100 + 10 * remainder_of(second + s->b, s->a)) * SIZE;
}

static double short_saw(struct series *s, int second)
{
	return saw(s, second, 5, 60);
}

static double medium_saw(struct series *s, int second)
{
	return saw(s, second, 60, 180);
}

static double window_saw(struct series *s, int second)
{
	return saw(s, second, 180, 300);
}

static double long_saw(struct series *s, int second)
{
	return saw(s, second, 300, 600);
}

static double wave(struct series *s, int second)
{
	double phase;

	if (!second) {
		s->a = between(s, 30, 360);
		s->b = chance(s) * s->a;
	}
	phase = remainder_of(second + s->b, s->a) / s->a;
	return (1000 + 1000 * (phase < 0.5 ? phase : 1 - phase)) * SIZE;
}

static double pool_of(struct series *s, int second, int requests)
{
	if (!second)
		s->a = 500;
	while (requests--)
		s->a += chance(s) < s->a / 1000 ? -1 : 1;
	return s->a * SIZE;
}

static double pool(struct series *s, int second)
{
	return pool_of(s, second, 20);
}

static double slow_pool(struct series *s, int second)
{
	return pool_of(s, second, 1);
}

static double walk_of(struct series *s, int second, double seconds)
{
	if (!second)
		s->a = 10000;
	if (chance(s) < 1 / seconds)
		s->a += chance(s) < 0.5 ? -1 : 1;
	return s->a * SIZE;
}

static double walk(struct series *s, int second)
{
	return walk_of(s, second, 1);
}

static double slow_walk(struct series *s, int second)
{
	return walk_of(s, second, 20);
}

/* --- Leaks ------------------------------------------------------------------------------- */

static double every_2_s(struct series *s, int second)
{
	(void)s;
	return (100 + second / 2) * SIZE;
}

static double every_minute(struct series *s, int second)
{
	(void)s;
	return (100 + second / 60) * SIZE;
}

static double at_random(struct series *s, int second, double seconds)
{
	if (!second)
		s->a = 100;
	s->a += chance(s) < 1 / seconds;
	return s->a * SIZE;
}

static double every_20_s_at_random(struct series *s, int second)
{
	return at_random(s, second, 20);
}

static double every_minute_at_random(struct series *s, int second)
{
	return at_random(s, second, 60);
}

static double after_5_minutes(struct series *s, int second)
{
	(void)s;
	return (1000 + (second > 300 ? (second - 300) / 2 : 0)) * SIZE;
}

static double after_start_up(struct series *s, int second)
{
	return start_up(s, second) + second / 2 * SIZE;
}

static double a_third_is_left(struct series *s, int second)
{
	(void)s;
	return (second / 10 * 3 - (second / 5 % 2 ? second / 10 * 2 : 0)) * SIZE;
}

static double in_a_pool(struct series *s, int second)
{
	return pool(s, second) + second * SIZE;
}

static double under_a_saw(struct series *s, int second)
{
	return short_saw(s, second) + 10 * second * SIZE;
}

static double weak_under_a_saw(struct series *s, int second)
{
	return short_saw(s, second) + second / 2 * SIZE;
}

/* --- The table --------------------------------------------------------------------------- */

/*
 * struct kind - series of one kind
 * @name: what they are, and the window if it is not the default
 * @next: the value at a second; the first is 0
 * @least: in how many percent growth has to be found at least
 * @most: in how many percent it may be found
 */
static const struct kind {
	const char *name;
	double (*next)(struct series *s, int second);
	unsigned int least;
	unsigned int most;
} kinds[] = {
	{ "no leak: constant", plateau, 0, 0 },
	{ "no leak: start-up of up to 2 minutes", start_up, 0, 0 },
	{ "no leak: start-up of 2.5 to 5 minutes", long_start_up, 0, 60 },
	{ "no leak: memory is plugged in once", hotplug, 0, 0 },
	{ "no leak: balloon, in steps up and down", balloon, 0, 0 },
	{ "no leak: sawtooth of 5 to 60 s", short_saw, 0, 0 },
	{ "no leak: sawtooth of 1 to 3 minutes", medium_saw, 0, 1 },
	{ "no leak: sawtooth of 3 to 5 minutes", window_saw, 0, 60 },
	{ "no leak: sawtooth of 5 to 10 minutes", long_saw, 0, 60 },
	{ "no leak: wave of 30 s to 6 minutes", wave, 0, 1 },
	{ "no leak: pool of 1000 buffers, 20 requests a second", pool, 0, 0 },
	{ "no leak: the same, 1 request a second", slow_pool, 0, 1 },
	{ "no leak: random walk, a step a second", walk, 0, 5 },
	{ "no leak: random walk, a step in 20 s", slow_walk, 0, 5 },
	{ "no leak: start-up of 2.5 to 5 minutes" LONG_WINDOW, long_start_up, 0, 0 },
	{ "no leak: sawtooth of 5 to 10 minutes" LONG_WINDOW, long_saw, 0, 0 },
	{ "leak: one mapping in 2 s" LONG_WINDOW, every_2_s, 100, 100 },
	{ "leak: one mapping in a minute" LONG_WINDOW, every_minute, 100, 100 },
	{ "leak: one mapping in 2 s", every_2_s, 100, 100 },
	{ "leak: one mapping in a minute", every_minute, 100, 100 },
	{ "leak: one in 20 s, at random", every_20_s_at_random, 100, 100 },
	{ "leak: one in a minute, at random", every_minute_at_random, 95, 100 },
	{ "leak: one in 2 s, after 5 minutes without", after_5_minutes, 100, 100 },
	{ "leak: two thirds are given back", a_third_is_left, 100, 100 },
	{ "leak: one a second, in such a pool", in_a_pool, 100, 100 },
	{ "leak: under a sawtooth, as steep", under_a_saw, 90, 100 },
	{ "leak: under a sawtooth, 20 times less steep", weak_under_a_saw, 0, 100 },
	{ "no leak: start-up that slows down by half in 0.5 to 2.5 minutes", slowing_start_up, 0,
	  70 },
	{ "leak: one in 2 s, after a start-up of up to 2 minutes", after_start_up, 100, 100 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct rates {
	unsigned int found;
	unsigned int seconds; /* until then, of those that were found */
	unsigned int growing; /* seconds */
	unsigned int certain; /* series in which it was no longer only suspected */
};

static void run(const struct kind *kind, uint64_t seed, struct rates *rates)
{
	struct growth_limits limits = growth_limits_default();
	struct series s = { .random = seed };
	struct growth growth = { 0 };
	bool found = false, certain = false;

	if (strstr(kind->name, LONG_WINDOW))
		assert_null(growth_limits_set(&limits, "window", "1200"));
	for (int i = 0; i < 4; i++)
		chance(&s);
	for (int second = 0; second < SECONDS; second++) {
		double value = kind->next(&s, second);

		uint64_t age_ns = (uint64_t)second * FIXTURE_SECOND_NS;

		if (age_ns < limits.start_up_ns)
			growth_start(&growth, FIXTURE_START_NS + age_ns, (int64_t)value);
		else
			growth_add(&growth, &limits, FIXTURE_START_NS + age_ns, (int64_t)value);
		rates->growing += growth.rises;
		rates->certain += growth.certain && !certain;
		certain = certain || growth.certain;
		if (found || !growth.rises)
			continue;
		found = true;
		rates->found++;
		rates->seconds += (unsigned int)second;
	}
}

static struct rates measure(size_t kind)
{
	struct rates rates = { 0 };

	for (uint64_t i = 0; i < RUNS; i++)
		run(&kinds[kind], 1 + i * 7919 + kind * 104729, &rates);
	return rates;
}

static void row(size_t kind, struct rates rates, char line[160])
{
	char after[16] = "";

	if (rates.found)
		snprintf(after, sizeof(after), "%u s", rates.seconds / rates.found);
	snprintf(line, 160, "| %s | %u %% | %s | %u %% | %u %% |", kinds[kind].name,
		 rates.found * 100 / RUNS, after,
		 (rates.growing * 100 + RUNS * SECONDS / 2) / (RUNS * SECONDS),
		 rates.certain * 100 / RUNS);
}

static void rates_are_as_documented(void **state)
{
	static char page[1 << 17];
	FILE *file = fopen(SOURCE_ROOT "/docs/leak-hunting.md", "r");
	char line[160];

	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct rates rates = measure(kind);
		unsigned int percent = rates.found * 100 / RUNS;

		row(kind, rates, line);
		if (!strncmp(kinds[kind].name, "no leak", 7) && rates.certain)
			fail_msg("growth for certain: %s", line);
		if (percent < kinds[kind].least || percent > kinds[kind].most ||
		    !strstr(page, line))
			fail_msg("docs/leak-hunting.md says something else than %s", line);
	}
}

/* --- The measure -------------------------------------------------------------------------- */

static void slope_is_exact(void **state)
{
	struct growth_limits limits = growth_limits_default();
	struct growth growth = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 400; i++)
		growth_add(&growth, &limits, FIXTURE_START_NS + i * FIXTURE_SECOND_NS,
			   (int64_t)i * 100);
	assert_true(growth.rises);
	assert_int_equal((int64_t)(growth.per_minute + 0.5), 6000);
	assert_int_equal(growth.confidence, 100);
	assert_int_equal(growth.rise, 29000);
}

/* A step counts as one, however high. */
static void a_step_does_not_move_the_slope(void **state)
{
	struct growth_limits limits = growth_limits_default();
	struct growth growth = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 400; i++)
		growth_add(&growth, &limits, FIXTURE_START_NS + i * FIXTURE_SECOND_NS,
			   (int64_t)i * 100 + (i > 350 ? 1000000000 : 0));
	assert_true(growth.rises);
	assert_true(growth.per_minute > 5900 && growth.per_minute < 7000);
}

/* Reports that are farther apart than slots make slots of their own. */
static void slow_reports(void **state)
{
	struct growth_limits limits = growth_limits_default();
	struct growth growth = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		growth_add(&growth, &limits, FIXTURE_START_NS + i * 60 * FIXTURE_SECOND_NS,
			   (int64_t)i * 100);
	assert_true(growth.rises);
	assert_int_equal((int64_t)(growth.per_minute + 0.5), 100);
}

static void limits_are_checked(void **state)
{
	struct growth_limits limits = growth_limits_default();

	(void)state;
	assert_null(growth_limits_set(&limits, "window", "30"));
	assert_int_equal(limits.window_ns, 30 * FIXTURE_SECOND_NS);
	assert_null(growth_limits_set(&limits, "start-up", "0"));
	assert_int_equal(limits.start_up_ns, 0);
	assert_null(growth_limits_set(&limits, "slope", "1e6"));
	assert_int_equal(limits.per_minute, 1000000);
	assert_null(growth_limits_set(&limits, "confidence", "99"));
	assert_int_equal(limits.confidence, 99);
	assert_non_null(growth_limits_set(&limits, "confidence", "101"));
	assert_non_null(growth_limits_set(&limits, "window", "4"));
	assert_non_null(growth_limits_set(&limits, "window", "5 s"));
	assert_non_null(growth_limits_set(&limits, "slope", "nan"));
	assert_non_null(growth_limits_set(&limits, "start-up", ""));
	assert_non_null(growth_limits_set(&limits, "windows", "5"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_as_documented),
		cmocka_unit_test(slope_is_exact),
		cmocka_unit_test(a_step_does_not_move_the_slope),
		cmocka_unit_test(slow_reports),
		cmocka_unit_test(limits_are_checked),
	};
	char line[160];

	(void)argv;
	if (argc == 1)
		return cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t kind = 0; kind < KINDS; kind++) {
		row(kind, measure(kind), line);
		puts(line);
	}
	return 0;
}
