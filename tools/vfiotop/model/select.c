// SPDX-License-Identifier: GPL-2.0-only
#include "select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "failures.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define PCI_DOMAIN  "0000:"

/* What may be asked for. */
enum {
	BY_PID = 1 << 0,
	BY_GROUP = 1 << 1,
	BY_CONTAINER = 1 << 2,
	BY_DEVICE = 1 << 3,
	BY_CGROUP = 1 << 4,
};

/*
 * What is known of a row: what it meets itself, and what it alone decides, whatever its
 * container meets.
 */
struct row {
	uint64_t container;
	unsigned int met;
	unsigned int decides;
};

/* --- What is asked for --------------------------------------------------------------- */

void select_ask(struct select *select, const struct selection *only)
{
	memset(select, 0, sizeof(*select));
	if (!only)
		return;
	select->only = *only;
	select->asked = (only->pid ? BY_PID : 0) | (only->by_group ? BY_GROUP : 0) |
			(only->container ? BY_CONTAINER : 0) | (only->device ? BY_DEVICE : 0) |
			(only->cgroup ? BY_CGROUP : 0);
}

static void append(char *text, size_t size, const char *what, const char *which)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s %s", length ? ", " : "", what, which);
}

void select_text(const struct select *select, char *text, size_t size)
{
	const struct selection *only = &select->only;
	char number[24];

	text[0] = '\0';
	snprintf(number, sizeof(number), "%" PRIu32, only->pid);
	if (select->asked & BY_PID)
		append(text, size, "process", number);
	snprintf(number, sizeof(number), "%" PRIu32, only->group);
	if (select->asked & BY_GROUP)
		append(text, size, "group", number);
	snprintf(number, sizeof(number), "%" PRIu64, only->container);
	if (select->asked & BY_CONTAINER)
		append(text, size, "container", number);
	if (select->asked & BY_DEVICE)
		append(text, size, "device", only->device);
	if (select->asked & BY_CGROUP)
		append(text, size, "cgroup", only->cgroup);
}

/* --- What meets it ------------------------------------------------------------------- */

static unsigned int bit_if(bool condition, unsigned int bit)
{
	return condition ? bit : 0;
}

static unsigned int pid_bit(const struct select *s, uint32_t pid)
{
	return bit_if(pid && pid == s->only.pid, BY_PID);
}

static bool is_device(const struct select *s, const char *name)
{
	const char *asked = s->only.device;

	return asked &&
	       (!strcasecmp(name, asked) || (!strncmp(name, PCI_DOMAIN, strlen(PCI_DOMAIN)) &&
					     !strcasecmp(name + strlen(PCI_DOMAIN), asked)));
}

/* A cgroup, or one above it; as /proc writes it, or as its folder is called. */
static bool is_cgroup(const struct select *s, const char *path)
{
	const char *asked = s->only.cgroup;
	size_t length;

	if (!asked || !path[0])
		return false;
	if (!strncmp(asked, CGROUP_ROOT, strlen(CGROUP_ROOT)))
		asked += strlen(CGROUP_ROOT);
	asked += strspn(asked, "/");
	path += strspn(path, "/");
	length = strlen(asked);
	while (length && asked[length - 1] == '/')
		length--;
	return !strncmp(path, asked, length) && (!length || !path[length] || path[length] == '/');
}

/* A process is in a cgroup when it is listed there, or uses a container that is. */
static unsigned int cgroup_bit(const struct select *s, uint32_t pid)
{
	const struct snapshot *snapshot = s->snapshot;

	if (!pid || !s->only.cgroup)
		return 0;
	for (size_t i = 0; i < snapshot->n_processes; i++)
		if (snapshot->processes[i].pid == pid)
			return bit_if(is_cgroup(s, snapshot->processes[i].cgroup), BY_CGROUP);
	for (size_t i = 0; i < snapshot->n_containers; i++)
		if (snapshot->containers[i].owner_pid == pid)
			return bit_if(is_cgroup(s, snapshot->containers[i].cgroup), BY_CGROUP);
	return 0;
}

static unsigned int process_bits(const struct select *s, uint32_t pid)
{
	return pid_bit(s, pid) | cgroup_bit(s, pid);
}

/* Also through the device: it may be in the group that is meant, or the other way round. */
static unsigned int group_bits(const struct select *s, uint32_t group)
{
	return bit_if(group == s->only.group, BY_GROUP) |
	       bit_if(s->device && s->device->stats.group == group, BY_DEVICE);
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = ((const struct selected_container *)a)->id;
	uint64_t y = ((const struct selected_container *)b)->id;

	return (x > y) - (x < y);
}

static unsigned int container_bits(const struct select *s, uint64_t id)
{
	const struct selected_container key = { .id = id };
	const struct selected_container *found = NULL;

	if (id)
		found = bsearch(&key, s->containers, s->n_containers, sizeof(key), compare_ids);
	return found ? found->met : 0;
}

static bool is_shown(const struct select *s, struct row row)
{
	unsigned int met =
		row.met | bit_if(row.container && row.container == s->only.container, BY_CONTAINER);

	met |= container_bits(s, row.container) & ~row.decides;
	return (met & s->asked) == s->asked;
}

/* Groups without a file of their own are known by their devices. */
static bool has_group(const struct select *s, uint64_t id)
{
	if (s->group)
		return s->group->stats.container == id;
	for (size_t i = 0; i < s->snapshot->n_devices; i++) {
		const struct vt_device *d = &s->snapshot->devices[i].stats;

		if (d->group == s->only.group && d->container == id)
			return true;
	}
	return false;
}

static unsigned int met_by(const struct select *s, const struct container_snapshot *cs)
{
	uint64_t id = cs->stats.id;

	return pid_bit(s, cs->owner_pid) | pid_bit(s, cs->stats.opener_pid) |
	       pid_bit(s, cs->holder_pid) | bit_if(id == s->only.container, BY_CONTAINER) |
	       bit_if(s->only.by_group && has_group(s, id), BY_GROUP) |
	       bit_if(s->device && s->device->stats.container == id, BY_DEVICE) |
	       bit_if(is_cgroup(s, cs->cgroup), BY_CGROUP);
}

void select_from(struct select *s, const struct snapshot *snapshot)
{
	s->snapshot = snapshot;
	s->n_containers = 0;
	s->device = NULL;
	s->group = NULL;
	if (!s->asked)
		return;
	for (size_t i = 0; i < snapshot->n_devices && !s->device; i++)
		if (is_device(s, snapshot->devices[i].key.name))
			s->device = &snapshot->devices[i];
	for (size_t i = 0; s->only.by_group && i < snapshot->n_groups && !s->group; i++)
		if (snapshot->groups[i].id == s->only.group)
			s->group = &snapshot->groups[i];
	for (size_t i = 0; i < snapshot->n_containers; i++) {
		const struct container_snapshot *cs = &snapshot->containers[i];

		s->containers[s->n_containers++] =
			(struct selected_container){ cs->stats.id, met_by(s, cs) };
	}
	qsort(s->containers, s->n_containers, sizeof(*s->containers), compare_ids);
}

/* --- Rows ---------------------------------------------------------------------------- */

bool select_container(const struct select *s, const struct container_snapshot *cs)
{
	return is_shown(s, (struct row){ .container = cs->stats.id });
}

bool select_in_flight(const struct select *s, const struct vt_in_flight *f)
{
	return is_shown(s,
			(struct row){ .container = f->container, .met = process_bits(s, f->pid) });
}

bool select_group(const struct select *s, const struct group_snapshot *gs)
{
	const struct vt_group *g = &gs->stats;

	return is_shown(s, (struct row){ .container = g->container,
					 .met = process_bits(s, g->pid) | group_bits(s, gs->id),
					 .decides = BY_GROUP | BY_DEVICE });
}

bool select_device(const struct select *s, const struct device_snapshot *ds)
{
	const struct vt_device *d = &ds->stats;

	return is_shown(s, (struct row){ .container = d->container,
					 .met = process_bits(s, d->pid) |
						bit_if(d->group == s->only.group, BY_GROUP) |
						bit_if(is_device(s, ds->key.name), BY_DEVICE),
					 .decides = BY_GROUP | BY_DEVICE });
}

/* Of what it has open only the group and the device are known. */
bool select_process(const struct select *s, const struct process_snapshot *p)
{
	return is_shown(
		s, (struct row){
			   .met = pid_bit(s, p->pid) | bit_if(is_cgroup(s, p->cgroup), BY_CGROUP) |
				  bit_if(s->group && s->group->stats.pid == p->pid, BY_GROUP) |
				  bit_if(s->device && s->device->stats.pid == p->pid, BY_DEVICE) });
}

bool select_failure(const struct select *s, const struct vt_failure *f)
{
	struct row row = {
		.container = f->container,
		.met = process_bits(s, f->pid) | process_bits(s, f->holder_pid),
	};

	/* Without a name it is about all devices of the group. */
	if (failure_is_about_group(f))
		row.met |= f->name[0] ? bit_if(f->group == s->only.group, BY_GROUP)
				      : group_bits(s, f->group);
	if (is_device(s, f->name))
		row.met |= BY_DEVICE;
	return is_shown(s, row);
}
