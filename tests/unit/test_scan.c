// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes have VFIO files, on folders that play the parts of /proc and /sys. The
 * files that are open are /dev/null and /dev/zero; there VFIO has their numbers.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/files.h"
#include "collect/proc.h"
#include "collect/scan.h"
#include "tree.h"

static int setup(void **state)
{
	(void)state;
	if (tree_make())
		return -1;
	tree_put("/sys/class/misc/vfio/dev", "1:5");
	tree_put("/sys/class/misc/iommu/dev", "1:7");
	tree_put("/sys/class/vfio-dev/vfio0/dev", "1:8");
	tree_put("/sys/class/vfio/7/dev", "1:3");
	tree_put("/sys/class/vfio/noiommu-8/dev", "1:999");
	tree_put_folder("/sys/kernel/iommu_groups/7/devices/0000:00:10.0");
	tree_put_folder("/proc/1/fd");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove();
}

static const struct process_snapshot *find(const struct scan *scan, uint32_t pid)
{
	for (size_t i = 0; i < scan->rows.n_processes; i++)
		if (scan->rows.processes[i].pid == pid)
			return &scan->rows.processes[i];
	return NULL;
}

/* This process and its children, as the real /proc has them. */
static void show(pid_t pid)
{
	char path[32], target[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	snprintf(target, sizeof(target), "/proc/%d", pid);
	tree_put_link(path, target);
}

/* Whatever the node is called. */
static void files_by_device_number(void **state)
{
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
	int again = open("/dev/zero", O_RDONLY), path = open("/dev/zero", O_PATH);
	const struct process_snapshot *p;
	struct scan scan = { 0 };

	(void)state;
	show(getpid());
	scan_look(&scan, 0);
	p = find(&scan, (uint32_t)getpid());
	assert_non_null(p);
	assert_true(p->groups >= 1);
	assert_int_equal(p->containers, 2);
	assert_int_equal(p->devices, 0);
	assert_true(p->locks_known);
	assert_int_equal(scan.rows.n_groups, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(scan.rows.groups[i].stats.pid,
				 scan.rows.groups[i].id == 7 ? getpid() : 0);
	assert_int_equal(scan.rows.n_devices, 1);
	assert_string_equal(scan.rows.devices[0].key.name, "0000:00:10.0");
	scan_free(&scan);
	close(null);
	close(zero);
	close(again);
	close(path);
}

/* Who uses iommufd has its context open, or a device by its own node. */
static void files_of_iommufd(void **state)
{
	int context = open("/dev/full", O_RDWR), device = open("/dev/random", O_RDONLY);
	const struct process_snapshot *p;
	struct scan scan = { 0 };

	(void)state;
	show(getpid());
	scan_look(&scan, 0);
	p = find(&scan, (uint32_t)getpid());
	assert_non_null(p);
	assert_true(p->iommufd_known);
	assert_int_equal(p->iommufds, 1);
	assert_int_equal(p->cdevs, 1);
	assert_int_equal(p->devices, 1);
	assert_int_equal(p->containers, 0);
	assert_int_equal(p->pinned, 0);
	scan_free(&scan);
	close(context);
	close(device);
}

static uint32_t containers_here(const struct scan *scan)
{
	const struct process_snapshot *p = find(scan, (uint32_t)getpid());

	return p ? p->containers : 0;
}

/* Looks rest, or go on in steps; whoever waits for one gets a whole one that begins now. */
static void hurried(void **state)
{
	struct scan scan = { 0 };
	int zero;

	(void)state;
	show(getpid());
	scan_look(&scan, 0);
	assert_int_equal(containers_here(&scan), 0);
	scan.pace.took_ns = 1000 * FIXTURE_SECOND_NS;
	zero = open("/dev/zero", O_RDONLY);
	scan_look(&scan, 0);
	assert_int_equal(containers_here(&scan), 0);
	scan_hurry(&scan);
	scan_look(&scan, 0);
	assert_int_equal(containers_here(&scan), 1);
	assert_null(scan.look);

	scan.pace.ended_ns = 0;
	scan_look(&scan, 0);
	assert_non_null(scan.look);
	close(zero);
	scan_hurry(&scan);
	scan_look(&scan, 0);
	assert_int_equal(containers_here(&scan), 0);
	assert_null(scan.look);
	scan_free(&scan);
}

/* A link's text is no proof: here it leads to a file that is no device. */
static void names_do_not_count(void **state)
{
	struct scan scan = { 0 };

	(void)state;
	tree_put("/dev/vfio/7", "");
	tree_put("/proc/9/stat", "9 (x) S 1 9 9 0 -1 4194560 0 0");
	tree_put_folder("/proc/9/fd");
	tree_put_link("/proc/9/fd/3", "/dev/vfio/7");
	tree_put_link("/proc/9/fd/4", "/dev/vfio/vfio");
	scan_look(&scan, 0);
	assert_null(find(&scan, 9));
	scan_free(&scan);
}

/* The process 9, which has CAP_IPC_LOCK and a group. */
static struct process_snapshot locker(void)
{
	struct process_snapshot locker = { 0 };
	struct scan scan = { 0 };

	scan_look(&scan, 0);
	if (find(&scan, 9))
		locker = *find(&scan, 9);
	scan_free(&scan);
	assert_int_equal(locker.pid, 9);
	assert_int_equal(locker.groups, 1);
	return locker;
}

/* CAP_IPC_LOCK lifts the limit where it is that of the initial user namespace. */
static void capability_of_a_namespace(void **state)
{
	struct stat own;

	(void)state;
	tree_put("/proc/9/stat", "9 (x) S 1 9 9 0 -1 4194560 0 0");
	tree_put("/proc/9/status", "Name:\tx\nVmLck:\t8 kB\nCapEff:\t0000000000004000\n");
	tree_put("/proc/9/limits", "Limit\nMax locked memory         65536  65536  bytes\n");
	tree_put_folder("/proc/9/fd");
	tree_put_link("/proc/9/fd/3", "/dev/null");
	assert_false(locker().locks_known);
	tree_put("/proc/9/ns/user", "another one");
	assert_true(locker().locks_known);
	assert_false(locker().ipc_lock);
	assert_int_equal(locker().locked_limit, 65536);
	/* Where the tests themselves are not in another one. */
	if (stat("/proc/self/ns/user", &own) || own.st_ino != 0xeffffffdU)
		return;
	tree_remove_file("/proc/9/ns/user");
	tree_put_link("/proc/9/ns/user", "/proc/self/ns/user");
	assert_true(locker().locks_known);
	assert_true(locker().ipc_lock);
}

static void *wait_for_end(void *unused)
{
	(void)unused;
	pause();
	return NULL;
}

/* A process whose first thread has ended. */
static pid_t start_headless(void)
{
	pid_t child;

	child = fork();
	if (!child) {
		pthread_t thread;

		if (open("/dev/zero", O_RDONLY) < 0 ||
		    pthread_create(&thread, NULL, wait_for_end, NULL))
			_exit(1);
		syscall(SYS_exit, 0);
	}
	assert_true(child > 0);
	return child;
}

static char state_of(pid_t pid)
{
	char line[512], *end;

	files_below("");
	assert_true(file_read(line, sizeof(line), "/proc/%d/stat", pid) > 0);
	tree_use();
	end = strrchr(line, ')');
	return end ? end[2] : '?';
}

/* Other threads live on, with all files. */
static void threads_outlive_the_first(void **state)
{
	const struct process_snapshot *p;
	struct process process = { 0 };
	pid_t child = start_headless();
	struct scan scan = { 0 };
	uint64_t started = 0;

	(void)state;
	while (state_of(child) != 'Z')
		sched_yield();
	show(child);
	scan_look(&scan, 0);
	p = find(&scan, (uint32_t)child);
	assert_non_null(p);
	assert_int_equal(p->containers, 1);
	scan_free(&scan);
	proc_read((uint32_t)child, &started, &process);
	assert_true(process.known);
	assert_true(process.alive);
	assert_int_equal(kill(child, SIGKILL), 0);
	/* All threads have ended, and nobody has waited for it yet. */
	assert_int_equal(waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT), 0);
	proc_read((uint32_t)child, &started, &process);
	assert_true(process.known);
	assert_false(process.alive);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* /proc does not show it, which says nothing; the kernel says that it exists. */
static void hidden_is_not_dead(void **state)
{
	struct process process = { 0 };
	uint64_t started = 0;
	pid_t child;

	(void)state;
	proc_read((uint32_t)getpid(), &started, &process);
	assert_false(process.known);
	assert_false(process.alive);
	assert_false(proc_thread_is_gone((uint32_t)getpid(), (uint32_t)getpid()));
	child = fork();
	if (!child)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	proc_read((uint32_t)child, &started, &process);
	assert_true(process.known);
	assert_false(process.alive);
	assert_true(proc_thread_is_gone((uint32_t)child, (uint32_t)child));
	assert_true(proc_thread_is_gone((uint32_t)getpid(), (uint32_t)child));
	assert_true(proc_thread_is_gone(~0U, ~0U));
}

static uint32_t containers_of_self(const struct scan *scan)
{
	const struct process_snapshot *p = find(scan, (uint32_t)getpid());

	return p ? p->containers : 0;
}

/* A later look goes on step by step, and what was found before stays meanwhile. */
static void a_look_in_steps(void **state)
{
	int zero = open("/dev/zero", O_RDONLY);
	struct scan scan = { 0 };
	int steps = 0;

	(void)state;
	show(getpid());
	scan_look(&scan, 0);
	assert_false(scan_continue(&scan, 0));
	assert_int_equal(containers_of_self(&scan), 1);
	close(zero);
	scan.pace = (struct pace){ 0 };
	scan_look(&scan, 0);
	assert_non_null(scan.look);
	assert_int_equal(containers_of_self(&scan), 1);
	while (scan_continue(&scan, 0))
		steps++;
	/* There are this process, 1, and two entries for the folder and the one above. */
	assert_int_equal(steps, 3);
	assert_null(scan.look);
	assert_int_equal(containers_of_self(&scan), 0);
	assert_false(scan_continue(&scan, 0));
	/* Too early for the next. */
	scan.pace.took_ns = 1000000000;
	scan_look(&scan, 0);
	assert_null(scan.look);
	scan_free(&scan);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_by_device_number),	 TEST(files_of_iommufd),
		TEST(names_do_not_count),	 TEST(capability_of_a_namespace),
		TEST(threads_outlive_the_first), TEST(hidden_is_not_dead),
		TEST(a_look_in_steps),		 TEST(hurried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
