// SPDX-License-Identifier: GPL-2.0-only
/*
 * Percentiles out of a histogram, by the rule in model.h.
 */
#include "fixture.h"

#include "model/percentile.h"

#include <stdlib.h>

static void unknown_without_a_sample(void **state)
{
	struct vt_requests q = { 0 };

	(void)state;
	assert_unknown(percentile(&q, 50));
}

static void one_sample_is_all_percentiles(void **state)
{
	struct vt_requests q = { 0 };

	(void)state;
	fixture_request(&q, 4096, 123457);
	assert_known(percentile(&q, 1), 123457);
	assert_known(percentile(&q, 50), 123457);
	assert_known(percentile(&q, 99), 123457);
}

static void the_last_rank_is_the_exact_maximum(void **state)
{
	struct vt_requests q = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++)
		fixture_request(&q, 4096, 1000);
	fixture_request(&q, 4096, 987654321);
	assert_known(percentile(&q, 99), 987654321);
}

static void exact_where_buckets_hold_one_value(void **state)
{
	struct vt_requests q = { 0 };

	(void)state;
	for (uint64_t ns = 1; ns <= 10; ns++)
		fixture_request(&q, 4096, ns);
	assert_known(percentile(&q, 10), 1);
	assert_known(percentile(&q, 11), 2);
	assert_known(percentile(&q, 50), 5);
	assert_known(percentile(&q, 90), 9);
	assert_known(percentile(&q, 99), 10);
}

static void spread_evenly_over_a_bucket(void **state)
{
	struct vt_requests q = { 0 };
	uint32_t bucket = vt_hist_index(1 << 20);
	uint64_t low = vt_hist_low(bucket);
	uint64_t width = vt_hist_high(bucket) - low + 1;

	(void)state;
	q.buckets[bucket] = 4;
	q.buckets[bucket + 1] = 4;
	q.ns_max = vt_hist_high(bucket + 1);
	assert_known(percentile(&q, 12), low + width / 8);
	assert_known(percentile(&q, 25), low + width * 3 / 8);
	assert_known(percentile(&q, 50), low + width * 7 / 8);
}

static void never_above_the_maximum(void **state)
{
	struct vt_requests q = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		fixture_request(&q, 4096, vt_hist_low(200));
	for (unsigned int percent = 1; percent < 100; percent++)
		assert_known(percentile(&q, percent), vt_hist_low(200));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void within_an_eighth_of_the_truth(void **state)
{
	static uint64_t samples[10000];
	struct vt_requests q = { 0 };
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		samples[i] = 1 + (seed >> (24 + i % 30));
		fixture_request(&q, 4096, samples[i]);
	}
	qsort(samples, 10000, sizeof(samples[0]), compare);
	for (unsigned int percent = 1; percent < 100; percent++) {
		uint64_t truth = samples[10000 * percent / 100 - 1];
		struct figure p = percentile(&q, percent);

		assert_true(p.known);
		assert_true(llabs((long long)(p.value - truth)) <= (long long)(truth / 8 + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_without_a_sample),
		cmocka_unit_test(one_sample_is_all_percentiles),
		cmocka_unit_test(the_last_rank_is_the_exact_maximum),
		cmocka_unit_test(exact_where_buckets_hold_one_value),
		cmocka_unit_test(spread_evenly_over_a_bucket),
		cmocka_unit_test(never_above_the_maximum),
		cmocka_unit_test(within_an_eighth_of_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
