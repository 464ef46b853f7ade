// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "holders.h"

#include <stdlib.h>
#include <string.h>

/* --- Orders --------------------------------------------------------------------------- */

static bool has_place(enum holders_order by, const struct vt_holder *h)
{
	switch (by) {
	case HOLDERS_BY_CONTAINER:
		return true;
	case HOLDERS_BY_GROUP:
		return !h->device[0];
	case HOLDERS_BY_DEVICE:
		return h->device[0];
	default:
		return h->context;
	}
}

static int compare(enum holders_order by, const struct vt_holder *a, const struct vt_holder *b)
{
	switch (by) {
	case HOLDERS_BY_CONTAINER:
		return (a->container > b->container) - (a->container < b->container);
	case HOLDERS_BY_GROUP:
		return (a->group > b->group) - (a->group < b->group);
	case HOLDERS_BY_DEVICE:
		return strncmp(a->device, b->device, sizeof(a->device));
	default:
		return (a->context > b->context) - (a->context < b->context);
	}
}

/* Files of the same thing stay as they were: those of a process follow each other. */
static int compare_places(const void *a, const void *b, void *by)
{
	const struct vt_holder *x = *(const struct vt_holder *const *)a;
	const struct vt_holder *y = *(const struct vt_holder *const *)b;
	int order = compare(*(enum holders_order *)by, x, y);

	return order ? order : (x > y) - (x < y);
}

static bool sort(struct holders_index *index, enum holders_order by, const struct vt_holder *all,
		 size_t n)
{
	index->at = calloc(n + 1, sizeof(*index->at));
	if (!index->at)
		return false;
	for (size_t i = 0; i < n; i++)
		if (has_place(by, &all[i]))
			index->at[index->n++] = &all[i];
	qsort_r(index->at, index->n, sizeof(*index->at), compare_places, &by);
	return true;
}

bool holders_sort(struct holders *holders, const struct vt_holder *all, size_t n)
{
	memset(holders, 0, sizeof(*holders));
	for (int by = 0; by < HOLDERS_ORDERS; by++) {
		if (!sort(&holders->by[by], (enum holders_order)by, all, n)) {
			holders_free(holders);
			return false;
		}
	}
	holders->known = true;
	return true;
}

void holders_free(struct holders *holders)
{
	for (int by = 0; by < HOLDERS_ORDERS; by++)
		free(holders->by[by].at);
	memset(holders, 0, sizeof(*holders));
}

/* The files of one thing, which follow each other; @n is how many. */
static const struct vt_holder **look_up(const struct holders *holders, enum holders_order by,
					const struct vt_holder *key, size_t *n)
{
	const struct holders_index *index = &holders->by[by];
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(by, index->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < index->n && !compare(by, index->at[low + *n], key);)
		++*n;
	return index->n ? index->at + low : NULL;
}

/* --- Of one thing --------------------------------------------------------------------- */

/* A process that has one of these files open, @preferred if possible; NULL when none has. */
static const struct vt_holder *choose(const struct vt_holder **files, size_t n, uint32_t preferred)
{
	for (size_t i = 0; i < n; i++)
		if (files[i]->pid == preferred)
			return files[i];
	return n ? files[0] : NULL;
}

/* Counts processes, not files. */
static uint32_t count(const struct vt_holder **files, size_t n)
{
	uint32_t processes = 0;

	for (size_t i = 0; i < n; i++)
		processes += !i || files[i]->pid != files[i - 1]->pid;
	return processes;
}

void holders_of_container(const struct holders *holders, struct container_snapshot *c)
{
	const struct vt_holder key = { .container = c->stats.id, .context = c->stats.context };
	const struct vt_holder **files, *holder;
	/* Whoever had what before it was opened says nothing. */
	bool looked = holders->known && holders->ns >= c->stats.opened_ns;
	size_t n;

	files = look_up(holders, key.context ? HOLDERS_BY_CONTEXT : HOLDERS_BY_CONTAINER, &key, &n);
	/* Nobody has what was released, whoever had it when that was looked for. */
	if (!looked || c->stats.released_ns)
		n = 0;
	holder = choose(files, n, c->owner_pid);
	c->holders_known = looked || (holders->known && c->stats.released_ns);
	c->holders_ns = holders->known ? holders->ns : 0;
	c->holders = count(files, n);
	c->holder_pid = holder ? holder->pid : 0;
	memset(c->holder_comm, 0, sizeof(c->holder_comm));
	if (holder)
		memcpy(c->holder_comm, holder->comm, sizeof(c->holder_comm));
	if (!c->owner_pid)
		c->owner_pid = c->holder_pid;
}

void holders_return_to_opener(const struct holders *holders, struct container_snapshot *c,
			      const struct process *opener)
{
	struct container_snapshot returned = *c;

	returned.owner_pid = c->stats.opener_pid;
	returned.owner = *opener;
	holders_of_container(holders, &returned);
	/* What was looked at before it opened the container says nothing. */
	if (!holders->known || holders->ns < c->stats.opened_ns ||
	    returned.holder_pid == returned.owner_pid)
		*c = returned;
}

static void correct(const struct holders *holders, enum holders_order by,
		    const struct vt_holder *key, uint64_t opened_ns, uint32_t *pid,
		    char comm[VT_COMM_LEN])
{
	const struct vt_holder **files, *holder;
	size_t n;

	/* Whoever had it before it was opened anew says nothing. */
	if (holders->ns < opened_ns)
		return;
	files = look_up(holders, by, key, &n);
	holder = choose(files, n, *pid);
	if (!holder || holder->pid == *pid)
		return;
	*pid = holder->pid;
	memcpy(comm, holder->comm, VT_COMM_LEN);
}

void holders_of_group(const struct holders *holders, struct group_snapshot *g)
{
	const struct vt_holder key = { .group = g->id };

	if (g->stats.state != VT_STATE_CLOSED)
		correct(holders, HOLDERS_BY_GROUP, &key, g->stats.opened_ns, &g->stats.pid,
			g->stats.comm);
}

void holders_of_device(const struct holders *holders, struct device_snapshot *d)
{
	struct vt_holder key = { 0 };

	memcpy(key.device, d->key.name, sizeof(key.device));
	if (d->stats.state != VT_STATE_CLOSED)
		correct(holders, HOLDERS_BY_DEVICE, &key, d->stats.opened_ns, &d->stats.pid,
			d->stats.comm);
}
