// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where mappings lie: the ranges of a container, and their map.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include <bpf/bpf_helpers.h>

#include "render/iova_map.h"

/* As the kernel's function of that name. */
#define bpf_loop(n, step, context, flags)                                         \
	do {                                                                      \
		for (__u32 _i = 0; _i < (n) && !(step)(_i, context) && !(flags);) \
			_i++;                                                     \
	} while (0)

#define MIB 1048576ULL

static __u64 superpage = 2 * MIB;

#include "ranges.bpf.h"

#define GIB 1073741824ULL

static void add(struct vt_container *c, size_t i, uint64_t iova, uint64_t size, uint64_t leaves)
{
	c->range_iova[i] = iova;
	c->range_size[i] = size;
	c->range_leaves[i] = leaves;
}

/* Places are used in no order, and some not at all. */
static void by_address(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	fixture_container(f, 2, 100);
	add(c, 7, 4 * GIB, GIB, 1 << 18);
	add(c, 3, 0, 2 * MIB, 1);
	add(c, 5, GIB, 64 * MIB, 1 << 9);
	add(c, 30, 2 * GIB, 4 * MIB, 1 << 9 | 1 << 1);
	add(c, 31, 3 * GIB, 4 * MIB, 0);
	v = &fixture_tick(f)->containers[0];
	assert_int_equal(v->n_ranges, 5);
	assert_known(v->ranges[0].iova, 0);
	assert_known(v->ranges[0].size, 2 * MIB);
	assert_string_equal(v->ranges[0].leaves, "4K");
	assert_string_equal(v->ranges[1].leaves, "2M");
	assert_string_equal(v->ranges[2].leaves, "mixed");
	assert_string_equal(v->ranges[3].leaves, "");
	assert_known(v->ranges[4].iova, 4 * GIB);
	assert_string_equal(v->ranges[4].leaves, "1G");
	/* Known to be none is not unknown. */
	assert_int_equal(v[1].n_ranges, 0);
	assert_non_null(v[1].ranges);
}

static void unknown(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	add(c, 0, 0, 2 * MIB, 1);
	c->ranges_lost = 1;
	assert_null(fixture_tick(f)->containers[0].ranges);
	c->ranges_lost = 0;
	assert_int_equal(fixture_tick(f)->containers[0].n_ranges, 1);
	c->flags |= VT_CONTAINER_IOAS;
	assert_null(fixture_tick(f)->containers[0].ranges);
	c->flags &= ~(unsigned int)VT_CONTAINER_IOAS;
	f->snapshot.knowledge &= ~(unsigned int)KNOWS_RANGES;
	assert_null(fixture_tick(f)->containers[0].ranges);
	assert_int_equal(fixture_tick(f)->containers[0].n_ranges, 0);
}

#define PLACES 64

/* What is mapped where, in places of 2 MiB; 0 stands for nothing, else it is the leaves. */
static void assert_same(const struct vt_container *c, const unsigned char *places)
{
	unsigned char found[PLACES] = { 0 };

	for (size_t i = 0; i < VT_RANGES; i++) {
		uint64_t first = c->range_iova[i] / (2 * MIB), n = c->range_size[i] / (2 * MIB);

		assert_true(first + n <= PLACES);
		for (uint64_t j = first; j < first + n; j++) {
			assert_int_equal(found[j], 0);
			found[j] = (unsigned char)c->range_leaves[i];
		}
	}
	assert_memory_equal(found, places, PLACES);
}

/* The programs' own code, against a list of all places. */
static void maps_and_unmaps(void **state)
{
	static struct vt_container c;
	unsigned char places[PLACES] = { 0 };

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		size_t first = (size_t)rand() % PLACES, n = 1 + (size_t)rand() % 8, free = 0;
		unsigned char leaves = (unsigned char)(1 + rand() % 2);

		n = first + n > PLACES ? PLACES - first : n;
		while (free < n && !places[first + free])
			free++;
		if (free == n) {
			range_add(&c, first * 2 * MIB, n * 2 * MIB, leaves);
			memset(places + first, leaves, n);
		} else if (i % 3) {
			range_remove(&c, first * 2 * MIB, (first + n) * 2 * MIB - 1);
			memset(places + first, 0, n);
		}
		assert_int_equal(c.ranges_lost, 0);
		assert_int_equal(c.ranges_seq & 1, 0);
		assert_same(&c, places);
	}
	range_remove(&c, 0, ~0ULL);
	memset(places, 0, sizeof(places));
	assert_same(&c, places);
}

/* More than there is room for: nothing is known until nothing is mapped. */
static void too_many(void **state)
{
	static struct vt_container c;
	const struct vfio_dma_unmap_record all = { .cause = VFIO_CAUSE_ALL, .done = GIB };
	const struct vfio_dma_unmap_record odd = { .size = 2 * MIB, .done = 4 * MIB };

	(void)state;
	/* Small ones are not kept. */
	range_add(&c, 0, MIB, 1);
	assert_int_equal(c.range_size[0], 0);
	for (uint64_t i = 0; i < VT_RANGES; i++)
		range_add(&c, i * 4 * MIB, 2 * MIB, 1);
	assert_int_equal(c.ranges_lost, 0);
	range_add(&c, GIB, 2 * MIB, 1);
	assert_int_equal(c.ranges_lost, 1);
	ranges_unmapped(&c, &all);
	assert_int_equal(c.ranges_lost, 0);
	assert_int_equal(c.range_size[0], 0);
	range_add(&c, 0, 2 * MIB, 1);
	ranges_unmapped(&c, &odd);
	assert_int_equal(c.ranges_lost, 1);
	/* Another thread is at it. */
	ranges_unmapped(&c, &all);
	c.ranges_seq++;
	range_add(&c, 0, 2 * MIB, 1);
	assert_int_equal(c.ranges_lost, 1);
}

#define RANGE(_iova, _size, _class)                                                  \
	{                                                                            \
		.iova = { _iova, true }, .size = { _size, true }, .class = (_class), \
	}

static void letters(void **state)
{
	static const struct range_view ranges[] = {
		RANGE(0, 2 * MIB, LEAVES_SMALL),	   RANGE(2 * MIB, 62 * MIB, LEAVES_LARGE),
		RANGE(64 * MIB, 64 * MIB, LEAVES_UNKNOWN), RANGE(4 * GIB, 128 * MIB, LEAVES_MIXED),
		RANGE(1ULL << 46, GIB, LEAVES_GIANT),
	};
	char map[81];

	(void)state;
	iova_map_make(ranges, 0, 80, map);
	assert_string_equal(map, "");
	/* One letter each at least, and dots where there is nothing. */
	iova_map_make(ranges, 5, 10, map);
	assert_string_equal(map, "kM?..m...G");
	iova_map_make(ranges, 5, 4, map);
	assert_string_equal(map, "kM?.");
	/* The rest goes to the larger ones. */
	iova_map_make(ranges, 5, 30, map);
	assert_string_equal(map, "kM??..mmm...GGGGGGGGGGGGGGGGG");
	assert_true(strlen(map) <= 30);
	/* From an address that is not the first. */
	iova_map_make(ranges + 4, 1, 8, map);
	assert_string_equal(map, "...GGGGG");
}

static uint64_t bytes_of(const struct vt_container *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < VT_RANGES; i++)
		sum += c->range_size[i];
	return sum;
}

/* With pages of 64 KiB: 512 MiB is a superpage, what is smaller is none. */
static void large_pages(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100), change = { 0 };
	const struct container_view *v;
	char legend[IOVA_LEGEND_SIZE];

	f->snapshot.sizes = (struct page_sizes){ 64 << 10, 512 * MIB };
	add(c, 0, 0, GIB, 1 << 4);
	add(c, 1, 2 * GIB, GIB, 1 << 17);
	add(c, 2, 4 * GIB, GIB, 1 << 17 | 1 << 4);
	/* Leaves of 2 MiB, where an IOMMU has them, are no superpages of this kernel. */
	add(c, 3, 6 * GIB, GIB, 1 << 9);
	v = &fixture_tick(f)->containers[0];
	assert_string_equal(v->ranges[0].leaves, "64K");
	assert_string_equal(v->ranges[1].leaves, "512M");
	assert_int_equal(v->ranges[1].class, LEAVES_LARGE);
	assert_string_equal(v->ranges[2].leaves, "mixed");
	assert_string_equal(v->ranges[3].leaves, "64K");
	iova_map_legend(&v->sizes, legend);
	assert_non_null(strstr(legend, "G 4 TiB leaves  M 512 MiB leaves"));

	superpage = 512 * MIB;
	range_add(&change, 0, 256 * MIB, 1);
	assert_int_equal(bytes_of(&change), 0);
	range_add(&change, 0, 512 * MIB, 1);
	assert_int_equal(bytes_of(&change), 512 * MIB);
	superpage = 2 * MIB;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(by_address, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(unknown, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(large_pages, fixture_setup, fixture_teardown),
		cmocka_unit_test(maps_and_unmaps),
		cmocka_unit_test(too_many),
		cmocka_unit_test(letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
