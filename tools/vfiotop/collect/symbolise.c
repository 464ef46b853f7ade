// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "symbolise.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "privileges.h"
#include "proc.h"
#include "symbol.h"

#define FILE_SIZE     192
#define FUNCTION_SIZE 160

/* What files may cost: address space to map them, and memory. */
#define MAPPED_BYTES (4ULL << 30)
#define MEMORY_BYTES (256ULL << 20)

/* A part of a file that the process has mapped, as far as an address is in it. */
struct part {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the file, of @start */
	uint64_t inode;
	int fd; /* of the file, -1 when it is not to be had */
	char file[FILE_SIZE];
};

struct parts {
	struct part *all;
	size_t n;
};

/* --- What the process has mapped ----------------------------------------------------------- */

/* Whether the process is the one that made the request, not a later one with its number. */
static bool is_the_same(const struct symbolise_question *q)
{
	uint64_t before = q->before_ns + clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);
	struct process process = { 0 };
	uint64_t ticks = 0;

	proc_read(q->pid, &ticks, &process);
	return ticks && ticks * (1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK)) <= before;
}

static bool is_wanted(const struct symbolise_question *q, const struct part *part)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->addresses[i] >= part->start && q->addresses[i] < part->end)
			return true;
	return false;
}

/* There are no more parts than addresses. "start-end r-xp offset device inode   file" */
static bool read_parts(const struct symbolise_question *q, struct parts *parts)
{
	char path[64], *line = NULL;
	struct part part = { .fd = -1 };
	size_t room = 0;
	char flags[8];
	FILE *maps;
	int at;

	parts->all = calloc(q->n, sizeof(*parts->all));
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", q->pid);
	maps = fopen(path, "re");
	while (parts->all && maps && parts->n < q->n && getline(&line, &room, maps) > 0) {
		at = 0;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %" SCNu64 " %n",
			   &part.start, &part.end, flags, &part.offset, &part.inode, &at) < 5 ||
		    flags[2] != 'x' || !is_wanted(q, &part))
			continue;
		line[strcspn(line, "\n")] = '\0';
		/* A name that does not fit is of no use: it opens another file, if any. */
		if (snprintf(part.file, sizeof(part.file), "%s", at ? line + at : "") >=
		    (int)sizeof(part.file))
			part.inode = 0;
		parts->all[parts->n++] = part;
	}
	free(line);
	if (maps)
		fclose(maps);
	return parts->n;
}

static struct part *find_part(const struct parts *parts, uint64_t address)
{
	for (size_t i = 0; i < parts->n; i++)
		if (address >= parts->all[i].start && address < parts->all[i].end)
			return &parts->all[i];
	return NULL;
}

/*
 * The file as the process sees it, whatever links there are: in a container another one may
 * have the same name here. Nothing but a regular file is opened, and only the one that is
 * mapped.
 */
static int open_file(int root, const struct part *part)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	struct stat status;
	char path[64];
	int found, fd = -1;

	if (!part->inode || part->file[0] != '/')
		return -1;
	found = (int)syscall(SYS_openat2, root, part->file, &how, sizeof(how));
	if (found < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	if (!fstat(found, &status) && S_ISREG(status.st_mode) && status.st_ino == part->inode)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	close(found);
	return fd;
}

static void open_files(const struct symbolise_question *q, struct parts *parts)
{
	char path[64];
	int root;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root", q->pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; root >= 0 && i < parts->n; i++)
		parts->all[i].fd = open_file(root, &parts->all[i]);
	if (root >= 0)
		close(root);
}

/* --- Answers --------------------------------------------------------------------------------- */

static void answer(int fd, size_t index, const struct symbolise_answer *text)
{
	struct symbolise_answer a = *text;

	a.index = (uint32_t)index;
	if (write(fd, &a, sizeof(a)) != (ssize_t)sizeof(a))
		_exit(1);
}

static uint64_t offset_in_file(const struct part *part, uint64_t address)
{
	return address - part->start + part->offset;
}

static void answer_places(const struct symbolise_question *q, const struct parts *parts, int fd)
{
	for (size_t i = 0; i < q->n; i++) {
		const struct part *part = find_part(parts, q->addresses[i]);
		struct symbolise_answer a = { 0 };

		if (!part || !part->file[0])
			continue;
		snprintf(a.name, sizeof(a.name), "%s+0x%" PRIx64, part->file,
			 offset_in_file(part, q->addresses[i]));
		answer(fd, i, &a);
	}
}

static void answer_functions(const struct symbolise_question *q, const struct parts *parts,
			     const struct part *part, int fd)
{
	struct symbol_file *file = symbol_file_open(part->fd);

	for (size_t i = 0; file && i < q->n; i++) {
		struct symbolise_answer a = { 0 };
		const char *function;
		uint64_t behind;

		if (find_part(parts, q->addresses[i]) != part)
			continue;
		function = symbol_find(file, offset_in_file(part, q->addresses[i]), &behind);
		if (!function)
			continue;
		snprintf(a.name, sizeof(a.name), "%.*s+0x%" PRIx64 " (%s)", FUNCTION_SIZE, function,
			 behind, part->file);
		answer(fd, i, &a);
	}
	symbol_file_close(file);
}

/* --- The process ------------------------------------------------------------------------------ */

static bool limit(int resource, uint64_t bytes)
{
	const struct rlimit limit = { bytes, bytes };

	return setrlimit(resource, &limit) == 0;
}

/* Above what is there already. */
static bool limit_costs(void)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), mapped, data;
	FILE *statm = fopen("/proc/self/statm", "re");
	bool known = statm &&
		     fscanf(statm, "%" SCNu64 " %*s %*s %*s %*s %" SCNu64, &mapped, &data) == 2;

	if (statm)
		fclose(statm);
	return known && limit(RLIMIT_AS, mapped * page + MAPPED_BYTES) &&
	       limit(RLIMIT_DATA, data * page + MEMORY_BYTES) && limit(RLIMIT_FSIZE, 0) &&
	       limit(RLIMIT_CORE, 0);
}

/* Keeps nothing of its parent but the pipe. */
static int leave_parent(int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "vfiotop-symbols");
	clearenv();
	if (dup2(fd, STDIN_FILENO) < 0)
		_exit(1);
	close_range(STDIN_FILENO + 1, ~0U, 0);
	return STDIN_FILENO;
}

void symbolise(const struct symbolise_question *q, int fd)
{
	struct parts parts = { 0 };

	fd = leave_parent(fd);
	privileges_keep_watching(true, true);
	if (!read_parts(q, &parts) || !is_the_same(q))
		_exit(1);
	open_files(q, &parts);
	answer_places(q, &parts, fd);
	/* From here on it reads what others wrote. */
	if (!symbols_built_in() || !limit_costs() || !symbol_confine())
		_exit(0);
	for (size_t i = 0; i < parts.n; i++)
		if (parts.all[i].fd >= 0)
			answer_functions(q, &parts, &parts.all[i], fd);
	_exit(0);
}
