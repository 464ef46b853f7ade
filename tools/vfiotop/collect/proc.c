// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "proc.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "pages.h"

/* Inode of the initial PID namespace, which the kernel fixes for all time. */
#define INITIAL_PID_NAMESPACE 0xeffffffcU

/* Numbers of fields in /proc/PID/stat; the state is the third. */
#define STAT_THREADS	20
#define STAT_START_TIME 22
#define STAT_RSS	24

struct stat_line {
	const char *comm;
	char state;
	uint64_t threads;
	uint64_t start;
	uint64_t rss; /* pages */
};

/*
 * Splits "pid (comm) S ppid ..." from the last parenthesis, as a name may hold any
 * character. Returns false when the line has another shape.
 */
static bool parse_stat(char *line, struct stat_line *stat)
{
	char *open = strchr(line, '(');
	char *close = strrchr(line, ')');
	char *field;

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return false;
	*close = '\0';
	stat->comm = open + 1;
	stat->state = close[2];
	field = close + 2;
	for (int number = 3; number < STAT_RSS; number++) {
		if (number == STAT_THREADS)
			stat->threads = strtoull(field, NULL, 10);
		if (number == STAT_START_TIME)
			stat->start = strtoull(field, NULL, 10);
		field = strchr(field, ' ');
		if (!field)
			return false;
		field++;
	}
	stat->rss = strtoull(field, NULL, 10);
	return stat->start;
}

bool proc_usable(void)
{
	struct stat status;

	return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == INITIAL_PID_NAMESPACE;
}

/* Where /proc hides a process, the kernel says so of its number nevertheless. */
static bool is_gone(uint32_t pid)
{
	return pid > INT_MAX || (kill((pid_t)pid, 0) && errno == ESRCH);
}

bool proc_thread_is_gone(uint32_t pid, uint32_t tid)
{
	return is_gone(pid) || tid > INT_MAX ||
	       (tgkill((pid_t)pid, (pid_t)tid, 0) && errno == ESRCH);
}

void proc_read(uint32_t pid, uint64_t *started, struct process *process)
{
	struct stat_line now = { 0 };
	char line[1024];

	process->alive = process->zombie = false;
	process->rss = 0;
	if (file_read(line, sizeof(line), "/proc/%" PRIu32 "/stat", pid) <= 0 ||
	    !parse_stat(line, &now)) {
		process->known = is_gone(pid);
		return;
	}
	process->known = true;
	if (*started && *started != now.start)
		return;
	*started = now.start;
	/* The first thread may have ended before the others: that is no end of the process. */
	process->zombie = now.state == 'Z' && now.threads <= 1;
	process->alive = now.state != 'X' && !process->zombie;
	process->rss = now.rss * pages_sizes()->page;
	memset(process->comm, 0, sizeof(process->comm));
	memcpy(process->comm, now.comm, strnlen(now.comm, sizeof(process->comm) - 1));
}
