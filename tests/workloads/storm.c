// SPDX-License-Identifier: GPL-2.0-only
/* Uses VFIO in random ways, none of which leaks. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

static const char usage_text[] =
	"usage: storm --group N --device ADDRESS [--count N] [--seed N]\n"
	"\n"
	"Does N things (1000): maps and unmaps, also in children, of what is mapped and of what is\n"
	"not; with processes that fork, exec, pass the container on, exit, and are killed. One after\n"
	"the other has the container. At the end one line of JSON says how many there were of each.\n";

#define SLOTS	   64
#define SLOT_BYTES (8 * SZ_4K) /* each fork copies what is pinned */
#define LIFE	   64	       /* things that a process does at most */

enum thing {
	MAP,
	UNMAP,
	UNMAP_ALL,
	FORK,
	KILL,
	EXEC,
	PASS,
	THINGS,
};

static const char *const names[THINGS] = { "map",  "unmap", "unmap_all", "fork",
					   "kill", "exec",  "pass" };

/* Shared by all processes. */
struct shared {
	uint64_t left;
	uint64_t done[THINGS];
};

static struct shared *shared;
static char *memory;

static uint64_t below(uint64_t n)
{
	return (uint64_t)random() % n;
}

static bool count(enum thing thing)
{
	if (!shared->left)
		return false;
	shared->left--;
	shared->done[thing]++;
	return true;
}

/* Failures are part of it: ranges overlap, or are not mapped. */
static void map(int container)
{
	uint64_t slot = below(SLOTS), pages = 1 + below(SLOT_BYTES / SZ_4K);

	vu_map(container, memory + slot * SLOT_BYTES, WORKLOAD_IOVA + slot * SLOT_BYTES,
	       pages * SZ_4K, VU_RW);
}

static void unmap(int container)
{
	vu_unmap(container, WORKLOAD_IOVA + below(SLOTS) * SLOT_BYTES, SLOT_BYTES);
}

/* The same program is cheap to start, being static, and ends at once under this name. */
static const char nothing[] = "nothing";

static void exec_nothing(void)
{
	execl("/proc/self/exe", nothing, NULL);
}

static void await(pid_t pid)
{
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void some_things(int container, uint64_t n)
{
	while (n--) {
		if (below(3)) {
			if (count(MAP))
				map(container);
		} else if (count(UNMAP)) {
			unmap(container);
		}
	}
}

/* A child that has the container, too: it ends by itself, or is killed at any moment. */
static void in_child(int container, enum thing thing)
{
	uint64_t n = below(8);
	pid_t pid = fork();

	if (!pid) {
		some_things(container, n);
		if (thing == EXEC)
			exec_nothing();
		if (thing == KILL)
			raise(SIGKILL);
		_exit(0);
	}
	if (thing == KILL && pid > 0)
		kill(pid, SIGKILL);
	await(pid);
}

/* A process that gets the container through a socket. */
static void pass(int container)
{
	int ends[2], passed;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return;
	pid = fork();
	if (!pid) {
		close(container);
		close(ends[0]);
		passed = vu_receive_fd(ends[1]);
		if (passed >= 0)
			some_things(passed, below(8));
		_exit(0);
	}
	if (pid > 0 && below(4))
		vu_send_fds(ends[0], &container, 1);
	close(ends[0]);
	close(ends[1]);
	await(pid);
}

/* The life of a process that has opened the container. */
static _Noreturn void live(const char *group, const char *device)
{
	uint64_t things = 1 + below(LIFE);
	struct vu u;

	workload_open(&u, group, device);
	while (things-- && shared->left) {
		uint64_t dice = below(32);

		if (dice < 24)
			some_things(u.container, 1);
		else if (dice == 24 && count(UNMAP_ALL))
			vu_unmap_all(u.container);
		else if (dice < 27 && count(FORK))
			in_child(u.container, FORK);
		else if (dice < 28 && count(KILL))
			in_child(u.container, KILL);
		else if (dice < 29 && count(EXEC))
			in_child(u.container, EXEC);
		else if (dice < 31 && count(PASS))
			pass(u.container);
	}
	if (!below(3))
		raise(SIGKILL);
	if (!below(2))
		exec_nothing();
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL;
	uint64_t things = 1000, seed = 1, lives = 0;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "count", .number = &things, .max = UINT32_MAX },
		{ .name = "seed", .number = &seed, .max = UINT32_MAX },
		{ 0 },
	};

	if (!strcmp(argv[0], nothing))
		return 0;
	workload_options(argc, argv, usage_text, options);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	memory = mmap(NULL, SLOTS * SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED || memory == MAP_FAILED)
		die(-errno, "no memory");
	shared->left = things;
	while (shared->left) {
		pid_t pid;
		int status;

		/* Each process has a seed of its own: one that did nothing is not had again. */
		srandom((unsigned int)(seed * 1000003 + lives++));
		pid = fork();
		if (!pid)
			live(group, device);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			die(-errno, "cannot have a process");
		if (WIFEXITED(status) && WEXITSTATUS(status))
			die(0, "a process failed");
	}
	putchar('{');
	for (int i = 0; i < THINGS; i++)
		printf("%s\"%s\": %" PRIu64, i ? ", " : "", names[i], shared->done[i]);
	puts("}");
	return 0;
}
