// SPDX-License-Identifier: GPL-2.0-only
/* Takes a file of another process, as if it had been passed on, and keeps it. */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workload.h"

static const char usage_text[] =
	"usage: heir --pid N --file NAME\n"
	"\n"
	"  --pid N        the process\n"
	"  --file NAME    what /proc/N/fd calls it, such as /dev/vfio/7 or\n"
	"                 anon_inode:[vfio-device]; its first file of this name\n"
	"\n"
	"Prints \"ready\" when it has the file, and closes it when stdin ends.\n";

/* The number of a file of a process, or -1. */
static int find(const char *pid, const char *name)
{
	char path[PATH_MAX], link[PATH_MAX];
	struct dirent *entry;
	int found = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		die(-errno, "cannot look into %s", path);
	while (found < 0 && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));

		if (length == (ssize_t)strlen(name) && !memcmp(link, name, (size_t)length))
			found = atoi(entry->d_name);
	}
	closedir(dir);
	return found;
}

int main(int argc, char **argv)
{
	const char *pid = NULL, *name = NULL;
	int process, file;
	const struct workload_option options[] = {
		{ .name = "pid", .text = &pid, .required = true },
		{ .name = "file", .text = &name, .required = true },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);
	workload_catch_signals();
	file = find(pid, name);
	if (file < 0)
		die(0, "process %s has no file %s", pid, name);
	process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
	if (process < 0)
		die(-errno, "cannot refer to process %s", pid);
	if (syscall(SYS_pidfd_getfd, process, file, 0) < 0)
		die(-errno, "cannot take file %d of process %s", file, pid);
	workload_hold();
	return 0;
}
