// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a whole report, character by character.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"

#define MIB (1ULL << 20)

static void assert_lines(const struct text *text, const char *const *expected, size_t n)
{
	assert_false(text->failed);
	for (size_t i = 0; i < text->n && i < n; i++)
		assert_string_equal(text->lines[i].text, expected[i]);
	assert_int_equal(text->n, n);
}

#define ASSERT_LINES(text, ...)                                                              \
	do {                                                                                 \
		static const char *const expected_lines[] = { __VA_ARGS__ };                 \
                                                                                             \
		assert_lines(text, expected_lines, sizeof(expected_lines) / sizeof(char *)); \
	} while (0)

static void nothing_to_show(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };

	render_text(fixture_tick(f), SORT_ID, &text);
	ASSERT_LINES(&text,
		     "vfiotop 00:00:01  source tracepoints (tp_btf)  interval 1.00 s  containers 0 "
		     " leaks 0  lost 0",
		     "",
		     "no VFIO container seen; one opened before this watch appears with its next "
		     "request");
	assert_int_equal(text.lines[0].style, STYLE_TITLE);
	text_free(&text);
}

static void fill(struct fixture *f)
{
	struct vt_container *c = fixture_container(f, 1, 1234);

	for (int i = 0; i < 12; i++)
		fixture_request(&c->map, 2 * MIB, 1200000 + (uint64_t)i * 10000);
	for (int i = 0; i < 4; i++)
		fixture_request(&c->unmap, 2 * MIB, 300);
	c->runs = 12;
	c->leaf_bytes[0] = 4096;
	c->leaf_bytes[4] = 65536;
	c->leaf_bytes[9] = 24 * MIB;
	c->pinned = 8 * 512;
	c->pinned_peak = 12 * 512;
	c->mappings = 8;
	c->map.errors = 1;
	c->pin_ns = 9000000;
	c->iommu_ns = 4000000;
	c->account_ns = 20000;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	c->charged = c->pinned;
	c->locked = 8 * 512;
	c->locked_limit = 64 * 256;
	f->snapshot.n_groups = 1;
	f->groups[0] = (struct group_snapshot){
		.id = 12,
		.stats = { .container = 1,
			   .state = VT_STATE_OPEN,
			   .pid = 1234,
			   .opens = 1,
			   .open_errors = 2,
			   .comm = "user" },
		.owner = { .known = true, .alive = true, .comm = "user" },
	};
	f->snapshot.n_devices = 1;
	f->devices[0].stats = (struct vt_device){ .container = 1, .users = 1, .group = 12 };
	snprintf(f->devices[0].key.name, sizeof(f->devices[0].key.name), "0000:00:10.0");
	f->snapshot.n_flights = 1;
	f->flights[0] = (struct vt_flight){
		.start_ns = f->snapshot.time_ns,
		.container = 1,
		.iova = 0x100000000,
		.size = 1024 * MIB,
		.pages = 25600,
		.pid = 1234,
		.tid = 1235,
		.operation = VT_OP_MAP,
	};
	f->snapshot.n_failures = 1;
	f->failures[0] = (struct vt_failure){
		.time_ns = f->snapshot.time_ns,
		.operation = VT_OP_GROUP_OPEN,
		.ret = -16,
		.group = 12,
		.pid = 99,
		.holder_pid = 1234,
		.comm = "other",
	};
	f->snapshot.lost[VT_LOST_START] = 1;
	c->unpinned_short = 1;
}

static void everything_at_once(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };

	fill(f);
	render_text(fixture_tick(f), SORT_ID, &text);
	ASSERT_LINES(
		&text,
		"vfiotop 00:00:01  source tracepoints (tp_btf)  interval 1.00 s  containers 1  "
		"leaks 1  lost 1",
		"lost: starts 1: figures may be too low", "",
		"CONTAINER      PID  COMMAND          BACKEND           STATE     GROUPS      "
		"PINNED        PEAK      MAPPINGS  ERRORS  DEVICES",
		"        1     1234  user             type1             open      12          16 "
		"MiB      24 MiB       8/65535       1  0000:00:10.0",
		"",
		"CONTAINER    MAP/s       p50       p99       max      MAP RATE  UNMAP/s       p50 "
		"      p99       max    UNMAP RATE",
		"        1     12.0   1.24 ms   1.31 ms   1.31 ms      24 MiB/s      4.0    292 ns "
		"   300 ns    300 ns       8 MiB/s",
		"",
		"CONTAINER          4K          2M          1G       OTHER    MEAN RUN       PIN   "
		"  IOMMU   ACCOUNT      LOCKED  LOCK LIMIT",
		"        1       4 KiB      24 MiB         0 B      64 KiB       2 MiB   9.00 ms   "
		"4.00 ms   20.0 µs      16 MiB      64 MiB",
		"",
		"CONTAINER      PID  RUNNING                  IOVA        SIZE        DONE    "
		"ELAPSED",
		"        1     1234  map               0x100000000       1 GiB     100 MiB     "
		"1.00 s",
		"", "    GROUP      PID  COMMAND          CONTAINER   OPENS  REFUSED",
		"       12     1234  user                     1       1        2", "", "LEAKS",
		"kernel-leak: 4 KiB in container 1 of 1234 (user): an unmap released fewer pages "
		"than its mappings had pinned",
		"", "LAST FAILURES",
		"   1.00 s ago  open of group 12 by 99 (other): -16 EBUSY: held by process 1234");
	text_free(&text);
}

static void order_of_containers(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };
	const struct view *view;

	fixture_container(f, 1, 100)->pinned = 1;
	fixture_request(&fixture_container(f, 2, 100)->map, 4096, 1000);
	view = fixture_tick(f);
	render_text(view, SORT_ID, &text);
	assert_int_equal(strtoul(text.lines[3].text, NULL, 10), 1);
	render_text(view, SORT_PINNED, &text);
	assert_int_equal(strtoul(text.lines[3].text, NULL, 10), 1);
	render_text(view, SORT_MAPS, &text);
	assert_int_equal(strtoul(text.lines[3].text, NULL, 10), 2);
	render_text(view, SORT_LATENCY, &text);
	assert_int_equal(strtoul(text.lines[3].text, NULL, 10), 2);
	text_free(&text);
}

static void columns_of_utf8(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("12 ms"), 5);
	assert_int_equal(text_width("12 µs"), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_to_show),
		TEST(everything_at_once),
		TEST(order_of_containers),
		cmocka_unit_test(columns_of_utf8),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
