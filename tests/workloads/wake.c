// SPDX-License-Identifier: GPL-2.0-only
/* Wakes another process as a lost interrupt would have: signals each eventfd that it has. */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "workload.h"

static const char usage_text[] =
	"usage: wake --pid PID\n"
	"\n"
	"Adds one to every eventfd of the process. Fails if it has none.\n";

/* Signals the descriptor if it is an eventfd; returns whether it is. */
static bool signal_eventfd(int process, DIR *fds, const char *fd)
{
	static const char eventfd[] = "anon_inode:[eventfd]";
	char target[sizeof(eventfd)];
	uint64_t one = 1;
	bool signalled;
	ssize_t length;
	int copy;

	length = readlinkat(dirfd(fds), fd, target, sizeof(target));
	if (length != sizeof(eventfd) - 1 || memcmp(target, eventfd, length))
		return false;
	copy = pidfd_getfd(process, atoi(fd), 0);
	if (copy < 0)
		return false;
	signalled = write(copy, &one, sizeof(one)) == sizeof(one);
	close(copy);
	return signalled;
}

int main(int argc, char **argv)
{
	uint64_t pid = 0;
	const struct workload_option options[] = {
		{ .name = "pid", .number = &pid, .max = INT32_MAX, .required = true },
		{ 0 },
	};
	struct dirent *entry;
	int process, signalled = 0;
	char dir[32];
	DIR *fds;

	workload_options(argc, argv, usage_text, options);
	snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)pid);
	process = pidfd_open(pid, 0);
	fds = opendir(dir);
	if (process < 0 || !fds)
		die(-errno, "no process %d", (int)pid);
	while ((entry = readdir(fds)))
		signalled += signal_eventfd(process, fds, entry->d_name);
	closedir(fds);
	if (!signalled)
		die(0, "process %d has no eventfd", (int)pid);
	return 0;
}
