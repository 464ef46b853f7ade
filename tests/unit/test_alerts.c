// SPDX-License-Identifier: GPL-2.0-only
/*
 * The alerts of one container and of one process: each fires at its bound, and not before.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "model/alerts.h"

#define MIB	  (1ULL << 20)
#define LEAF_4K	  0
#define LEAF_2M	  9
#define UNLIMITED (~0ULL)

static const struct alert_view *find(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->n_alerts; i++)
		if (!strcmp(view->alerts[i].name, name))
			return &view->alerts[i];
	return NULL;
}

#define assert_alert(view, alert, level, part)                             \
	do {                                                               \
		const struct alert_view *a = find(view, alert);            \
		assert_non_null(a);                                        \
		assert_int_equal(a->severity, level);                      \
		if (!strstr(a->text, part))                                \
			fail_msg("%s does not contain %s", a->text, part); \
	} while (0)

#define assert_no_alert(view, alert) assert_null(find(view, alert))

static void memlock_of_a_container(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	c->locked = 90 * MIB;
	c->locked_limit = 100 * MIB;
	/* Without an accounting record neither is known. */
	assert_no_alert(fixture_tick(f), "memlock");
	c->flags |= VT_CONTAINER_ACCOUNTED;
	view = fixture_tick(f);
	assert_alert(view, "memlock", SEVERITY_WARNING,
		     "90 MiB locked of RLIMIT_MEMLOCK 100 MiB: maps beyond it fail with ENOMEM");
	assert_known(find(view, "memlock")->container, 1);
	assert_known(find(view, "memlock")->pid, 100);
	assert_string_equal(view->containers[0].alert, "memlock");
	assert_int_equal(view->containers[0].severity, SEVERITY_WARNING);

	c->locked--;
	view = fixture_tick(f);
	assert_no_alert(view, "memlock");
	assert_string_equal(view->containers[0].alert, "");
}

static void memlock_that_does_not_apply(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	c->flags |= VT_CONTAINER_ACCOUNTED;
	c->locked = 100 * MIB;
	c->locked_limit = 100 * MIB;
	c->ipc_lock = 1;
	assert_no_alert(fixture_tick(f), "memlock");
	c->ipc_lock = 0;
	c->locked_limit = UNLIMITED;
	assert_no_alert(fixture_tick(f), "memlock");
	c->locked_limit = 100 * MIB;
	assert_non_null(find(fixture_tick(f), "memlock"));
}

static void memlock_of_a_process(void **state)
{
	struct fixture *f = *state;
	struct process_snapshot p = {
		.pid = 7,
		.process = { .known = true, .alive = true, .comm = "qemu" },
		.locked = 95 * MIB,
		.locked_limit = 100 * MIB,
	};
	const struct view *view;

	f->snapshot.knowledge = KNOWS_PROCESSES;
	f->snapshot.processes = &p;
	f->snapshot.n_processes = 1;
	assert_no_alert(fixture_tick(f), "memlock");
	p.locks_known = true;
	view = fixture_tick(f);
	assert_alert(view, "memlock", SEVERITY_WARNING, "95 MiB locked of RLIMIT_MEMLOCK 100 MiB");
	assert_known(find(view, "memlock")->pid, 7);
	assert_unknown(find(view, "memlock")->container);
	assert_string_equal(find(view, "memlock")->comm, "qemu");
	p.ipc_lock = true;
	assert_no_alert(fixture_tick(f), "memlock");
}

static void mappings_near_their_limit(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;
	uint64_t since;

	c->mappings_limit = 100;
	c->mappings = 79;
	c->map.bytes = 79 * MIB;
	assert_no_alert(fixture_tick(f), "mappings");
	c->mappings = 80;
	c->map.bytes = 80 * MIB;
	view = fixture_tick(f);
	assert_alert(
		view, "mappings", SEVERITY_WARNING,
		"80 of 100 mappings are in use, of 1 MiB each: maps beyond them fail with ENOSPC");
	since = find(view, "mappings")->since_ns.value;
	assert_int_equal(since, view->time_ns.value);

	/* It goes on, since when it began; ended and come again, it is a new one. */
	view = fixture_tick(f);
	assert_known(find(view, "mappings")->since_ns, since);
	c->mappings = 10;
	assert_no_alert(fixture_tick(f), "mappings");
	c->mappings = 100;
	view = fixture_tick(f);
	assert_known(find(view, "mappings")->since_ns, view->time_ns.value);

	/* Of what was not watched from its opening the sizes are unknown, not the numbers. */
	c->mappings_limit = 0;
	assert_no_alert(fixture_tick(f), "mappings");
}

/* One second of 1000 maps and @more. */
static const struct view *many_maps(struct fixture *f, struct vt_container *c, int more)
{
	for (int i = 0; i < 1000 + more; i++)
		fixture_request(&c->map, 4096, 1000);
	return fixture_tick(f);
}

static void hot_path_after_some_intervals(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	fixture_tick(f);
	for (int i = 1; i < ALERT_HOT_TICKS; i++)
		assert_no_alert(many_maps(f, c, 1), "hot-path");
	assert_alert(many_maps(f, c, 1), "hot-path", SEVERITY_WARNING,
		     "more than 1000 maps per second for 5 intervals, of 4 KiB on average");
	assert_alert(many_maps(f, c, 1), "hot-path", SEVERITY_WARNING, "for 6 intervals");

	/* Exactly 1000 are not more than 1000, and counting begins anew. */
	assert_no_alert(many_maps(f, c, 0), "hot-path");
	for (int i = 1; i < ALERT_HOT_TICKS; i++)
		assert_no_alert(many_maps(f, c, 1), "hot-path");
	assert_non_null(find(many_maps(f, c, 1), "hot-path"));
}

/* A report at once, as SIGUSR1 asks for, is no interval. */
static void hot_path_counts_intervals_only(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	fixture_tick(f);
	for (int i = 1; i < ALERT_HOT_TICKS; i++)
		many_maps(f, c, 1);
	for (int i = 0; i < ALERT_HOT_TICKS; i++)
		assert_no_alert(model_update(f->model, &f->snapshot, false), "hot-path");
	assert_non_null(find(many_maps(f, c, 1), "hot-path"));
}

static void refused_maps(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	assert_no_alert(fixture_tick(f), "refused");
	c->map.errors = 2;
	c->unmap.errors = 1;
	c->first_failure = (struct vt_failure){
		.time_ns = FIXTURE_START_NS + 1,
		.container = 1,
		.operation = VT_OP_MAP,
		.stage = VT_STAGE_UNKNOWN,
		.ret = -EEXIST,
		.iova = MIB,
		.size = MIB,
	};
	view = fixture_tick(f);
	assert_alert(view, "refused", SEVERITY_NOTICE,
		     "3 maps and unmaps were refused, at first: ");
	assert_alert(view, "refused", SEVERITY_NOTICE, "EEXIST");
	/* A limit that is hit is worse than a mistake of the caller. */
	c->first_failure.ret = -ENOMEM;
	assert_alert(fixture_tick(f), "refused", SEVERITY_WARNING, "ENOMEM");
}

/* 2 MiB at each end of a run may lie in no superpage: one of 64 MiB has 60 that could. */
static void superpages_that_are_wasted(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	fixture_request(&c->map, 64 * MIB, 1000);
	c->runs = 1;
	c->leaf_bytes[LEAF_4K] = 34 * MIB;
	c->leaf_bytes[LEAF_2M] = 30 * MIB;
	assert_no_alert(fixture_tick(f), "superpages");
	c->leaf_bytes[LEAF_4K] = 36 * MIB;
	c->leaf_bytes[LEAF_2M] = 28 * MIB;
	assert_alert(fixture_tick(f), "superpages", SEVERITY_WARNING,
		     "43 % in superpages: runs of 64 MiB on average would do");
}

/* Runs of one superpage each: where they begin is unknown, but IOVA and address differ. */
static void superpages_that_addresses_do_not_allow(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	fixture_request(&c->map, 64 * MIB, 1000);
	c->runs = 32;
	c->leaf_bytes[LEAF_4K] = 64 * MIB;
	assert_string_equal(fixture_tick(f)->containers[0].superpage_hint, "");
	c->incongruent = 64 * MIB;
	assert_non_null(strstr(fixture_tick(f)->containers[0].superpage_hint,
			       "runs of 2 MiB on average would do: IOVA and address differ"));
}

/* The same runs are too short where a superpage has 512 MiB. */
static void superpages_of_large_pages(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	f->snapshot.sizes = (struct page_sizes){ 64 << 10, 512 * MIB };
	fixture_request(&c->map, 4096 * MIB, 1000);
	c->runs = 64;
	c->leaf_bytes[9] = 4096 * MIB;
	assert_known(fixture_tick(f)->containers[0].superpages, 0);
	assert_string_equal(fixture_tick(f)->containers[0].superpage_hint,
			    "memory lies in runs of 64 MiB on average, too short for a superpage");
	c->runs = 1;
	assert_alert(fixture_tick(f), "superpages", SEVERITY_WARNING,
		     "IOVA and address differ modulo 512 MiB");
	c->leaf_bytes[9] = 0;
	c->leaf_bytes[17] = 4096 * MIB;
	assert_known(fixture_tick(f)->containers[0].superpages, 100);
}

/* The IOMMU may have other sizes than the kernel, or none but that of a page. */
static void superpages_of_the_iommu(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	fixture_request(&c->map, 4096 * MIB, 1000);
	c->runs = 1;
	c->leaf_bytes[LEAF_4K] = 4096 * MIB;
	c->pgsizes = 4096;
	v = &fixture_tick(f)->containers[0];
	assert_string_equal(v->superpage_hint, "the IOMMU has no superpages");
	assert_no_alert(fixture_tick(f), "superpages");
	/* One with every size. */
	c->pgsizes = -4096ULL;
	assert_alert(fixture_tick(f), "superpages", SEVERITY_WARNING, "differ modulo 2 MiB");
	c->pgsizes = 4096 | 32 * MIB;
	assert_alert(fixture_tick(f), "superpages", SEVERITY_WARNING, "differ modulo 32 MiB");
}

static void superpages_that_memory_does_not_allow(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	fixture_request(&c->map, 64 * MIB, 1000);
	c->runs = 64;
	c->leaf_bytes[LEAF_4K] = 64 * MIB;
	view = fixture_tick(f);
	assert_no_alert(view, "superpages");
	assert_non_null(
		strstr(view->containers[0].superpage_hint, "runs of 1 MiB on average, too short"));

	/* Counted in part they are unknown, and it is said why. */
	c->runs = 1;
	c->flags |= VT_CONTAINER_RUNS_MISSED;
	view = fixture_tick(f);
	assert_unknown(view->containers[0].runs);
	assert_unknown(view->containers[0].leaf_bytes[LEAF_4K]);
	assert_unknown(view->containers[0].superpages);
	assert_no_alert(view, "superpages");
	assert_non_null(strstr(view->containers[0].superpage_hint, "too costly"));
	c->flags &= ~VT_CONTAINER_RUNS_MISSED;

	/* Nor is anything said of an address space of iommufd, whose leaves are unknown. */
	c->runs = 1;
	assert_non_null(find(fixture_tick(f), "superpages"));
	c->flags |= VT_CONTAINER_IOAS;
	assert_no_alert(fixture_tick(f), "superpages");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memlock_of_a_container),
		TEST(memlock_that_does_not_apply),
		TEST(memlock_of_a_process),
		TEST(mappings_near_their_limit),
		TEST(hot_path_after_some_intervals),
		TEST(hot_path_counts_intervals_only),
		TEST(refused_maps),
		TEST(superpages_that_are_wasted),
		TEST(superpages_that_addresses_do_not_allow),
		TEST(superpages_of_large_pages),
		TEST(superpages_of_the_iommu),
		TEST(superpages_that_memory_does_not_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
