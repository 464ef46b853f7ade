// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing that somebody else chose reaches a terminal or a parser as it is.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "render/metrics.h"
#include "render/render.h"

/* Escape sequences, a C1 control byte, no UTF-8, a line of its own; without an end. */
static const char hostile[] = "\x1b[2J\xff\x9b\x07\nid\x7f\xc3";

#define FILL(text) fill(text, sizeof(text))

static void fill(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		text[i] = hostile[i % (sizeof(hostile) - 1)];
}

static void fill_failure(struct vt_failure *f, uint32_t operation)
{
	f->time_ns = 1;
	f->operation = operation;
	f->container = 1;
	f->pid = 100;
	FILL(f->comm);
	FILL(f->name);
}

static void fill_containers(struct fixture *f)
{
	struct vt_container *c = fixture_container(f, 1, 100);
	struct container_snapshot *cs = &f->containers[0];

	FILL(c->opener_comm);
	FILL(c->caller_comm);
	FILL(c->backend);
	c->unpinned_over = 1;
	fill_failure(&c->first_failure, VT_OP_MAP);
	FILL(cs->owner.comm);
	FILL(cs->cgroup);
	FILL(cs->holder_comm);
	cs->holders_known = true;
	cs->holder_pid = 7;
	cs->owner.alive = false;
}

static void fill_rest(struct fixture *f)
{
	static struct process_snapshot process = { .pid = 3, .process.known = true };
	struct device_snapshot *d = &f->devices[0];

	f->snapshot.n_groups = 1;
	f->groups[0].stats.container = 1;
	f->groups[0].stats.pid = 100;
	FILL(f->groups[0].stats.comm);
	FILL(f->groups[0].owner.comm);
	f->snapshot.n_devices = 1;
	d->stats.container = 1;
	d->stats.state = VT_STATE_OPEN;
	d->pci.known = true;
	FILL(d->key.name);
	FILL(d->stats.comm);
	FILL(d->owner.comm);
	FILL(d->pci.name);
	FILL(d->pci.driver);
	FILL(d->pci.cdev);
	f->snapshot.processes = &process;
	f->snapshot.n_processes = 1;
	FILL(process.process.comm);
	FILL(process.cgroup);
	f->snapshot.host = (struct host_snapshot){
		.known = true,
		.settled = true,
		.pinned = 1 << 20,
		.pinner_pid = 3,
		.pinner_bytes = 1 << 20,
	};
	FILL(f->snapshot.host.pinner_comm);
	f->snapshot.n_failures = 3;
	fill_failure(&f->failures[0], VT_OP_SET_IOMMU);
	fill_failure(&f->failures[1], VT_OP_DEVICE_OPEN);
	fill_failure(&f->failures[2], VT_OP_GROUP_OPEN);
}

/* An address space of iommufd has no backend of its own, but the same texts by others. */
static void fill_ioas(struct fixture *f)
{
	struct vt_container *c = fixture_container(f, 2, 101);
	struct container_snapshot *cs = &f->containers[1];

	c->flags |= VT_CONTAINER_IOAS;
	c->ioas = 1;
	c->context = 1;
	FILL(c->opener_comm);
	FILL(c->caller_comm);
	fill_failure(&c->first_failure, VT_OP_UNMAP);
	FILL(cs->owner.comm);
	FILL(cs->cgroup);
	FILL(cs->holder_comm);
	cs->holders_known = true;
	cs->holder_pid = 8;
}

static void assert_harmless(const char *text)
{
	for (; *text; text++)
		assert_true(*text >= ' ' && *text <= '~');
}

static void assert_metrics_harmless(const struct view *view)
{
	struct metrics *metrics = metrics_new();
	char *text, *line, *rest;

	assert_non_null(metrics);
	metrics_update(metrics, view);
	text = metrics_render(metrics, view, METRICS_OPENMETRICS);
	assert_non_null(text);
	for (rest = text; (line = strsep(&rest, "\n"));)
		assert_harmless(line);
	free(text);
	metrics_free(metrics);
}

static void text(void **state)
{
	char whole[] = "plain name", bytes[] = "a\x1b[2J\xc3\xa4", room[4] = { 'a', 'b', 'c', 'd' };

	(void)state;
	FILL(room);
	clean_text(whole, sizeof(whole));
	assert_string_equal(whole, "plain name");
	clean_text(bytes, sizeof(bytes));
	assert_string_equal(bytes, "a?[2J??");
	clean_text(room, sizeof(room));
	assert_string_equal(room, "?[2");
}

static void everything(void **state)
{
	struct fixture *f = *state;
	struct json_object *report;
	struct text lines = { 0 };
	const struct view *view;
	char *json;

	fill_containers(f);
	fill_ioas(f);
	fill_rest(f);
	f->snapshot.knowledge |= KNOWS_PROCESSES;
	clean_snapshot(&f->snapshot);
	fixture_tick(f);
	view = fixture_tick(f);
	assert_int_equal(view->n_devices, 1);
	assert_int_equal(view->n_processes, 1);
	assert_string_equal(view->containers[1].api, "iommufd");
	assert_int_equal(view->host.pinner_pid.value, 3);
	assert_int_not_equal(view->devices[0].cdev[0], '\0');
	assert_int_equal(view->n_failures, 3);
	assert_non_null(fixture_leak(view, LEAK_OVER_UNPIN));
	json = render_json(view);
	assert_harmless(json);
	report = json_tokener_parse(json);
	assert_non_null(report);
	json_object_put(report);
	free(json);
	render_text(view, &lines);
	for (size_t i = 0; i < lines.n; i++)
		assert_harmless(lines.lines[i].text);
	text_free(&lines);
	assert_metrics_harmless(view);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		TEST(everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
