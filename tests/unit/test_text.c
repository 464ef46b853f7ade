// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a whole report, character by character.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/render.h"

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

	f->snapshot.census = false;
	render_text(fixture_tick(f), &text);
	ASSERT_LINES(&text,
		     "vfiotop 00:00:01  source tracepoints (tp_btf)  interval 1.00 s  containers 0 "
		     " leaks 0  lost 0",
		     "",
		     "no VFIO container seen; one opened before this watch appears with its next "
		     "request");
	assert_int_equal(text.lines[0].style, STYLE_TITLE);
	text_free(&text);
}

static void nothing_to_find(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };

	f->snapshot.census = true;
	render_text(fixture_tick(f), &text);
	assert_string_equal(text.lines[2].text, "no VFIO container seen");
	text_free(&text);
}

static void waiting_for_vfio(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };

	f->snapshot = (struct snapshot){
		.time_ns = FIXTURE_START_NS,
		.missing = "the module vfio",
	};
	render_text(fixture_tick(f), &text);
	ASSERT_LINES(&text, "vfiotop 00:00:01  waiting for VFIO: the module vfio is not loaded", "",
		     "once vfio, vfio_iommu_type1 and vfio-pci are loaded the watch begins");
	assert_int_equal(text.lines[0].style, STYLE_TITLE);
	text_free(&text);
}

static void older_than_the_watch(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 1234);
	struct text text = { 0 };

	c->flags = 0;
	render_text(fixture_tick(f), &text);
	assert_string_equal(text.lines[1].text, "lost: census 1: figures may be too low");
	assert_non_null(strstr(text.lines[5].text, "  old       "));
	/* An orphan by the same rule as among the leaks. */
	f->containers[0].owner.alive = false;
	render_text(fixture_tick(f), &text);
	assert_non_null(strstr(text.lines[5].text, "  old       "));
	render_text(fixture_tick(f), &text);
	assert_non_null(strstr(text.lines[6].text, "  orphan    "));
	text_free(&text);
}

static void without_containers(void **state)
{
	struct process_snapshot p = { .pid = 100, .containers = 1, .groups = 2, .devices = 3 };
	struct fixture *f = *state;
	struct text text = { 0 };

	f->snapshot.source = "proc";
	f->snapshot.attach = NULL;
	f->snapshot.knowledge = KNOWS_PROCESSES;
	f->snapshot.unseen_known = true;
	f->snapshot.unseen = 7;
	f->snapshot.processes = &p;
	f->snapshot.n_processes = 1;
	render_text(fixture_tick(f), &text);
	assert_string_equal(text.lines[0].text,
			    "vfiotop 00:00:01  source proc  interval 1.00 s  containers -  leaks -"
			    "  lost 0");
	assert_string_equal(text.lines[1].text,
			    "not permitted to look at the files of 7 processes: run it as root to "
			    "see all");
	assert_string_equal(text.lines[2].text,
			    "notice: source: the source proc does not know pins and containers: "
			    "vfiotop --info says why it was chosen");
	assert_non_null(strstr(text.lines[4].text, "PROCESS  COMMAND"));
	assert_int_equal(strtoul(text.lines[5].text, NULL, 10), 100);
	assert_int_equal(text.n, 6);
	text_free(&text);
}

static void fill(struct fixture *f)
{
	struct vt_container *c = fixture_container(f, 1, 1234);

	snprintf(f->containers[0].cgroup, sizeof(f->containers[0].cgroup),
		 "/machine.slice/machine-qemu\\x2d3\\x2ddb\\x2dserver.scope/libvirt");
	for (int i = 0; i < 12; i++)
		fixture_request(&c->map, 2 * MIB, 1200000 + (uint64_t)i * 10000);
	for (int i = 0; i < 4; i++)
		fixture_request(&c->unmap, 2 * MIB, 300);
	c->runs = 12;
	c->leaf_bytes[0] = 4096;
	c->leaf_bytes[4] = 65536;
	c->leaf_bytes[9] = 24 * MIB;
	c->pinned = 8 * 512 * PAGE;
	c->pinned_peak = 12 * 512 * PAGE;
	c->mappings = 8;
	c->map.errors = 1;
	c->pin_ns = 9000000;
	c->iommu_ns = 4000000;
	c->account_ns = 20000;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	c->charged = c->pinned;
	c->locked = 8 * 512 * PAGE;
	c->locked_limit = 64 * 256 * PAGE;
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
	f->devices[0] = (struct device_snapshot){
		.key = { "0000:00:10.0" },
		.stats = { .container = 1,
			   .state = VT_STATE_OPEN,
			   .group = 12,
			   .pid = 1234,
			   .open = { .count = 1,
				     .errors = 2,
				     .ns_sum = 1020000,
				     .ns_max = 1020000,
				     .ns_last = 1020000 },
			   .reset = { .count = 3,
				      .errors = 1,
				      .ns_sum = 300000000,
				      .ns_max = 120000000,
				      .ns_last = 101000000 } },
		.owner = { .known = true, .alive = true, .comm = "user" },
		.pci = { .known = true,
			 .vendor = 0x8086,
			 .device = 0x10d3,
			 .name = "Intel Corporation 82574L Gigabit Network Connection",
			 .driver = "vfio-pci" },
	};
	f->snapshot.n_in_flight = 1;
	f->in_flight[0] = (struct vt_in_flight){
		.start_ns = f->snapshot.time_ns,
		.container = 1,
		.iova = 0x100000000,
		.size = 1024 * MIB,
		.pages = 25600 * PAGE,
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
	c->unpinned_short = 1 * PAGE;
}

static void everything_at_once(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };

	fill(f);
	render_text(fixture_tick(f), &text);
	ASSERT_LINES(
		&text,
		"vfiotop 00:00:01  source tracepoints (tp_btf)  interval 1.00 s  containers 1  "
		"leaks 1  lost 1",
		"lost: starts 1: figures may be too low",
		"critical: leak: kernel-leak of 4 KiB: an unmap released fewer pages than its "
		"mappings had pinned",
		"warning: lost: 1 events were not recorded: figures may be too low",
		"warning: slow-map: a map of 1 GiB has been running for 1.00 s", "",
		"CONTAINER      PID  COMMAND          STATE     ALERT              PINNED      "
		"MAPPINGS  ERRORS        PEAK  BACKEND           GROUPS  DEVICES       NAME",
		"        1     1234  user             open      leak               16 MiB       "
		"8/65535       1      24 MiB  type1             12      0000:00:10.0  db-server",
		"",
		"CONTAINER    MAP/s       p50       p99       max      MAP RATE  UNMAP/s       p50 "
		"      p99       max    UNMAP RATE",
		"        1     12.0   1.24 ms   1.31 ms   1.31 ms      24 MiB/s      4.0    292 ns "
		"   300 ns    300 ns       8 MiB/s",
		"",
		"CONTAINER          4K          2M          1G       OTHER  SUPERPAGES    MEAN RUN "
		"      PIN     IOMMU   ACCOUNT      LOCKED  LOCK LIMIT",
		"        1       4 KiB      24 MiB         0 B      64 KiB        99 %       2 MiB "
		"  9.00 ms   4.00 ms   20.0 µs      16 MiB      64 MiB",
		"",
		"CONTAINER      PID  RUNNING                  IOVA        SIZE        DONE    "
		"ELAPSED",
		"        1     1234  map               0x100000000       1 GiB     100 MiB     "
		"1.00 s",
		"", "    GROUP      PID  COMMAND          CONTAINER   OPENS  REFUSED",
		"       12     1234  user                     1       1        2", "",
		"DEVICE        DRIVER    GROUP      PID  STATE       OPEN     CLOSE     RESET  "
		"RESETS  ERRORS  COMMAND          NAME",
		"0000:00:10.0  vfio-pci     12     1234  open     1.02 ms         -    101 ms  "
		"     3       3  user             Intel Corporation 82574L Gigabit Network "
		"Connection",
		"", "LEAKS",
		"kernel-leak: 4 KiB in container 1 of 1234 (user): an unmap released fewer pages "
		"than its mappings had pinned",
		"", "LAST FAILURES",
		"   1.00 s ago  open of group 12 by 99 (other): -16 EBUSY: held by process 1234");
	text_free(&text);
}

/* What a terminal of 80 columns shows: all but counts and long names. */
static void devices_in_80_columns(void **state)
{
	struct fixture *f = *state;
	struct text text = { 0 };

	f->snapshot.n_devices = 2;
	f->devices[0] = (struct device_snapshot){
		.key = { "vfio-test-emulated" },
		.stats = { .state = VT_STATE_CLOSED, .group = 3, .container = 7 },
	};
	f->devices[1] = (struct device_snapshot){
		.key = { "0000:00:10.0" },
		.stats = { .state = VT_STATE_CLOSED,
			   .group = 12345,
			   .container = 7,
			   .pid = 4194304,
			   .open = { .count = 1, .ns_sum = 999, .ns_max = 999, .ns_last = 999 },
			   .close = { .count = 1,
				      .ns_sum = 12340000000,
				      .ns_max = 12340000000,
				      .ns_last = 12340000000 } },
		.pci = { .known = true, .vendor = 0x1234, .device = 0x11e8, .driver = "vfio-pci" },
	};
	render_text(fixture_tick(f), &text);
	assert_int_equal(text.n, 7);
	assert_non_null(strstr(text.lines[5].text, "  1234:11e8"));
	for (size_t i = 4; i < text.n; i++)
		text.lines[i].text[80] = '\0';
	assert_string_equal(
		text.lines[4].text,
		"DEVICE        DRIVER    GROUP      PID  STATE       OPEN     CLOSE     RESET  RE");
	assert_string_equal(
		text.lines[5].text,
		"0000:00:10.0  vfio-pci  12345  4194304  closed    999 ns    12.3 s         -    ");
	/* A long name moves only its own line. */
	assert_string_equal(
		text.lines[6].text,
		"vfio-test-emulated  -             3        -  closed         -         -        ");
	text_free(&text);
}

/* Which containers map, and what; one that maps nothing is not there. */
static void sizes_of_the_last_interval(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	struct text text = { 0 };

	fixture_container(f, 2, 100);
	c->map.count = 7;
	c->map.sizes[0] = 4;
	c->map.sizes[9] = 3;
	render_text(fixture_tick(f), &text);
	assert_string_equal(text.lines[text.n - 2].text,
			    "CONTAINER  MAPS SINCE THE LAST REPORT, BY SIZE");
	assert_string_equal(text.lines[text.n - 1].text, "        1  4 of 4 KiB  3 of 2 MiB");
	render_text(fixture_tick(f), &text);
	for (size_t i = 0; i < text.n; i++)
		assert_null(strstr(text.lines[i].text, "BY SIZE"));
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
		TEST(nothing_to_find),
		TEST(waiting_for_vfio),
		TEST(older_than_the_watch),
		TEST(without_containers),
		TEST(everything_at_once),
		TEST(devices_in_80_columns),
		TEST(sizes_of_the_last_interval),
		cmocka_unit_test(columns_of_utf8),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
