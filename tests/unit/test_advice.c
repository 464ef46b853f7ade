// SPDX-License-Identifier: GPL-2.0-only
/*
 * Advice: each piece where its figures are, and none where they are not.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "advice/advice.h"

#define MIB  1048576ULL
#define LEAF 9 /* of 2 MiB */

/* One container, whose figures are all known and good, and nothing refused. */
struct basis {
	struct container_view container;
	struct failure_view failure;
	struct advice_basis basis;
};

static struct figure num(uint64_t value)
{
	return (struct figure){ value, true };
}

static int setup(void **state)
{
	static struct basis b;
	struct container_view *c = &b.container;

	memset(&b, 0, sizeof(b));
	c->id = num(1);
	snprintf(c->api, sizeof(c->api), "vfio");
	c->sizes = PAGE_SIZES_USUAL;
	c->map.count = num(4);
	c->map.bytes = num(256 * MIB);
	c->map.mean_bytes = num(64 * MIB);
	c->map.sum = num(40000000);
	c->map.max = num(12000000);
	c->map.errors = num(0);
	c->unmap_differs = num(0);
	c->pin_ns = num(5000000);
	for (size_t i = 0; i < VIEW_LEAF_SIZES; i++)
		c->leaf_bytes[i] = num(0);
	c->leaf_bytes[LEAF] = num(256 * MIB);
	c->superpages = num(100);
	c->mean_run = num(32 * MIB);
	c->incongruent = num(0);
	c->mappings = num(4);
	c->mappings_limit = num(65535);
	c->mapping_bytes = num(64 * MIB);
	c->locked = num(256 * MIB);
	c->locked_limit = num(1024 * MIB);
	c->locked_unlimited = num(0);
	b.basis = (struct advice_basis){ .container = c,
					 .failures = &b.failure,
					 .knowledge = KNOWS_ALL,
					 .source = "tracepoints",
					 .hugepages_disabled = num(0) };
	*state = &b;
	return 0;
}

/* A failed map of 1 MiB. */
static void refuse(struct basis *b, const char *stage)
{
	struct failure_view *f = &b->failure;

	snprintf(f->operation, sizeof(f->operation), "map");
	snprintf(f->stage, sizeof(f->stage), "%s", stage);
	f->container = num(1);
	f->iova = num(0x8000000000);
	f->size = num(MIB);
	b->basis.n_failures = 1;
}

static void small_leaves(struct basis *b, uint64_t run)
{
	b->container.leaf_bytes[0] = num(256 * MIB);
	b->container.leaf_bytes[LEAF] = num(0);
	b->container.superpages = num(0);
	b->container.mean_run = num(run);
}

static const struct advice *find(const struct advice_list *list, const char *kind)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->advice[i].kind, kind))
			return &list->advice[i];
	return NULL;
}

static bool is_unknown(const struct advice_list *list, const char *how)
{
	for (size_t i = 0; i < list->n_unknown; i++)
		if (strstr(list->unknown[i].how, how))
			return true;
	return false;
}

/* All of it is there, and rests on figures. */
static void assert_advice(const struct advice *a, const char *change, const char *reason)
{
	assert_non_null(a);
	assert_non_null(strstr(a->change, change));
	assert_non_null(strstr(a->reason, reason));
	assert_true(a->gain[0]);
	assert_non_null(a->figures[0]);
}

static const struct advice_list *ask(const struct basis *b)
{
	static struct advice_list list;

	advise(&b->basis, &list);
	return &list;
}

static void nothing(void **state)
{
	const struct advice_list *list = ask(*state);

	assert_int_equal(list->n, 0);
	assert_int_equal(list->n_unknown, 0);
}

static void unmaps(void **state)
{
	struct basis *b = *state;

	b->container.unmap_differs = num(3);
	assert_advice(find(ask(b), "unmap"), "VFIO_TYPE1v2_IOMMU", "3 unmaps");
}

static void memlock(void **state)
{
	struct basis *b = *state;

	b->container.locked = num(900 * MIB);
	assert_null(find(ask(b), "memlock"));
	b->container.locked = num(1000 * MIB);
	assert_advice(find(ask(b), "memlock"), "RLIMIT_MEMLOCK", "1000 MiB are locked");
	b->container.locked_unlimited = num(1);
	assert_null(find(ask(b), "memlock"));
	b->container.locked_unlimited = num(0);
	b->container.locked = num(0);
	refuse(b, "account");
	b->failure.locked = num(1023 * MIB + 524288);
	b->failure.locked_limit = num(1024 * MIB);
	/* What it takes, exactly. */
	assert_advice(find(ask(b), "memlock"), "at least 1049088 KiB", "1 MiB was refused");
	/* Another container's failure is none of this one. */
	b->failure.container = num(2);
	assert_null(find(ask(b), "memlock"));
}

static void entry_limit(void **state)
{
	struct basis *b = *state;

	b->container.mappings = num(52000);
	assert_null(find(ask(b), "entry-limit"));
	b->container.mappings = num(52500);
	assert_advice(find(ask(b), "entry-limit"), "dma_entry_limit", "52500 of 65535");
	b->container.mappings = num(0);
	refuse(b, "limit");
	assert_advice(find(ask(b), "entry-limit"), "dma_entry_limit", "all of the 65535");
	b->container.mappings_limit = (struct figure){ 0 };
	assert_advice(find(ask(b), "entry-limit"), "dma_entry_limit", "all mappings that");
}

static void aperture(void **state)
{
	struct basis *b = *state;

	refuse(b, "aperture");
	assert_advice(find(ask(b), "aperture"), "VFIO_IOMMU_GET_INFO", "0x8000000000");
	b->failure.conflict_iova = num(0);
	b->failure.conflict_size = num(1ULL << 39);
	assert_advice(find(ask(b), "aperture"), "host-phys-bits-limit=39", "0x7fffffffff, 39 bits");
	refuse(b, "overlap");
	assert_null(find(ask(b), "aperture"));
}

static void reserved(void **state)
{
	struct basis *b = *state;

	refuse(b, "reserved");
	b->failure.conflict_iova = num(0xfee00000);
	b->failure.conflict_size = num(MIB);
	assert_advice(find(ask(b), "reserved"), "reserved regions", "0xfee00000 to 0xfeefffff");
}

static void disabled_hugepages(void **state)
{
	struct basis *b = *state;

	b->basis.hugepages_disabled = num(1);
	assert_null(find(ask(b), "disable-hugepages"));
	small_leaves(b, 4096);
	assert_advice(find(ask(b), "disable-hugepages"), "to N", "0 % of what was mapped");
	/* Other causes are seen once this one is gone. */
	assert_int_equal(ask(b)->n, 1);
	snprintf(b->container.api, sizeof(b->container.api), "iommufd");
	assert_null(find(ask(b), "disable-hugepages"));
}

static void alignment(void **state)
{
	struct basis *b = *state;

	small_leaves(b, 32 * MIB);
	/* Known not to be the cause. */
	assert_int_equal(ask(b)->n, 0);
	b->container.incongruent = num(200 * MIB);
	assert_advice(find(ask(b), "alignment"), "modulo 2 MiB", "256 MiB mapped, 200 MiB");
	assert_int_equal(ask(b)->n, 1);
	/* Where only runs are known, it is the likeliest cause. */
	b->container.incongruent = (struct figure){ 0 };
	assert_advice(find(ask(b), "alignment"), "modulo 2 MiB", "32 MiB on average");
	/* Where nothing is known of runs, alignment alone says it. */
	b->container.superpages = b->container.mean_run = (struct figure){ 0 };
	assert_int_equal(ask(b)->n, 0);
	b->container.incongruent = num(200 * MIB);
	assert_advice(find(ask(b), "alignment"), "modulo 2 MiB", "200 MiB");
}

static void backing(void **state)
{
	struct basis *b = *state;

	small_leaves(b, 8192);
	assert_advice(find(ask(b), "backing"), "hugetlb", "runs of 8 KiB");
	/* 65,536 entries of 4 KiB, or 128 of 2 MiB. */
	assert_non_null(strstr(find(ask(b), "backing")->gain, "128 entries of 2 MiB"));
	assert_non_null(strstr(find(ask(b), "backing")->gain, "65536 of 4 KiB"));
	b->container.superpages = num(60);
	assert_null(find(ask(b), "backing"));
}

/* 512 MiB is a superpage there: runs of 32 MiB are too short. */
static void large_pages(void **state)
{
	struct basis *b = *state;

	b->container.sizes = (struct page_sizes){ 64 << 10, 512 * MIB };
	small_leaves(b, 32 * MIB);
	b->container.map.mean_bytes = num(1024 * MIB);
	assert_advice(find(ask(b), "backing"), "huge pages", "runs of 32 MiB");
	assert_non_null(strstr(find(ask(b), "backing")->gain, "1 entries of 512 MiB"));
	assert_non_null(strstr(find(ask(b), "backing")->gain, "4096 of 64 KiB"));
	b->container.mean_run = num(4096 * MIB);
	b->container.incongruent = num(200 * MIB);
	assert_advice(find(ask(b), "alignment"), "modulo 512 MiB (better, modulo 4 TiB)",
		      "modulo 512 MiB");
	/* Maps of 64 MiB are small there. */
	b->container.map.mean_bytes = num(64 * MIB);
	b->container.map.bytes = num(8192 * MIB);
	b->container.map.count = num(128);
	assert_advice(find(ask(b), "larger-maps"), "fewer, larger", "128 maps of 64 MiB");
	assert_non_null(strstr(find(ask(b), "larger-maps")->gain, "ranges of 512 MiB are 16 maps"));
}

static void no_superpages(void **state)
{
	struct basis *b = *state;

	small_leaves(b, 32 * MIB);
	b->container.incongruent = num(200 * MIB);
	b->container.lacks_superpages = true;
	assert_int_equal(ask(b)->n, 0);
}

static void larger_maps(void **state)
{
	struct basis *b = *state;

	b->container.map.mean_bytes = num(65536);
	b->container.map.bytes = num(4 * MIB);
	assert_null(find(ask(b), "larger-maps"));
	b->container.map.count = num(64);
	assert_advice(find(ask(b), "larger-maps"), "fewer, larger", "64 maps of 64 KiB");
	assert_non_null(strstr(find(ask(b), "larger-maps")->gain, "are 2 maps"));
	b->container.unmap.count = num(64);
	assert_advice(find(ask(b), "larger-maps"), "use them again", "64 maps of 64 KiB");
	/* No other backing helps small maps. */
	small_leaves(b, 4096);
	assert_null(find(ask(b), "backing"));
}

static void prefault(void **state)
{
	struct basis *b = *state;

	b->container.map.sum = num(3200000000);
	b->container.map.max = num(3000000000);
	b->container.pin_ns = num(1500000000);
	assert_null(find(ask(b), "prefault"));
	b->container.pin_ns = num(3100000000);
	assert_advice(find(ask(b), "prefault"), "prealloc-threads", "3.10 s of the 3.20 s");
	b->container.map.max = num(1000000);
	assert_null(find(ask(b), "prefault"));
	b->container.map.max = num(3000000000);
	b->basis.knowledge &= ~(unsigned int)KNOWS_PHASES;
	assert_null(find(ask(b), "prefault"));
	assert_true(is_unknown(ask(b), "--source=tracepoints"));
}

static void unknowns(void **state)
{
	struct basis *b = *state;

	b->basis.source = "stock";
	b->basis.knowledge &= ~(unsigned int)KNOWS_RUNS;
	b->container.superpages = b->container.mean_run = (struct figure){ 0 };
	assert_int_equal(ask(b)->n, 0);
	assert_true(is_unknown(ask(b), "--runs"));
	b->basis.hugepages_disabled = (struct figure){ 0 };
	assert_true(is_unknown(ask(b), "disable_hugepages"));
	b->container.incongruent = (struct figure){ 0 };
	assert_true(is_unknown(ask(b), "older recording"));
	b->container.map.count = num(0);
	assert_true(is_unknown(ask(b), "vfiotop record"));
	b->basis.knowledge = KNOWS_CONTAINERS;
	assert_int_equal(ask(b)->n_unknown, 1);
	assert_true(is_unknown(ask(b), "--source"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing, setup),
		cmocka_unit_test_setup(unmaps, setup),
		cmocka_unit_test_setup(memlock, setup),
		cmocka_unit_test_setup(entry_limit, setup),
		cmocka_unit_test_setup(aperture, setup),
		cmocka_unit_test_setup(reserved, setup),
		cmocka_unit_test_setup(disabled_hugepages, setup),
		cmocka_unit_test_setup(alignment, setup),
		cmocka_unit_test_setup(backing, setup),
		cmocka_unit_test_setup(large_pages, setup),
		cmocka_unit_test_setup(no_superpages, setup),
		cmocka_unit_test_setup(larger_maps, setup),
		cmocka_unit_test_setup(prefault, setup),
		cmocka_unit_test_setup(unknowns, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
