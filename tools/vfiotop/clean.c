// SPDX-License-Identifier: GPL-2.0-only
#include "clean.h"

void clean_text(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

#define CLEAN(text) clean_text(text, sizeof(text))

static void clean_failure(struct vt_failure *f)
{
	CLEAN(f->comm);
	CLEAN(f->name);
}

static void clean_container(struct container_snapshot *c)
{
	CLEAN(c->stats.opener_comm);
	CLEAN(c->stats.caller_comm);
	CLEAN(c->stats.backend);
	clean_failure(&c->stats.first_failure);
	CLEAN(c->owner.comm);
	CLEAN(c->cgroup);
	CLEAN(c->holder_comm);
}

static void clean_device(struct device_snapshot *d)
{
	CLEAN(d->key.name);
	CLEAN(d->stats.comm);
	CLEAN(d->owner.comm);
	CLEAN(d->pci.name);
	CLEAN(d->pci.driver);
	CLEAN(d->pci.cdev);
}

void clean_snapshot(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_containers; i++)
		clean_container(&s->containers[i]);
	for (size_t i = 0; i < s->n_groups; i++) {
		CLEAN(s->groups[i].stats.comm);
		CLEAN(s->groups[i].owner.comm);
	}
	for (size_t i = 0; i < s->n_devices; i++)
		clean_device(&s->devices[i]);
	for (size_t i = 0; i < s->n_processes; i++) {
		CLEAN(s->processes[i].process.comm);
		CLEAN(s->processes[i].cgroup);
	}
	for (size_t i = 0; i < s->n_failures; i++)
		clean_failure(&s->failures[i]);
	CLEAN(s->host.pinner_comm);
}
