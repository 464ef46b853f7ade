// SPDX-License-Identifier: GPL-2.0-only
/*
 * The histogram's buckets: the code that the kernel side counts with.
 */
#include "fixture.h"

static void log2_of_every_power(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 64; bit++) {
		assert_int_equal(vt_log2(1ULL << bit), bit);
		assert_int_equal(vt_log2((1ULL << bit) | ((1ULL << bit) - 1)), bit);
	}
}

static void buckets_are_contiguous(void **state)
{
	(void)state;
	assert_int_equal(vt_hist_low(0), 0);
	for (uint32_t i = 1; i < VT_HIST_BUCKETS; i++)
		assert_int_equal(vt_hist_low(i), vt_hist_high(i - 1) + 1);
}

static void edges_fall_into_their_bucket(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < VT_HIST_BUCKETS; i++) {
		assert_int_equal(vt_hist_index(vt_hist_low(i)), i);
		assert_int_equal(vt_hist_index(vt_hist_high(i)), i);
	}
}

static void small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 2 * VT_HIST_SUB; value++) {
		assert_int_equal(vt_hist_low(vt_hist_index(value)), value);
		assert_int_equal(vt_hist_high(vt_hist_index(value)), value);
	}
}

static void buckets_are_narrow(void **state)
{
	(void)state;
	for (uint32_t i = VT_HIST_SUB; i < VT_HIST_BUCKETS - 1; i++) {
		uint64_t width = vt_hist_high(i) - vt_hist_low(i) + 1;

		assert_true(width * VT_HIST_SUB <= vt_hist_low(i));
	}
}

static void huge_values_share_the_last(void **state)
{
	(void)state;
	assert_int_equal(vt_hist_index((1ULL << VT_HIST_MAX_BITS) - 1), VT_HIST_BUCKETS - 1);
	assert_int_equal(vt_hist_index(1ULL << VT_HIST_MAX_BITS), VT_HIST_BUCKETS - 1);
	assert_int_equal(vt_hist_index(~0ULL), VT_HIST_BUCKETS - 1);
	assert_true(vt_hist_high(VT_HIST_BUCKETS - 1) == ~0ULL);
}

static void sizes_have_classes(void **state)
{
	(void)state;
	assert_int_equal(vt_size_class(0), 0);
	assert_int_equal(vt_size_class(8191), 0);
	assert_int_equal(vt_size_class(8192), 1);
	assert_int_equal(vt_size_class(2 << 20), 9);
	assert_int_equal(vt_size_class((4 << 20) - 1), 9);
	assert_int_equal(vt_size_class(8ULL << 40), VT_SIZE_CLASSES - 1);
	assert_int_equal(vt_size_class(~0ULL), VT_SIZE_CLASSES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log2_of_every_power),
		cmocka_unit_test(buckets_are_contiguous),
		cmocka_unit_test(edges_fall_into_their_bucket),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(buckets_are_narrow),
		cmocka_unit_test(huge_values_share_the_last),
		cmocka_unit_test(sizes_have_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
