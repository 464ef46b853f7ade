// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's count of pins against all ledgers.
 */
#include "fixture.h"

#include "render/render.h"

#include <string.h>

/* A container with ten pages pinned, on a host that has as many more. */
static struct vt_container *start(struct fixture *f, int64_t more)
{
	struct vt_container *c = fixture_container(f, 1, 100);

	c->pinned = 10 * PAGE;
	f->snapshot.census = true;
	f->snapshot.host.known = true;
	f->snapshot.host.settled = true;
	f->snapshot.host.pinned = (10 + more) * PAGE;
	return c;
}

static void all_is_vfio(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	start(f, 0);
	for (int i = 0; i < 5; i++) {
		view = fixture_tick(f);
		assert_known(view->host.pinned, 10 * PAGE);
		assert_known(view->host.vfio, 10 * PAGE);
		assert_known(view->host.kept, 0);
		assert_known(view->host.others, 0);
		assert_int_equal(view->n_leaks, 0);
	}
}

static void others_pin_too(void **state)
{
	struct fixture *f = *state;
	struct host_snapshot *host = &f->snapshot.host;
	const struct view *view;
	struct text text = { 0 };

	start(f, 7);
	host->kept = 3 * PAGE;
	host->pinner_pid = 55;
	host->pinner_bytes = 5 * PAGE;
	memcpy(host->pinner_comm, "fio", 4);
	view = fixture_tick(f);
	assert_known(view->host.kept, 3 * PAGE);
	assert_known(view->host.others, 4 * PAGE);
	assert_known(view->host.pinner_pid, 55);
	assert_known(view->host.pinner_bytes, 5 * PAGE);
	assert_string_equal(view->host.pinner_comm, "fio");
	assert_int_equal(view->n_leaks, 0);

	render_host(&view->host, &text);
	assert_int_equal(text.n, 1);
	assert_string_equal(text.lines[0].text, "host: 68 KiB pinned, 40 KiB by VFIO, 12 KiB left "
						"behind, 16 KiB not VFIO (most by 55, fio)");
	text_free(&text);
}

/* What a container had when it ended is left behind, not its own. */
static void what_a_release_leaves(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = start(f, 0);

	c->released_ns = f->snapshot.time_ns;
	f->snapshot.host.kept = 10 * PAGE;
	assert_known(fixture_tick(f)->host.vfio, 0);
	assert_known(fixture_tick(f)->host.others, 0);
}

static void unsettled_is_unknown(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	start(f, -5);
	f->snapshot.host.settled = false;
	for (int i = 0; i < 3; i++) {
		view = fixture_tick(f);
		assert_known(view->host.pinned, 5 * PAGE);
		assert_unknown(view->host.others);
		assert_int_equal(view->n_leaks, 0);
	}
	f->snapshot.host.known = false;
	assert_unknown(fixture_tick(f)->host.pinned);
}

static void what_containers_have_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = start(f, -5);
	const struct view *view;

	c->flags = 0;
	for (int i = 0; i < 3; i++) {
		view = fixture_tick(f);
		assert_unknown(view->host.vfio);
		assert_unknown(view->host.others);
		assert_int_equal(view->n_leaks, 0);
	}
}

/* A count that VFIO's ledgers exceed is not explained: unknown, and no leak. */
static void fewer_than_vfio_has_is_unknown(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	start(f, -3);
	for (int i = 0; i < 5; i++) {
		view = fixture_tick(f);
		assert_unknown(view->host.others);
		assert_int_equal(view->n_leaks, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_vfio),
		TEST(others_pin_too),
		TEST(what_a_release_leaves),
		TEST(unsettled_is_unknown),
		TEST(what_containers_have_is_unknown),
		TEST(fewer_than_vfio_has_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
