// SPDX-License-Identifier: GPL-2.0-only
#include "processes.h"

#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "proc.h"

#define BUCKETS 1024 /* a power of two */

/*
 * A process. Its start time, from /proc, is kept from one snapshot to the next as long as
 * something refers to it, so that a number used again is not taken for it.
 */
struct known {
	struct known *next;
	uint32_t pid;
	bool current; /* read for this snapshot */
	bool cgroup_current;
	uint64_t started;
	struct process process;
	char cgroup[CGROUP_PATH_SIZE];
};

struct processes {
	bool usable;
	bool failed;
	struct known *buckets[BUCKETS];
};

struct processes *processes_new(bool usable)
{
	struct processes *p = calloc(1, sizeof(*p));

	if (p)
		p->usable = usable;
	return p;
}

void processes_free(struct processes *p)
{
	if (!p)
		return;
	/* The second time nothing is current. */
	processes_next(p);
	processes_next(p);
	free(p);
}

bool processes_usable(const struct processes *p)
{
	return p->usable;
}

static struct known *find(const struct processes *p, uint32_t pid)
{
	struct known *k = p->buckets[pid % BUCKETS];

	while (k && k->pid != pid)
		k = k->next;
	return k;
}

static struct known *add(struct processes *p, uint32_t pid)
{
	struct known **bucket = &p->buckets[pid % BUCKETS];
	struct known *k = calloc(1, sizeof(*k));

	if (!k) {
		p->failed = true;
		return NULL;
	}
	k->pid = pid;
	k->next = *bucket;
	*bucket = k;
	proc_read(pid, &k->started, &k->process);
	k->current = true;
	return k;
}

static void refresh(struct known *k)
{
	/* It had ended when it was first looked at: nothing with this number can be it later. */
	if (k->started || !k->process.known)
		proc_read(k->pid, &k->started, &k->process);
	k->current = true;
	k->cgroup_current = false;
}

struct process processes_find(struct processes *p, uint32_t pid, const char comm[VT_COMM_LEN])
{
	struct process process = { 0 };
	struct known *k;

	memcpy(process.comm, comm, sizeof(process.comm));
	if (!pid || !p->usable)
		return process;
	k = find(p, pid);
	if (!k)
		k = add(p, pid);
	else if (!k->current)
		refresh(k);
	if (!k)
		return process;
	process.known = k->process.known;
	process.alive = k->process.alive;
	process.zombie = k->process.zombie;
	process.rss = k->process.rss;
	if (process.alive)
		memcpy(process.comm, k->process.comm, sizeof(process.comm));
	return process;
}

void processes_cgroup(struct processes *p, uint32_t pid, char path[CGROUP_PATH_SIZE])
{
	struct known *k = find(p, pid);

	path[0] = '\0';
	if (!k)
		return;
	if (k->process.alive && !k->cgroup_current)
		cgroup_read(pid, k->cgroup);
	k->cgroup_current = true;
	memcpy(path, k->cgroup, sizeof(k->cgroup));
}

bool processes_next(struct processes *p)
{
	bool complete = !p->failed;

	for (size_t i = 0; i < BUCKETS; i++) {
		struct known **link = &p->buckets[i];

		while (*link) {
			struct known *k = *link;

			if (k->current) {
				k->current = false;
				link = &k->next;
			} else {
				*link = k->next;
				free(k);
			}
		}
	}
	p->failed = false;
	return complete;
}
