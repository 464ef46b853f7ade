// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserved regions: what sysfs says of them, and what becomes of it.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "collect/reserved.h"
#include "tree.h"

#define SECOND 1000000000ULL

/* Group 5, as the kernel tells it. */
static void write_group(const char *text)
{
	tree_put("/sys/kernel/iommu_groups/5/reserved_regions", text);
}

static int setup(void **state)
{
	(void)state;
	return tree_make();
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove();
}

static struct reserved_regions find(struct reserved_cache *cache, uint32_t group,
				    uint64_t container, uint64_t now_ns)
{
	struct reserved_regions regions;

	reserved_find(cache, group, container, now_ns, &regions);
	return regions;
}

static void kinds(void **state)
{
	struct reserved_cache *cache = reserved_cache_new(4);
	struct reserved_regions r;

	(void)state;
	write_group("0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
		    "0x00000000fee00000 0x00000000feefffff msi\n"
		    "0x000000fd00000000 0x000000ffffffffff reserved\n"
		    "0x0001000000000000 0xffffffffffffffff news\n");
	r = find(cache, 5, 1, SECOND);
	assert_true(r.known);
	assert_int_equal(r.kind[0], RESERVED_RELAXABLE);
	assert_int_equal(r.first[1], 0xfee00000);
	assert_int_equal(r.last[1], 0xfeefffff);
	assert_int_equal(r.kind[1], RESERVED_MSI);
	assert_int_equal(r.kind[2], RESERVED_PLAIN);
	assert_int_equal(r.kind[3], RESERVED_OTHER);
	assert_int_equal(r.kind[4], RESERVED_NONE);
	/* Another group in the same place, which is not there. */
	assert_false(find(cache, 9, 1, SECOND).known);
	reserved_cache_free(cache);
}

/* Read again after a while, or in another container. */
static void cached(void **state)
{
	struct reserved_cache *cache = reserved_cache_new(4);

	(void)state;
	write_group("0x00000000fee00000 0x00000000feefffff msi\n");
	assert_int_equal(find(cache, 5, 1, SECOND).kind[0], RESERVED_MSI);
	write_group("");
	assert_int_equal(find(cache, 5, 1, 2 * SECOND).kind[0], RESERVED_MSI);
	assert_int_equal(find(cache, 5, 2, 2 * SECOND).kind[0], RESERVED_NONE);
	assert_true(find(cache, 5, 2, 2 * SECOND).known);
	write_group("0x00000000fee00000 0x00000000feefffff msi\n");
	assert_int_equal(find(cache, 5, 2, 100 * SECOND).kind[0], RESERVED_MSI);
	reserved_cache_free(cache);
}

/* More than there is room for, or what is no region: unknown, not a part of it. */
static void no_guess(void **state)
{
	struct reserved_cache *cache = reserved_cache_new(4);
	char text[64 * 17] = "";

	(void)state;
	for (int i = 0; i < 17; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "0x%016x 0x%016x direct\n", i << 20, (i << 20) + 0xfffff);
	write_group(text);
	assert_false(find(cache, 5, 1, SECOND).known);
	write_group("0x00000000fee00000 0x00000000fedfffff msi\n");
	assert_false(find(cache, 5, 2, SECOND).known);
	write_group("0x00000000fee00000\n");
	assert_false(find(cache, 5, 3, SECOND).known);
	reserved_cache_free(cache);
}

static void in_view(void **state)
{
	struct fixture *fixture = NULL;
	const struct group_view *g;

	(void)state;
	assert_int_equal(fixture_setup((void **)&fixture), 0);
	fixture->snapshot.n_groups = 1;
	fixture->groups[0] = (struct group_snapshot){
		.id = 5,
		.stats.state = VT_STATE_OPEN,
		.reserved = { .known = true,
			      .first = { 0xfee00000, 0x100000000, 1 },
			      .last = { 0xfeefffff, 0x1ffffffff, 0 },
			      .kind = { RESERVED_MSI, RESERVED_DIRECT, RESERVED_PLAIN } },
	};
	g = fixture_tick(fixture)->groups;
	/* The last one is none. */
	assert_int_equal(g->n_reserved, 2);
	assert_known(g->reserved[0].iova, 0xfee00000);
	assert_known(g->reserved[0].size, 1 << 20);
	assert_string_equal(g->reserved[0].kind, "msi");
	assert_string_equal(g->reserved[1].kind, "direct");
	fixture->groups[0].reserved.known = false;
	assert_null(fixture_tick(fixture)->groups->reserved);
	fixture_teardown((void **)&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(cached),
		cmocka_unit_test(no_guess),
		cmocka_unit_test(in_view),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
