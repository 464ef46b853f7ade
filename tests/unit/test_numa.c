// SPDX-License-Identifier: GPL-2.0-only
/*
 * On which NUMA nodes the memory of a cgroup is, as the kernel tells it.
 */
#include "fixture.h"

#include "collect/numa.h"
#include "tree.h"

#define SECOND 1000000000ULL
#define CGROUP "/machine.slice/vm.scope"

#define FILE_OF(name) "/sys/fs/cgroup" CGROUP "/" name

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

static struct numa_snapshot find(struct numa_cache *cache, const char *cgroup, uint64_t now_ns)
{
	struct numa_snapshot numa;

	numa_find(cache, cgroup, now_ns, &numa);
	return numa;
}

/* Pages of files are left out. */
static void memory(void **state)
{
	struct numa_cache *cache = numa_cache_new();
	struct numa_snapshot numa;

	(void)state;
	tree_put(FILE_OF("memory.numa_stat"), "anon N0=4096 N1=8192\n"
					      "file N0=1048576 N1=1048576\n"
					      "shmem N0=0 N1=4096\n"
					      "anon_thp N0=0 N1=0\n");
	numa = find(cache, CGROUP, SECOND);
	assert_true(numa.known);
	assert_int_equal(numa.nodes, 3);
	assert_int_equal(numa.memory[0], 4096);
	assert_int_equal(numa.memory[1], 12288);
	assert_false(numa.hugetlb_known);
	tree_put(FILE_OF("hugetlb.2MB.numa_stat"), "total=2097152 N0=2097152 N1=0\n");
	tree_put(FILE_OF("hugetlb.1GB.numa_stat"), "total=1073741824 N0=0 N1=1073741824\n");
	/* Not asked for again at once. */
	assert_false(find(cache, CGROUP, 2 * SECOND).hugetlb_known);
	numa = find(cache, CGROUP, 100 * SECOND);
	assert_true(numa.hugetlb_known);
	assert_int_equal(numa.hugetlb[0], 2097152);
	assert_int_equal(numa.hugetlb[1], 1073741824);
	numa_cache_free(cache);
}

static void no_guess(void **state)
{
	static const char *const wrong[] = {
		"",
		"anon N0=4096\n",
		"anon N0=4096\nshmem\n",
		"anon N0=4096 N16=1\nshmem N0=0 N16=0\n",
		"anon N0=4096 more\nshmem N0=0\n",
	};
	struct numa_cache *cache = numa_cache_new();

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tree_put(FILE_OF("memory.numa_stat"), wrong[i]);
		assert_false(find(cache, CGROUP, (i + 1) * 100 * SECOND).known);
	}
	assert_false(find(cache, "", SECOND).known);
	assert_false(find(cache, "/", SECOND).known);
	assert_false(find(cache, "/not/there", SECOND).known);
	assert_false(find(cache, "/../machine.slice/vm.scope", SECOND).known);
	numa_cache_free(cache);
}

static void in_view(void **state)
{
	struct fixture *f = NULL;
	const struct container_view *v;

	(void)state;
	assert_int_equal(fixture_setup((void **)&f), 0);
	fixture_container(f, 1, 100);
	assert_null(fixture_tick(f)->containers->numa);
	f->containers[0].numa = (struct numa_snapshot){
		.known = true,
		.nodes = 5,
		.memory = { 1, 2, 3 },
	};
	v = fixture_tick(f)->containers;
	assert_int_equal(v->n_numa, 2);
	assert_known(v->numa[0].node, 0);
	assert_known(v->numa[1].node, 2);
	assert_known(v->numa[1].memory, 3);
	assert_unknown(v->numa[1].hugetlb);
	fixture_teardown((void **)&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(no_guess),
		cmocka_unit_test(in_view),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
