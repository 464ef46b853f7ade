// SPDX-License-Identifier: GPL-2.0-only
#include "holders.h"

#include <string.h>

/* Whether an open file belongs to @row. */
typedef bool (*belongs_fn)(const struct vt_holder *holder, const void *row);

static bool of_container(const struct vt_holder *holder, const void *row)
{
	const struct container_snapshot *c = row;

	return holder->container == c->stats.id;
}

static bool of_group(const struct vt_holder *holder, const void *row)
{
	const struct group_snapshot *g = row;

	return holder->group == g->id && !holder->device[0];
}

static bool of_device(const struct vt_holder *holder, const void *row)
{
	const struct device_snapshot *d = row;

	return holder->device[0] && !strncmp(holder->device, d->key.name, sizeof(holder->device));
}

/* A process that has a file of @row open, @preferred if possible; NULL when none has. */
static const struct vt_holder *find(const struct holders *holders, belongs_fn belongs,
				    const void *row, uint32_t preferred)
{
	const struct vt_holder *found = NULL;

	for (size_t i = 0; i < holders->n; i++) {
		const struct vt_holder *h = &holders->all[i];

		if (belongs(h, row) && (!found || h->pid == preferred))
			found = h;
	}
	return found;
}

/* Counts processes, not files: the files of a process follow each other. */
static uint32_t count(const struct holders *holders, belongs_fn belongs, const void *row)
{
	uint32_t processes = 0, last = 0;

	for (size_t i = 0; i < holders->n; i++) {
		const struct vt_holder *h = &holders->all[i];

		if (!belongs(h, row) || h->pid == last)
			continue;
		last = h->pid;
		processes++;
	}
	return processes;
}

void holders_of_container(const struct holders *holders, struct container_snapshot *c)
{
	const struct vt_holder *holder = find(holders, of_container, c, c->owner_pid);

	c->holders_known = holders->known;
	c->holders = count(holders, of_container, c);
	c->holder_pid = holder ? holder->pid : 0;
	memset(c->holder_comm, 0, sizeof(c->holder_comm));
	if (holder)
		memcpy(c->holder_comm, holder->comm, sizeof(c->holder_comm));
	if (!c->owner_pid)
		c->owner_pid = c->holder_pid;
}

static void correct(const struct vt_holder *holder, uint32_t *pid, char comm[VT_COMM_LEN])
{
	if (!holder || holder->pid == *pid)
		return;
	*pid = holder->pid;
	memcpy(comm, holder->comm, VT_COMM_LEN);
}

void holders_of_group(const struct holders *holders, struct group_snapshot *g)
{
	if (g->stats.state != VT_STATE_CLOSED)
		correct(find(holders, of_group, g, g->stats.pid), &g->stats.pid, g->stats.comm);
}

void holders_of_device(const struct holders *holders, struct device_snapshot *d)
{
	if (d->stats.state != VT_STATE_CLOSED)
		correct(find(holders, of_device, d, d->stats.pid), &d->stats.pid, d->stats.comm);
}
