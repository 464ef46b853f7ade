// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->snapshot.time_ns = FIXTURE_START_NS;
	f->snapshot.source = "tracepoints";
	f->snapshot.attach = "tp_btf";
	f->snapshot.knowledge = KNOWS_ALL;
	f->snapshot.census = true;
	f->snapshot.sizes = PAGE_SIZES_USUAL;
	f->snapshot.containers = f->containers;
	f->snapshot.in_flight = f->in_flight;
	f->snapshot.groups = f->groups;
	f->snapshot.devices = f->devices;
	f->snapshot.failures = f->failures;
	f->model = model_new(FIXTURE_START_NS, NULL);
	*state = f;
	return f->model ? 0 : -1;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	model_free(f->model);
	free(f);
	return 0;
}

struct vt_container *fixture_container(struct fixture *f, uint64_t id, uint32_t pid)
{
	struct container_snapshot *cs = &f->containers[f->snapshot.n_containers++];
	struct vt_container *c = &cs->stats;

	c->key = id;
	c->id = id;
	c->first_ns = FIXTURE_START_NS;
	c->opened_ns = FIXTURE_START_NS;
	c->opener_pid = pid;
	c->caller_pid = pid;
	c->mappings_limit = 65535;
	c->flags = VT_CONTAINER_OPEN_SEEN;
	snprintf(c->backend, sizeof(c->backend), "type1");
	snprintf(c->opener_comm, sizeof(c->opener_comm), "user");
	snprintf(cs->owner.comm, sizeof(cs->owner.comm), "user");
	cs->owner.known = true;
	cs->owner.alive = true;
	cs->owner_pid = pid;
	return c;
}

void fixture_request(struct vt_requests *q, uint64_t bytes, uint64_t ns)
{
	q->count++;
	q->bytes += bytes;
	q->asked += bytes;
	q->pages += bytes;
	q->ns_sum += ns;
	if (ns > q->ns_max)
		q->ns_max = ns;
	q->buckets[vt_hist_index(ns)]++;
}

const struct view *fixture_tick(struct fixture *f)
{
	const struct view *view;

	f->snapshot.time_ns += FIXTURE_SECOND_NS;
	f->snapshot.realtime_ns += FIXTURE_SECOND_NS;
	view = model_update(f->model, &f->snapshot, true);
	assert_non_null(view);
	f->snapshot.n_failures = 0;
	return view;
}

const struct leak_view *fixture_leak(const struct view *view, enum leak_kind kind)
{
	for (size_t i = 0; i < view->n_leaks; i++)
		if (view->leaks[i].kind == kind)
			return &view->leaks[i];
	return NULL;
}
