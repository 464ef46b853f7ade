// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is shown of a snapshot when only a part is asked for.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define ASK(...) ask(f, (struct selection){ __VA_ARGS__ })

static void add_device(struct fixture *f, const char *name, uint64_t container, uint32_t group,
		       uint32_t pid)
{
	struct device_snapshot *d = &f->devices[f->snapshot.n_devices++];

	snprintf(d->key.name, sizeof(d->key.name), "%s", name);
	d->stats.container = container;
	d->stats.group = group;
	d->stats.pid = pid;
	d->stats.state = VT_STATE_OPEN;
}

static void add_group(struct fixture *f, uint32_t id, uint64_t container, uint32_t pid)
{
	struct group_snapshot *g = &f->groups[f->snapshot.n_groups++];

	g->id = id;
	g->stats.container = container;
	g->stats.pid = pid;
	g->stats.state = VT_STATE_OPEN;
}

/*
 * Two containers: 1 of process 101 with groups 11 and 12, and 2 of process 102 with group 21;
 * group 31 is open, but in none.
 */
static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state))
		return -1;
	f = *state;
	/* In the order of the table of the kernel, which is none. */
	fixture_container(f, 2, 102);
	fixture_container(f, 1, 101);
	snprintf(f->containers[0].cgroup, CGROUP_PATH_SIZE, "/machine.slice/two.scope");
	snprintf(f->containers[1].cgroup, CGROUP_PATH_SIZE, "/machine.slice/one.scope/emulator");
	add_group(f, 11, 1, 101);
	add_group(f, 12, 1, 101);
	add_group(f, 21, 2, 102);
	add_group(f, 31, 0, 103);
	add_device(f, "0000:01:00.0", 1, 11, 101);
	add_device(f, "0000:01:00.1", 1, 12, 101);
	add_device(f, "0000:0A:00.0", 2, 21, 102);
	f->in_flight[0] =
		(struct vt_in_flight){ .container = 1, .operation = VT_OP_MAP, .pid = 109 };
	f->in_flight[1] =
		(struct vt_in_flight){ .container = 2, .operation = VT_OP_MAP, .pid = 102 };
	f->snapshot.n_in_flight = 2;
	f->failures[0] = (struct vt_failure){
		.time_ns = 1, .operation = VT_OP_MAP, .container = 1, .pid = 101, .ret = -12
	};
	f->failures[1] = (struct vt_failure){ .time_ns = 2,
					      .operation = VT_OP_GROUP_OPEN,
					      .group = 21,
					      .holder_pid = 102,
					      .pid = 104,
					      .ret = -16 };
	f->snapshot.n_failures = 2;
	return 0;
}

static const struct view *ask(struct fixture *f, struct selection only)
{
	model_free(f->model);
	f->model = model_new(FIXTURE_START_NS, &only);
	f->snapshot.n_failures = 2;
	return fixture_tick(f);
}

#define assert_rows(view, containers, groups, devices, flights, failures) \
	do {                                                              \
		assert_int_equal((view)->n_containers, containers);       \
		assert_int_equal((view)->n_groups, groups);               \
		assert_int_equal((view)->n_devices, devices);             \
		assert_int_equal((view)->n_in_flight, flights);           \
		assert_int_equal((view)->n_failures, failures);           \
	} while (0)

static void all(void **state)
{
	struct fixture *f = *state;
	const struct view *view = ask(f, (struct selection){ 0 });

	assert_rows(view, 2, 4, 3, 2, 2);
	assert_string_equal(view->only, "");
}

static void by_pid(void **state)
{
	struct fixture *f = *state;
	const struct view *view = ASK(.pid = 101);

	assert_rows(view, 1, 2, 2, 1, 1);
	assert_known(view->containers[0].id, 1);
	assert_string_equal(view->only, "process 101");
	/* The one that is in the way of others, too. */
	assert_rows(ASK(.pid = 102), 1, 1, 1, 1, 1);
	assert_rows(ASK(.pid = 103), 0, 1, 0, 0, 0);
	assert_rows(ASK(.pid = 109), 0, 0, 0, 1, 0);
	assert_rows(ASK(.pid = 999), 0, 0, 0, 0, 0);
}

static void by_group(void **state)
{
	struct fixture *f = *state;
	const struct view *view = ASK(.by_group = true, .group = 12);

	assert_rows(view, 1, 1, 1, 1, 1);
	assert_known(view->containers[0].id, 1);
	assert_known(view->groups[0].id, 12);
	assert_string_equal(view->devices[0].address, "0000:01:00.1");
	view = ASK(.by_group = true, .group = 21);
	assert_rows(view, 1, 1, 1, 1, 1);
	assert_string_equal(view->failures[0].operation, "group-open");
	assert_rows(ASK(.by_group = true, .group = 31), 0, 1, 0, 0, 0);
	assert_rows(ASK(.by_group = true, .group = 0), 0, 0, 0, 0, 0);
}

static void by_container(void **state)
{
	struct fixture *f = *state;

	assert_rows(ASK(.container = 1), 1, 2, 2, 1, 1);
	assert_rows(ASK(.container = 2), 1, 1, 1, 1, 0);
	assert_rows(ASK(.container = 3), 0, 0, 0, 0, 0);
}

static void by_device(void **state)
{
	struct fixture *f = *state;
	const struct view *view = ASK(.device = "0000:01:00.0");

	assert_rows(view, 1, 1, 1, 1, 1);
	assert_known(view->groups[0].id, 11);
	assert_string_equal(view->devices[0].address, "0000:01:00.0");
	/* As lspci prints it; in any case. */
	assert_rows(ASK(.device = "01:00.0"), 1, 1, 1, 1, 1);
	assert_rows(ASK(.device = "0a:00.0"), 1, 1, 1, 1, 1);
	assert_rows(ASK(.device = "01:00"), 0, 0, 0, 0, 0);
}

static void by_cgroup(void **state)
{
	struct fixture *f = *state;

	assert_rows(ASK(.cgroup = "/machine.slice"), 2, 3, 3, 2, 2);
	assert_rows(ASK(.cgroup = "/machine.slice/"), 2, 3, 3, 2, 2);
	assert_rows(ASK(.cgroup = "machine.slice/one.scope"), 1, 2, 2, 1, 1);
	assert_rows(ASK(.cgroup = "/sys/fs/cgroup/machine.slice/two.scope"), 1, 1, 1, 1, 1);
	assert_rows(ASK(.cgroup = "/machine"), 0, 0, 0, 0, 0);
	assert_rows(ASK(.cgroup = "/"), 2, 3, 3, 2, 2);
}

static void by_several(void **state)
{
	struct fixture *f = *state;
	const struct view *view = ASK(.pid = 101, .by_group = true, .group = 11);

	assert_rows(view, 1, 1, 1, 1, 1);
	assert_string_equal(view->only, "process 101, group 11");
	assert_rows(ASK(.pid = 101, .by_group = true, .group = 21), 0, 0, 0, 0, 0);
	assert_rows(ASK(.container = 1, .device = "01:00.1"), 1, 1, 1, 1, 1);
	assert_rows(ASK(.container = 2, .device = "01:00.1"), 0, 0, 0, 0, 0);
}

/* A device of iommufd has no group that could be open. */
static void without_group_file(void **state)
{
	struct fixture *f = *state;

	f->snapshot.n_groups = 0;
	assert_rows(ASK(.by_group = true, .group = 21), 1, 0, 1, 1, 1);
	assert_rows(ASK(.device = "0a:00.0"), 1, 0, 1, 1, 1);
}

/* Where only processes are known, these are selected. */
static void processes(void **state)
{
	struct process_snapshot rows[2] = { { .pid = 102, .cgroup = "/machine.slice/two.scope" },
					    { .pid = 103, .cgroup = "/user.slice" } };
	struct fixture *f = *state;
	const struct view *view;

	f->snapshot.knowledge |= KNOWS_PROCESSES;
	f->snapshot.processes = rows;
	f->snapshot.n_processes = 2;
	view = ASK(.cgroup = "/user.slice");
	assert_int_equal(view->n_processes, 1);
	assert_known(view->processes[0].pid, 103);
	assert_int_equal(view->n_groups, 1);
	view = ASK(.by_group = true, .group = 21);
	assert_int_equal(view->n_processes, 1);
	assert_known(view->processes[0].pid, 102);
	view = ASK(.device = "0a:00.0");
	assert_int_equal(view->n_processes, 1);
	assert_int_equal(ASK(.pid = 103)->n_processes, 1);
	assert_int_equal(ASK(.pid = 104)->n_processes, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(by_pid, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(by_group, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(by_container, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(by_device, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(by_cgroup, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(by_several, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(without_group_file, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(processes, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
