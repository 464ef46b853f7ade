// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that are looked up by number, with this program and its children.
 */
#include "fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/processes.h"

static const char name[VT_COMM_LEN] = "as seen";

static int setup(void **state)
{
	*state = processes_new(true);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	processes_free(*state);
	return 0;
}

static pid_t start_child(void)
{
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	assert_true(child > 0);
	return child;
}

static void stop_child(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void alive(void **state)
{
	struct process p = processes_find(*state, (uint32_t)getpid(), name);
	char cgroup[CGROUP_PATH_SIZE];

	assert_true(p.known);
	assert_true(p.alive);
	assert_true(p.rss >= (uint64_t)sysconf(_SC_PAGESIZE));
	assert_string_equal(p.comm, "processes.t");
	processes_cgroup(*state, (uint32_t)getpid(), cgroup);
	assert_true(!cgroup[0] || cgroup[0] == '/');
	assert_true(processes_next(*state));
}

/* Within a snapshot it stays as it was read first; the next one sees its end. */
static void read_once_per_snapshot(void **state)
{
	pid_t child = start_child();
	struct process p;

	assert_true(processes_find(*state, (uint32_t)child, name).alive);
	stop_child(child);
	assert_true(processes_find(*state, (uint32_t)child, name).alive);
	processes_next(*state);
	p = processes_find(*state, (uint32_t)child, name);
	assert_true(p.known);
	assert_false(p.alive);
	assert_string_equal(p.comm, "as seen");
}

/* Whatever gets its number: a process that had ended when it was looked up first is dead. */
static void dead_from_the_start(void **state)
{
	pid_t child = start_child();
	struct process p;

	stop_child(child);
	for (int i = 0; i < 3; i++) {
		p = processes_find(*state, (uint32_t)child, name);
		assert_true(p.known);
		assert_false(p.alive);
		processes_next(*state);
	}
}

/* Numbers that fall into the same bucket are different processes. */
static void many_at_once(void **state)
{
	uint32_t self = (uint32_t)getpid();

	for (uint32_t i = 1; i < 64; i++)
		processes_find(*state, self + (i << 20), name);
	assert_true(processes_find(*state, self, name).alive);
	assert_false(processes_find(*state, self + (1 << 20), name).alive);
	assert_true(processes_next(*state));
}

static void unknown(void **state)
{
	struct processes *blind = processes_new(false);
	struct process p;
	char cgroup[CGROUP_PATH_SIZE];

	assert_non_null(blind);
	p = processes_find(blind, (uint32_t)getpid(), name);
	assert_false(p.known);
	assert_string_equal(p.comm, "as seen");
	processes_cgroup(blind, (uint32_t)getpid(), cgroup);
	assert_string_equal(cgroup, "");
	processes_free(blind);
	assert_false(processes_find(*state, 0, name).known);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(alive),
		TEST(read_once_per_snapshot),
		TEST(dead_from_the_start),
		TEST(many_at_once),
		TEST(unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
