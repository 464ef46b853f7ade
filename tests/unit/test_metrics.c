// SPDX-License-Identifier: GPL-2.0-only
/* Metrics: names, values, histograms, counters that never fall, hostile text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "histogram.h"
#include "render/metrics.h"

#define MIB (1024 * 1024)

/* Renders; the caller frees. */
static char *render(struct metrics *m, const struct view *view, enum metrics_format format)
{
	char *text;

	metrics_update(m, view);
	text = metrics_render(m, view, format);
	assert_non_null(text);
	return text;
}

static void assert_line(const char *text, const char *line)
{
	const char *found = text;
	size_t length = strlen(line);

	while ((found = strstr(found, line))) {
		if ((found == text || found[-1] == '\n') && found[length] == '\n')
			return;
		found++;
	}
	fail_msg("no line %s in:\n%s", line, text);
}

static const struct view *busy(struct fixture *f)
{
	struct vt_container *c = fixture_container(f, 7, 100);

	c->pinned = 64 * MIB;
	c->mappings = 2;
	fixture_request(&c->map, 32 * MIB, 8191);
	fixture_request(&c->map, 32 * MIB, 8192);
	return fixture_tick(f);
}

/* Pins of the host, whoever pinned them; without them there is no series. */
static void test_host(void **state)
{
	struct fixture *f = *state;
	struct metrics *m = metrics_new();
	char *text;

	f->snapshot.census = true;
	text = render(m, busy(f), METRICS_TEXT);
	assert_null(strstr(text, "vfiotop_host_pinned_bytes"));
	free(text);
	f->snapshot.host = (struct host_snapshot){
		.known = true,
		.settled = true,
		.pinned = 100 * MIB,
		.kept = MIB,
	};
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_line(text, "vfiotop_host_pinned_bytes 104857600");
	assert_line(text, "vfiotop_host_kept_bytes 1048576");
	assert_line(text, "vfiotop_host_other_bytes 36700160");
	free(text);
	metrics_free(m);
}

static void test_values(void **state)
{
	struct metrics *m = metrics_new();
	char *text = render(m, busy(*state), METRICS_TEXT);

	assert_line(text, "# TYPE vfiotop_container_pinned_bytes gauge");
	assert_line(text, "vfiotop_container_pinned_bytes{vfio_container=\"7\"} 67108864");
	assert_line(text, "# TYPE vfiotop_container_map_bytes_total counter");
	assert_line(text, "vfiotop_container_map_bytes_total{vfio_container=\"7\"} 67108864");
	assert_line(text, "vfiotop_map_total 2");
	assert_null(strstr(text, "# EOF"));
	free(text);
	metrics_free(m);
}

/* 8191 ns are in the first bucket, whose bound is exactly that; 8192 ns are not. */
static void test_histogram(void **state)
{
	struct metrics *m = metrics_new();
	char *text = render(m, busy(*state), METRICS_TEXT);

	assert_line(text, "# TYPE vfiotop_container_map_duration_seconds histogram");
	assert_line(text, "vfiotop_container_map_duration_seconds_bucket{vfio_container=\"7\","
			  "le=\"0.000008191\"} 1");
	assert_line(text, "vfiotop_container_map_duration_seconds_bucket{vfio_container=\"7\","
			  "le=\"0.000032767\"} 2");
	assert_line(text, "vfiotop_container_map_duration_seconds_bucket{vfio_container=\"7\","
			  "le=\"+Inf\"} 2");
	assert_line(text, "vfiotop_container_map_duration_seconds_sum{vfio_container=\"7\"} "
			  "0.000016383");
	assert_line(text, "vfiotop_container_map_duration_seconds_count{vfio_container=\"7\"} 2");
	free(text);
	metrics_free(m);
}

static void test_openmetrics(void **state)
{
	struct metrics *m = metrics_new();
	char *text = render(m, busy(*state), METRICS_OPENMETRICS);
	size_t length = strlen(text);

	assert_line(text, "# TYPE vfiotop_container_map_bytes counter");
	assert_line(text, "vfiotop_container_map_bytes_total{vfio_container=\"7\"} 67108864");
	assert_true(length > 6);
	assert_string_equal(text + length - 6, "# EOF\n");
	free(text);
	metrics_free(m);
}

/* Another watch counts from 0; what the host has counted does not fall. */
static void test_counters_never_fall(void **state)
{
	struct view *view = (struct view *)(uintptr_t)busy(*state);
	struct metrics *m = metrics_new();
	char *text;

	metrics_update(m, view);
	view->totals.map_count.value = 1;
	text = render(m, view, METRICS_TEXT);
	assert_line(text, "vfiotop_map_total 3");
	free(text);
	text = render(m, view, METRICS_TEXT);
	assert_line(text, "vfiotop_map_total 3");
	free(text);
	metrics_free(m);
}

/* Whether it is watched, where it is. */
static void test_iommufd(void **state)
{
	struct fixture *f = *state;
	struct metrics *m = metrics_new();
	char *text;

	text = render(m, busy(f), METRICS_TEXT);
	assert_null(strstr(text, "vfiotop_iommufd"));
	free(text);
	f->snapshot.iommufd_loaded = true;
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_line(text, "vfiotop_iommufd 0");
	free(text);
	f->snapshot.iommufd = true;
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_line(text, "vfiotop_iommufd 1");
	free(text);
	metrics_free(m);
}

static void test_unknown_is_left_out(void **state)
{
	struct view *view = (struct view *)(uintptr_t)busy(*state);
	struct metrics *m = metrics_new();
	char *text;

	view->containers[0].pinned.known = false;
	view->totals.map_count.known = false;
	text = render(m, view, METRICS_TEXT);
	assert_null(strstr(text, "vfiotop_container_pinned_bytes"));
	assert_null(strstr(text, "vfiotop_map_total"));
	free(text);
	metrics_free(m);
}

static void test_labels_are_quoted(void **state)
{
	struct view *view = (struct view *)(uintptr_t)busy(*state);
	struct metrics *m = metrics_new();
	char *text;

	strcpy(view->containers[0].comm, "a\"b\\c");
	text = render(m, view, METRICS_TEXT);
	assert_non_null(strstr(text, "command=\"a\\\"b\\\\c\""));
	free(text);
	metrics_free(m);
}

/* Each operation has a series before anything fails; what had no room is counted, too. */
static void test_failures(void **state)
{
	struct view *view = (struct view *)(uintptr_t)busy(*state);
	const struct failure_view failures[] = {
		{ .operation = "group-open" },
		{ .operation = "group-open" },
		{ .operation = "of a later time" },
	};
	struct metrics *m = metrics_new();
	char *text = render(m, view, METRICS_TEXT);

	assert_line(text, "vfiotop_failures_total{operation=\"group-open\"} 0");
	free(text);
	view->new_failures = failures;
	view->n_new_failures = 3;
	view->failures_dropped = (struct figure){ .known = true, .value = 4 };
	text = render(m, view, METRICS_TEXT);
	assert_line(text, "vfiotop_failures_total{operation=\"group-open\"} 2");
	assert_line(text, "vfiotop_failures_total{operation=\"map\"} 0");
	assert_line(text, "vfiotop_failures_total{operation=\"unknown\"} 5");
	free(text);
	metrics_free(m);
}

/* Two maps in flight are one sample, of the longer. */
static void test_in_flight(void **state)
{
	struct view *view = (struct view *)(uintptr_t)busy(*state);
	struct in_flight_view in_flight[] = {
		{ .operation = "map", .container = { 7, true }, .elapsed = { 3000000000, true } },
		{ .operation = "map", .container = { 7, true }, .elapsed = { 2000000000, true } },
		{ .operation = "unmap", .container = { 7, true }, .elapsed = { 1, true } },
	};
	struct metrics *m = metrics_new();
	char *text;

	view->in_flight = in_flight;
	view->n_in_flight = 3;
	text = render(m, view, METRICS_TEXT);
	assert_line(text, "vfiotop_container_in_flight_seconds{vfio_container=\"7\","
			  "operation=\"map\"} 3.000000000");
	assert_line(text, "vfiotop_container_in_flight_seconds{vfio_container=\"7\","
			  "operation=\"unmap\"} 0.000000001");
	assert_null(strstr(text, "} 2.000000000"));
	free(text);
	metrics_free(m);
}

/* How many lines begin so. */
static size_t count_lines(const char *text, const char *start)
{
	size_t n = 0;

	while (text) {
		n += !strncmp(text, start, strlen(start));
		text = strchr(text, '\n');
		text += !!text;
	}
	return n;
}

/* A page has an end, and says what it leaves out. */
static void test_cap(void **state)
{
	struct view *view = (struct view *)(uintptr_t)busy(*state);
	const size_t n = METRICS_ROWS_MAX + 3;
	struct container_view *containers = calloc(n, sizeof(*containers));
	struct metrics *m = metrics_new();
	char *text;

	assert_non_null(containers);
	text = render(m, view, METRICS_TEXT);
	assert_line(text, "vfiotop_rows_dropped 0");
	free(text);
	for (size_t i = 0; i < n; i++) {
		containers[i] = view->containers[0];
		containers[i].id.value = i;
	}
	view->containers = containers;
	view->n_containers = n;
	text = render(m, view, METRICS_TEXT);
	assert_line(text, "vfiotop_rows_dropped 3");
	assert_int_equal(count_lines(text, "vfiotop_container_info{"), METRICS_ROWS_MAX);
	assert_int_equal(count_lines(text, "vfiotop_container_pinned_bytes{"), METRICS_ROWS_MAX);
	assert_int_equal(count_lines(text, "vfiotop_container_map_duration_seconds_count{"),
			 METRICS_ROWS_MAX);
	assert_in_range(strlen(text), 1, 32 * MIB);
	free(text);
	metrics_free(m);
	free(containers);
}

/* Who uses a container is told once, for the other metrics to be joined with. */
static void test_users(void **state)
{
	static const char domain[] = "/machine/qemu-1-guest.libvirt-qemu/emulator";
	static const char pod[] = "/kubepods/besteffort/pod12345678-1234-1234-1234-123456789abc/7";
	struct fixture *f = *state;
	struct metrics *m = metrics_new();
	char *text;

	fixture_container(f, 1, 100);
	fixture_container(f, 2, 200);
	memcpy(f->containers[0].cgroup, domain, sizeof(domain));
	memcpy(f->containers[1].cgroup, pod, sizeof(pod));
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_int_equal(count_lines(text, "vfiotop_container_info{"), 2);
	assert_non_null(strstr(text, "\",domain=\"guest\""));
	assert_non_null(strstr(text, "\",pod_uid=\"12345678-1234-1234-1234-123456789abc\""));
	assert_int_equal(count_lines(text, "vfiotop_container_mappings{vfio_container=\"1\"} "), 1);
	free(text);
	metrics_free(m);
}

/* A container that is gone is gone, and what it did stays with the host. */
static void test_vanished(void **state)
{
	struct fixture *f = *state;
	struct metrics *m = metrics_new();
	char *text = render(m, busy(f), METRICS_TEXT);

	assert_int_equal(count_lines(text, "vfiotop_container_map_bytes_total{"), 1);
	free(text);
	memset(f->containers, 0, sizeof(f->containers));
	f->snapshot.n_containers = 0;
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_null(strstr(text, "vfio_container="));
	assert_line(text, "vfiotop_map_bytes_total 67108864");
	assert_line(text, "vfiotop_map_total 2");
	assert_line(text, "vfiotop_pinned_bytes 0");
	free(text);
	metrics_free(m);
}

/* What the kernel does not count of programs is left out; tables are full or not in any case. */
static void test_watch(void **state)
{
	struct fixture *f = *state;
	struct metrics *m = metrics_new();
	struct watch_snapshot *w = &f->snapshot.watch;
	char *text;

	*w = (struct watch_snapshot){ .known = true,
				      .containers = 3,
				      .groups = 2,
				      .groups_max = 256,
				      .in_flight_max = 1024 };
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_null(strstr(text, "vfiotop_watch_program"));
	assert_null(strstr(text, "vfiotop_watch_devices"));
	assert_null(strstr(text, "vfiotop_watch_attach_failures"));
	assert_line(text, "vfiotop_watch_containers 3");
	assert_line(text, "vfiotop_watch_groups 2");
	assert_line(text, "vfiotop_watch_groups_max 256");
	assert_line(text, "vfiotop_watch_in_flight 0");
	free(text);

	w->program_runs = 5;
	w->program_ns = 2000;
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_line(text, "vfiotop_watch_program_runs_total 5");
	assert_line(text, "vfiotop_watch_program_seconds_total 0.000002000");
	free(text);

	w->attach_known = true;
	w->attach_failures = 2;
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_line(text, "vfiotop_watch_attach_failures 2");
	free(text);

	/* Attached anew, programs begin at 0. */
	w->program_runs = 1;
	w->program_ns = 1000;
	text = render(m, fixture_tick(f), METRICS_TEXT);
	assert_line(text, "vfiotop_watch_program_runs_total 6");
	free(text);
	metrics_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_host, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_histogram, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_openmetrics, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_counters_never_fall, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_iommufd, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_is_left_out, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_labels_are_quoted, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_failures, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_in_flight, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_cap, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_users, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_vanished, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_watch, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
