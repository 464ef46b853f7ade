// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "proc.h"

#define GROUPS	      "/sys/class/vfio"
#define DEVICES	      "/sys/class/vfio-dev"
#define CONTAINER     "/sys/class/misc/vfio"
#define IOMMUFD	      "/sys/class/misc/iommu"
#define GROUP_DEVICES "/sys/kernel/iommu_groups/%" PRIu32 "/devices"
#define DEVICE_FILE   "anon_inode:[vfio-device]"
#define CAP_IPC_LOCK  14
#define PF_KTHREAD    0x00200000

/* Inode of the initial user namespace, which the kernel fixes for all time. */
#define INITIAL_USER_NAMESPACE 0xeffffffdU

/* What a character device is, whatever its node is called, and wherever that is. */
struct node {
	dev_t number;
	enum {
		NODE_CONTAINER,
		NODE_GROUP,
		NODE_DEVICE,
		NODE_IOMMUFD,
	} kind;
	size_t group; /* place among the groups */
};

/* A look that goes on. */
struct scan_look {
	struct scan_rows rows;
	struct node *nodes; /* by number */
	size_t n_nodes;
	DIR *dir; /* of processes */
	uint64_t took_ns;
};

/* Room for one more row, zeroed; NULL when there is none. */
static void *add(struct scan_rows *r, void *rows, size_t *n, size_t size)
{
	char **array = rows;
	char *more = *array;

	/* Room for a power of two. */
	if (!(*n & (*n - 1)))
		more = realloc(*array, (*n ? *n * 2 : 1) * size);
	if (!more) {
		r->failed = true;
		return NULL;
	}
	*array = more;
	return memset(more + (*n)++ * size, 0, size);
}

static bool parse_number(const char *text, uint32_t *number)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	value = strtoull(text, &end, 10);
	*number = (uint32_t)value;
	return !*end && value <= UINT32_MAX;
}

/* The number of a group by its name: N, or noiommu-N. */
static bool parse_group(const char *name, uint32_t *id)
{
	static const char prefix[] = "noiommu-";

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	return parse_number(name, id);
}

/* --- Groups and their devices ------------------------------------------------------ */

static void add_node(struct scan_look *l, struct node node, const char *folder, const char *name)
{
	unsigned int major, minor;
	struct node *added;
	char text[32];

	if (file_read(text, sizeof(text), "%s/%s/dev", folder, name) <= 0 ||
	    sscanf(text, "%u:%u", &major, &minor) != 2)
		return;
	added = add(&l->rows, &l->nodes, &l->n_nodes, sizeof(*added));
	if (!added)
		return;
	*added = node;
	added->number = makedev(major, minor);
}

static void add_devices(struct scan_rows *r, uint32_t group)
{
	DIR *dir = folder_open(GROUP_DEVICES, group);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		struct device_snapshot *d;

		if (entry->d_name[0] == '.')
			continue;
		d = add(r, &r->devices, &r->n_devices, sizeof(*d));
		if (!d)
			break;
		d->stats.group = group;
		snprintf(d->key.name, sizeof(d->key.name), "%.*s", (int)sizeof(d->key.name) - 1,
			 entry->d_name);
	}
	closedir(dir);
}

static void look_for_groups(struct scan_look *l)
{
	struct scan_rows *r = &l->rows;
	DIR *dir = folder_open(GROUPS);
	struct dirent *entry;
	uint32_t id;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		struct group_snapshot *g;

		if (!parse_group(entry->d_name, &id))
			continue;
		g = add(r, &r->groups, &r->n_groups, sizeof(*g));
		if (!g)
			break;
		g->id = id;
		add_node(l, (struct node){ .kind = NODE_GROUP, .group = r->n_groups - 1 }, GROUPS,
			 entry->d_name);
		add_devices(r, id);
	}
	closedir(dir);
}

static void look_for_device_nodes(struct scan_look *l)
{
	DIR *dir = folder_open(DEVICES);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			add_node(l, (struct node){ .kind = NODE_DEVICE }, DEVICES, entry->d_name);
	closedir(dir);
}

static int compare_nodes(const void *a, const void *b)
{
	dev_t x = ((const struct node *)a)->number, y = ((const struct node *)b)->number;

	return (x > y) - (x < y);
}

static void look_for_nodes(struct scan_look *l)
{
	add_node(l, (struct node){ .kind = NODE_CONTAINER }, CONTAINER, ".");
	add_node(l, (struct node){ .kind = NODE_IOMMUFD }, IOMMUFD, ".");
	look_for_groups(l);
	look_for_device_nodes(l);
	if (l->n_nodes)
		qsort(l->nodes, l->n_nodes, sizeof(*l->nodes), compare_nodes);
}

/* --- Files ----------------------------------------------------------------------------- */

static bool is_symlink_of_open_file(int dir, const char *name)
{
	struct stat status;

	/* Of what was opened with O_PATH, neither is set. */
	return fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & 0600;
}

/* What the device file behind a link is, NULL when it is none of VFIO's. */
static const struct node *find_node(const struct scan_look *l, int dir, const char *name,
				    int *error)
{
	struct node *found, wanted = { 0 };
	struct statx status;

	/* As the kernel has it now: a server that does not answer must not stop the look. */
	if (statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &status)) {
		*error = errno == EACCES || errno == EPERM ? errno : *error;
		return NULL;
	}
	if (!S_ISCHR(status.stx_mode) || !l->n_nodes)
		return NULL;
	wanted.number = makedev(status.stx_rdev_major, status.stx_rdev_minor);
	found = bsearch(&wanted, l->nodes, l->n_nodes, sizeof(wanted), compare_nodes);
	return found && is_symlink_of_open_file(dir, name) ? found : NULL;
}

static void count_node(struct scan_look *l, struct process_snapshot *p, const struct node *node)
{
	struct group_snapshot *g;

	switch (node->kind) {
	case NODE_CONTAINER:
		p->containers++;
		break;
	case NODE_DEVICE:
		p->devices++;
		p->cdevs++;
		break;
	case NODE_IOMMUFD:
		p->iommufds++;
		break;
	case NODE_GROUP:
		p->groups++;
		g = &l->rows.groups[node->group];
		if (!g->stats.pid)
			g->stats.pid = p->pid;
		break;
	}
}

/* Counts an open file of @p, if it is a VFIO file. Returns an errno if that is not known. */
static int count_file(struct scan_look *l, struct process_snapshot *p, int dir, const char *name)
{
	const struct node *node;
	char target[64];
	ssize_t length;
	int error = 0;

	length = readlinkat(dir, name, target, sizeof(target) - 1);
	if (length < 0)
		return errno == ENOENT ? 0 : errno;
	target[length] = '\0';
	if (!strcmp(target, DEVICE_FILE)) {
		p->devices++;
		return 0;
	}
	/* Sockets, pipes and the like have no path. */
	if (target[0] != '/' && target[0] != '(')
		return 0;
	node = find_node(l, dir, name, &error);
	if (node)
		count_node(l, p, node);
	return error;
}

/* Counts the files in a folder. Returns 0, or the errno for which some were not examined. */
static int count_files(struct scan_look *l, struct process_snapshot *p, DIR *dir, bool *any)
{
	struct dirent *entry;
	int error = 0;

	if (!dir)
		return errno;
	while ((entry = readdir(dir))) {
		int now = 0;

		if (entry->d_name[0] == '.')
			continue;
		*any = true;
		now = count_file(l, p, dirfd(dir), entry->d_name);
		error = now ? now : error;
	}
	closedir(dir);
	return error;
}

/* The first thread has no files any more when it has ended; others may. */
static int count_files_of_threads(struct scan_look *l, struct process_snapshot *p)
{
	DIR *dir = folder_open("/proc/%" PRIu32 "/task", p->pid);
	struct dirent *entry;
	bool any = false;
	int error = 0;

	if (!dir)
		return errno;
	while (!any && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			error = count_files(
				l, p,
				folder_open("/proc/%" PRIu32 "/task/%s/fd", p->pid, entry->d_name),
				&any);
	closedir(dir);
	return error;
}

/* --- Processes ------------------------------------------------------------------------- */

/* Kernel threads and dead processes have no files; whatever may not be looked at may. */
static bool has_files(uint32_t pid)
{
	unsigned int flags = 0;
	char line[1024], state;
	const char *end;

	if (file_read(line, sizeof(line), "/proc/%" PRIu32 "/stat", pid) < 0)
		return errno != ENOENT && errno != ESRCH;
	end = strrchr(line, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return false;
	return state != 'X' && !(flags & PF_KTHREAD);
}

/* Whether capabilities of a process count with the kernel itself; false if that is unknown. */
static bool read_namespace(uint32_t pid, bool *initial)
{
	char path[FILE_PATH_SIZE];
	struct stat status;

	file_path(path, "/proc/%" PRIu32 "/ns/user", pid);
	if (stat(path, &status))
		return false;
	*initial = status.st_ino == INITIAL_USER_NAMESPACE;
	return true;
}

static bool read_locked(struct process_snapshot *p)
{
	const char *locked, *pinned, *capabilities;
	char text[4096];

	if (file_read(text, sizeof(text), "/proc/%" PRIu32 "/status", p->pid) <= 0)
		return false;
	locked = file_value(text, "\nVmLck:");
	if (!locked)
		return false;
	p->locked = strtoull(locked, NULL, 10) * 1024;
	pinned = file_value(text, "\nVmPin:");
	p->iommufd_known = pinned;
	p->pinned = pinned ? strtoull(pinned, NULL, 10) * 1024 : 0;
	capabilities = file_value(text, "\nCapEff:");
	if (!capabilities)
		return false;
	return !(strtoull(capabilities, NULL, 16) >> CAP_IPC_LOCK & 1) ||
	       read_namespace(p->pid, &p->ipc_lock);
}

static bool read_lock_limit(struct process_snapshot *p)
{
	const char *limit;
	char text[4096];

	if (file_read(text, sizeof(text), "/proc/%" PRIu32 "/limits", p->pid) <= 0)
		return false;
	limit = file_value(text, "\nMax locked memory");
	if (!limit)
		return false;
	limit += strspn(limit, " ");
	p->locked_limit = *limit >= '0' && *limit <= '9' ? strtoull(limit, NULL, 10) : ~0ULL;
	return true;
}

static void look_at_process(struct scan_look *l, uint32_t pid)
{
	struct process_snapshot found = { .pid = pid }, *p;
	struct scan_rows *r = &l->rows;
	bool any = false;
	int error;

	error = count_files(l, &found, folder_open("/proc/%" PRIu32 "/fd", pid), &any);
	if (!error && !any)
		error = count_files_of_threads(l, &found);
	if (error && error != ENOENT && error != ESRCH && has_files(pid))
		r->unseen++;
	if (!found.containers && !found.groups && !found.devices && !found.iommufds)
		return;
	p = add(r, &r->processes, &r->n_processes, sizeof(*p));
	if (!p)
		return;
	*p = found;
	p->locks_known = read_locked(p) && read_lock_limit(p);
}

/* --- The look ---------------------------------------------------------------------------- */

static struct scan_look *look_begin(void)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	struct scan_look *l = calloc(1, sizeof(*l));
	char first[FILE_PATH_SIZE];

	if (!l)
		return NULL;
	look_for_nodes(l);
	l->dir = folder_open("/proc");
	file_path(first, "/proc/1");
	/* Where /proc hides processes, their number is unknown. */
	l->rows.unseen_known = l->dir && proc_usable() && access(first, F_OK) == 0;
	l->took_ns = clock_ns(CLOCK_MONOTONIC) - start;
	return l;
}

/* Looks at one more process. Returns false after the last one. */
static bool look_on(struct scan_look *l)
{
	struct dirent *entry = l->dir ? readdir(l->dir) : NULL;
	uint32_t pid;

	if (entry && parse_number(entry->d_name, &pid))
		look_at_process(l, pid);
	return entry;
}

static void free_rows(struct scan_rows *r)
{
	free(r->groups);
	free(r->devices);
	free(r->processes);
	*r = (struct scan_rows){ 0 };
}

static void look_end(struct scan_look *l)
{
	if (l->dir)
		closedir(l->dir);
	free(l->nodes);
	free_rows(&l->rows);
	free(l);
}

static void complete(struct scan *s)
{
	free_rows(&s->rows);
	s->rows = s->look->rows;
	s->look->rows = (struct scan_rows){ 0 };
	s->complete = true;
	s->pace.took_ns = s->look->took_ns;
	s->pace.ended_ns = clock_ns(CLOCK_MONOTONIC);
	look_end(s->look);
	s->look = NULL;
}

bool scan_continue(struct scan *s, uint64_t ns)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC), now = start;
	bool more = s->look;

	if (!more)
		return false;
	do {
		more = look_on(s->look);
		now = clock_ns(CLOCK_MONOTONIC);
	} while (more && now - start < ns);
	s->look->took_ns += now - start;
	if (!more)
		complete(s);
	return more;
}

void scan_hurry(struct scan *s)
{
	/* One that goes on may have passed what was opened since. */
	if (s->look)
		look_end(s->look);
	s->look = NULL;
	pace_hurry(&s->pace);
	s->steps = SCAN_HURRIED_STEPS;
}

void scan_look(struct scan *s, uint64_t ns)
{
	unsigned int steps = s->steps;

	s->steps = 0;
	if (!s->look && pace_allows(&s->pace, clock_ns(CLOCK_MONOTONIC)))
		s->look = look_begin();
	/* Without any rows there is nothing to show meanwhile. */
	while (scan_continue(s, ns) && (!s->complete || steps))
		steps -= steps > 0;
	if (!s->complete)
		s->rows.failed = true;
}

void scan_free(struct scan *s)
{
	if (s->look)
		look_end(s->look);
	free_rows(&s->rows);
	*s = (struct scan){ 0 };
}

/* --- Rows of a snapshot ------------------------------------------------------------------ */

void scan_read(struct scan *scan, struct processes *processes, struct pci_names *names,
	       struct snapshot *s)
{
	const struct scan_rows *r = &scan->rows;

	s->groups = r->groups;
	s->n_groups = r->n_groups;
	s->devices = r->devices;
	s->n_devices = r->n_devices;
	s->processes = r->processes;
	s->n_processes = r->n_processes;
	s->unseen_known = r->unseen_known;
	s->unseen = r->unseen;
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
