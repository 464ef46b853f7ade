// SPDX-License-Identifier: GPL-2.0-only
#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc.h"

#define GROUPS	      "/sys/class/vfio"
#define GROUP_DEVICES "/sys/kernel/iommu_groups/%" PRIu32 "/devices"
#define DEV	      "/dev/vfio/"
#define DEVICE_FILE   "anon_inode:[vfio-device]"
#define CAP_IPC_LOCK  14
#define PF_KTHREAD    0x00200000

/* Inode of the initial user namespace, which the kernel fixes for all time. */
#define INITIAL_USER_NAMESPACE 0xeffffffdU

/* Room for one more row, zeroed; NULL when there is none. */
static void *add(struct scan *s, void *rows, size_t *n, size_t size)
{
	char **array = rows;
	char *more = realloc(*array, (*n + 1) * size);

	if (!more) {
		s->failed = true;
		return NULL;
	}
	*array = more;
	return memset(more + (*n)++ * size, 0, size);
}

static bool parse_number(const char *text, uint32_t *number)
{
	int length = 0;

	return *text >= '0' && *text <= '9' &&
	       sscanf(text, "%" SCNu32 "%n", number, &length) == 1 &&
	       (!text[length] || text[length] == ' ');
}

/* The number of a group by the name of its file: N, or noiommu-N. */
static bool parse_group(const char *name, uint32_t *id)
{
	static const char prefix[] = "noiommu-";

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	return parse_number(name, id);
}

/* --- Groups and their devices ------------------------------------------------------ */

static struct group_snapshot *find_group(struct scan *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_groups; i++)
		if (s->groups[i].id == id)
			return &s->groups[i];
	return NULL;
}

static void add_group(struct scan *s, uint32_t id)
{
	struct group_snapshot *g = add(s, &s->groups, &s->n_groups, sizeof(*g));

	if (g)
		g->id = id;
}

static void add_devices(struct scan *s, uint32_t group)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), GROUP_DEVICES, group);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		struct device_snapshot *d;

		if (entry->d_name[0] == '.')
			continue;
		d = add(s, &s->devices, &s->n_devices, sizeof(*d));
		if (!d)
			break;
		d->stats.group = group;
		snprintf(d->key.name, sizeof(d->key.name), "%.*s", (int)sizeof(d->key.name) - 1,
			 entry->d_name);
	}
	closedir(dir);
}

static void look_for_groups(struct scan *s)
{
	DIR *dir = opendir(GROUPS);
	struct dirent *entry;
	uint32_t id;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (parse_group(entry->d_name, &id)) {
			add_group(s, id);
			add_devices(s, id);
		}
	closedir(dir);
}

/* --- Processes ----------------------------------------------------------------------- */

/* Kernel threads and dead processes have no files. */
static bool has_files(uint32_t pid)
{
	char line[512] = "", path[32], state = 'Z', *end;
	unsigned int flags = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return false;
	return state != 'Z' && state != 'X' && !(flags & PF_KTHREAD);
}

/* Whether capabilities of a process count with the kernel itself. */
static bool is_in_initial_namespace(uint32_t pid)
{
	struct stat status;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/ns/user", pid);
	return stat(path, &status) == 0 && status.st_ino == INITIAL_USER_NAMESPACE;
}

static bool read_locked(struct process_snapshot *p)
{
	uint64_t kib, capabilities = 0;
	char line[256], path[32];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", p->pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "VmLck: %" SCNu64, &kib) == 1) {
			p->locked = kib * 1024;
			found = true;
		}
		sscanf(line, "CapEff: %" SCNx64, &capabilities);
	}
	fclose(file);
	p->ipc_lock = capabilities >> CAP_IPC_LOCK & 1 && is_in_initial_namespace(p->pid);
	return found;
}

static bool read_lock_limit(struct process_snapshot *p)
{
	char line[256], word[24], path[32];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/limits", p->pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Max locked memory %23s", word) != 1)
			continue;
		found = true;
		if (sscanf(word, "%" SCNu64, &p->locked_limit) != 1)
			p->locked_limit = ~0ULL;
	}
	fclose(file);
	return found;
}

/* Counts an open file of @p, if it is a VFIO file. */
static void count_file(struct scan *s, struct process_snapshot *p, const char *target)
{
	const char *name = target + strlen(DEV);
	struct group_snapshot *g;
	uint32_t id;

	if (!strcmp(target, DEVICE_FILE)) {
		p->devices++;
		return;
	}
	if (strncmp(target, DEV, strlen(DEV)))
		return;
	if (!strcmp(name, "vfio")) {
		p->containers++;
	} else if (!strncmp(name, "devices/", strlen("devices/"))) {
		p->devices++;
	} else if (parse_group(name, &id)) {
		/* Any file may have such a name: only groups that exist count. */
		g = find_group(s, id);
		if (!g)
			return;
		p->groups++;
		if (!g->stats.pid)
			g->stats.pid = p->pid;
	}
}

/* Returns 0, or the errno for which the files could not be examined. */
static int count_files(struct scan *s, struct process_snapshot *p)
{
	struct dirent *entry;
	char path[32];
	int error = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", p->pid);
	dir = opendir(path);
	if (!dir)
		return errno;
	while ((entry = readdir(dir))) {
		char target[64];
		ssize_t length;

		if (entry->d_name[0] == '.')
			continue;
		length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (length < 0) {
			error = errno == ENOENT ? error : errno;
			continue;
		}
		target[length] = '\0';
		count_file(s, p, target);
	}
	closedir(dir);
	return error;
}

static void look_at_process(struct scan *s, uint32_t pid)
{
	struct process_snapshot found = { .pid = pid }, *p;
	int error = count_files(s, &found);

	if (error && error != ENOENT && error != ESRCH && has_files(pid))
		s->unseen++;
	if (!found.containers && !found.groups && !found.devices)
		return;
	p = add(s, &s->processes, &s->n_processes, sizeof(*p));
	if (!p)
		return;
	*p = found;
	p->locks_known = read_locked(p) && read_lock_limit(p);
}

static void look_for_processes(struct scan *s)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uint32_t pid;

	/* Where /proc hides processes, their number is unknown. */
	s->unseen_known = dir && proc_usable() && access("/proc/1", F_OK) == 0;
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (parse_number(entry->d_name, &pid))
			look_at_process(s, pid);
	closedir(dir);
}

void scan_look(struct scan *s)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);

	if (!pace_allows(&s->pace, start))
		return;
	scan_free(s);
	look_for_groups(s);
	look_for_processes(s);
	pace_note(&s->pace, start);
}

void scan_free(struct scan *s)
{
	free(s->groups);
	free(s->devices);
	free(s->processes);
	*s = (struct scan){ 0 };
}

/* --- Rows of a snapshot ------------------------------------------------------------------ */

void scan_read(struct scan *scan, struct processes *processes, struct pci_names *names,
	       struct snapshot *s)
{
	s->groups = scan->groups;
	s->n_groups = scan->n_groups;
	s->devices = scan->devices;
	s->n_devices = scan->n_devices;
	s->processes = scan->processes;
	s->n_processes = scan->n_processes;
	s->unseen_known = scan->unseen_known;
	s->unseen = scan->unseen;
	for (size_t i = 0; i < s->n_groups; i++) {
		struct group_snapshot *g = &s->groups[i];

		g->owner = processes_find(processes, g->stats.pid, g->stats.comm);
	}
	for (size_t i = 0; i < s->n_devices; i++)
		pci_read(names, s->devices[i].key.name, &s->devices[i].pci);
	for (size_t i = 0; i < s->n_processes; i++) {
		struct process_snapshot *p = &s->processes[i];

		p->process = processes_find(processes, p->pid, p->process.comm);
		processes_cgroup(processes, p->pid, p->cgroup);
	}
}
