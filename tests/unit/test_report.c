// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page of a report, of what recordings do not have.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

#define MIB (1ULL << 20)

/* The page of a story of two reports. @maps: what is mapped between them. */
static char *page_of(struct fixture *f, void (*maps)(struct vt_container *c))
{
	struct story story = {
		.start_ns = FIXTURE_START_NS,
		.end_ns = FIXTURE_START_NS + 3 * FIXTURE_SECOND_NS,
	};
	struct vt_container *c = fixture_container(f, 1, 100);
	char *page = NULL;
	size_t size;
	FILE *out = open_memstream(&page, &size);

	assert_non_null(out);
	assert_true(story_add(&story, fixture_tick(f)));
	maps(c);
	assert_true(story_add(&story, fixture_tick(f)));
	report_page(&story, "test", out);
	fclose(out);
	story_free(&story);
	return page;
}

static void map_one(struct vt_container *c)
{
	c->map.count = c->mappings = 1;
	c->map.bytes = 64 * MIB;
	c->range_iova[0] = 0xf0000000;
	c->range_size[0] = 64 * MIB;
	c->range_leaves[0] = 1 << 9;
}

static void reserved_regions_are_on_the_map(void **state)
{
	struct fixture *f = *state;
	char *page;

	f->snapshot.n_groups = 2;
	for (uint32_t i = 0; i < 2; i++) {
		f->groups[i].id = i + 5;
		f->groups[i].stats.container = 1;
		f->groups[i].reserved.known = true;
		f->groups[i].reserved.first[0] = 0xfee00000;
		f->groups[i].reserved.last[0] = 0xfeefffff;
		f->groups[i].reserved.kind[0] = RESERVED_MSI;
	}
	page = page_of(f, map_one);
	assert_non_null(strstr(page, "<td>2M</td><td class=\"n\">0xf0000000</td>"));
	/* Both groups have it. */
	assert_non_null(strstr(page, "<td>reserved</td><td class=\"n\">0xfee00000</td>"
				     "<td class=\"n\">0xfeefffff</td><td class=\"n\">1 MiB</td>"));
	assert_null(strstr(strstr(page, "<td>reserved</td>") + 1, "<td>reserved</td>"));
	assert_non_null(strstr(page, "class=\"res\""));
	free(page);
}

static void map_of_all_sizes(struct vt_container *c)
{
	c->map.count = 7;
	c->map.bytes = 4 * 4096 + 3 * 2 * MIB;
	c->map.sizes[0] = 4;
	c->map.sizes[9] = 3;
}

static void sizes_of_maps(void **state)
{
	struct fixture *f = *state;
	char *page = page_of(f, map_of_all_sizes);

	assert_null(strstr(page, "mean size"));
	assert_non_null(strstr(page, "<td>less than 8 KiB</td><td class=\"n\">4</td>"));
	assert_non_null(strstr(page, "<td>less than 8 MiB</td><td class=\"n\">3</td>"));
	free(page);
}

/* An older recording has only their sum. */
static void mean_sizes_of_maps(void **state)
{
	struct fixture *f = *state;
	char *page = page_of(f, map_one);

	assert_non_null(strstr(page, "mean size"));
	assert_non_null(strstr(page, "<td>less than 128 MiB</td><td class=\"n\">1</td>"));
	free(page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reserved_regions_are_on_the_map),
		TEST(sizes_of_maps),
		TEST(mean_sizes_of_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
