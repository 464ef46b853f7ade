// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "leaks.h"

/* What is remembered of one container from one report to the next. */
struct history {
	uint64_t id;
	bool present;
	struct vt_container last;
	struct leak_history leaks;
};

struct model {
	uint64_t start_ns;
	uint64_t last_ns;
	uint32_t only_pid;
	struct history **histories;
	size_t n_histories;
	struct leak_view gone[MODEL_LEAKS]; /* leaks of containers that are gone */
	size_t n_gone;
	struct vt_failure ring[MODEL_FAILURES];
	uint64_t n_ring;	     /* failures ever put there */
	struct vt_container dropped; /* sums of containers that are gone */
	uint64_t n_dropped;
	const uint32_t *group_ids;
	const char **device_names;
	struct view view;
};

static struct figure known(uint64_t value)
{
	return (struct figure){ value, true };
}

static struct figure known_if(bool condition, uint64_t value)
{
	return condition ? known(value) : (struct figure){ 0 };
}

static struct figure pages_if(bool condition, int64_t pages)
{
	return known_if(condition && pages >= 0, (uint64_t)pages << VT_PAGE_SHIFT);
}

/* --- Latency -------------------------------------------------------------------- */

static struct figure rate(uint64_t now, uint64_t before, uint64_t interval_ns)
{
	if (!interval_ns || now < before)
		return (struct figure){ 0 };
	return known((uint64_t)((double)(now - before) * 1e12 / (double)interval_ns + 0.5));
}

static void view_requests(struct requests_view *v, const struct vt_requests *q,
			  const struct vt_requests *last, uint64_t interval_ns)
{
	bool sampled;

	v->count = known(q->count);
	v->errors = known(q->errors);
	v->bytes = known(q->bytes);
	v->per_second = rate(q->count, last->count, interval_ns);
	v->bytes_per_second = rate(q->bytes, last->bytes, interval_ns);
	v->bytes_per_second.value /= 1000;
	v->p50 = model_percentile(q, 50);
	v->p90 = model_percentile(q, 90);
	v->p99 = model_percentile(q, 99);
	sampled = v->p50.known;
	v->max = known_if(sampled, q->ns_max);
	/* Of no request at all the sum is 0, of requests without a latency unknown. */
	v->sum = known_if(sampled || !q->count, q->ns_sum);
}

/* --- History ----------------------------------------------------------------------- */

static struct history *find_history(struct model *m, uint64_t id)
{
	for (size_t i = 0; i < m->n_histories; i++)
		if (m->histories[i]->id == id)
			return m->histories[i];
	return NULL;
}

static struct history *get_history(struct model *m, uint64_t id)
{
	struct history *h = find_history(m, id);
	struct history **more;

	if (h)
		return h;
	more = realloc(m->histories, (m->n_histories + 1) * sizeof(*more));
	if (!more)
		return NULL;
	m->histories = more;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->id = id;
	m->histories[m->n_histories++] = h;
	return h;
}

static void add_requests(struct vt_requests *sum, const struct vt_requests *q)
{
	sum->count += q->count;
	sum->errors += q->errors;
	sum->bytes += q->bytes;
}

static void add_container(struct vt_container *sum, const struct vt_container *c)
{
	add_requests(&sum->map, &c->map);
	add_requests(&sum->unmap, &c->unmap);
	sum->teardown_bytes += c->teardown_bytes;
}

/* Containers that the collector reports no more go into the sums. */
static void drop_histories(struct model *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n_histories; i++) {
		struct history *h = m->histories[i];

		if (h->present) {
			h->present = false;
			m->histories[kept++] = h;
			continue;
		}
		add_container(&m->dropped, &h->last);
		m->n_dropped++;
		free(h);
	}
	m->n_histories = kept;
}

/* --- Containers ---------------------------------------------------------------------- */

static const struct container_snapshot *find_container(const struct snapshot *s, uint64_t id)
{
	for (size_t i = 0; i < s->n_containers; i++)
		if (s->containers[i].stats.id == id)
			return &s->containers[i];
	return NULL;
}

static bool in_flight(const struct snapshot *s, uint64_t id)
{
	for (size_t i = 0; i < s->n_flights; i++)
		if (s->flights[i].container == id)
			return true;
	return false;
}

static void name_of(char *to, size_t size, const char *from, size_t from_size)
{
	snprintf(to, size, "%.*s", (int)from_size, from);
	for (char *p = to; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static void view_pins(struct container_view *v, const struct vt_container *c)
{
	int64_t pinned = stats_pinned(c), mappings = stats_mappings(c);
	bool pins = stats_know_pins(c);

	v->mappings = known_if(pins && mappings >= 0, (uint64_t)mappings);
	v->mappings_limit = known_if(c->mappings_limit, c->mappings_limit);
	v->pinned = pages_if(pins, pinned);
	v->pinned_peak = pages_if(pins, pinned > c->pinned_peak ? pinned : c->pinned_peak);
	v->runs = known(c->runs);
	v->mean_run = known_if(c->runs, c->runs ? c->map.bytes / c->runs : 0);
	for (size_t i = 0; i < VFIO_LEAF_SIZES; i++)
		v->leaf_bytes[i] = known(c->leaf_bytes[i]);
	v->pin_ns = known(c->pin_ns);
	v->iommu_ns = known(c->iommu_ns);
	v->account_ns = known(c->account_ns);
	v->left_pinned = pages_if(c->released_ns, (int64_t)c->left_pinned);
}

static void view_accounting(struct container_view *v, const struct vt_container *c)
{
	bool accounted = c->flags & VT_CONTAINER_ACCOUNTED;
	bool from_start = c->flags & VT_CONTAINER_OPEN_SEEN;

	v->charged = pages_if(accounted && from_start, c->charged);
	v->locked = pages_if(accounted, (int64_t)c->locked);
	v->locked_unlimited = known_if(accounted, c->ipc_lock || c->locked_limit == ~0ULL);
	v->locked_limit =
		known_if(accounted && c->locked_limit != ~0ULL, c->locked_limit << VT_PAGE_SHIFT);
}

/* A base that the kernel side worked out, or 0 where the watch saw the opening. */
static void view_before(struct container_view *v, const struct vt_container *c)
{
	bool from_start = c->flags & VT_CONTAINER_OPEN_SEEN;
	bool known = from_start || c->flags & VT_CONTAINER_WALKED;

	v->before_watch = known_if(true, !from_start);
	v->before_mappings = known_if(known, c->before_mappings);
	v->before_bytes = known_if(known, c->before_bytes);
	v->before_pinned = pages_if(known, c->before_pinned);
}

static void view_holders(struct container_view *v, const struct container_snapshot *cs)
{
	v->holders = known_if(cs->holders_known, cs->holders);
	v->holder_pid = known_if(cs->holder_pid, cs->holder_pid);
	name_of(v->holder_comm, sizeof(v->holder_comm), cs->holder_comm, sizeof(cs->holder_comm));
	name_of(v->cgroup, sizeof(v->cgroup), cs->cgroup, sizeof(cs->cgroup));
	cgroup_parse(v->cgroup, &v->names);
}

static void view_container(struct container_view *v, const struct container_snapshot *cs,
			   const struct history *h, uint64_t interval_ns)
{
	const struct vt_container *c = &cs->stats;

	memset(v, 0, sizeof(*v));
	v->id = known(c->id);
	v->pid = known_if(cs->owner_pid, cs->owner_pid);
	v->owner_alive = known_if(cs->owner_pid && cs->owner.known, cs->owner.alive);
	v->opener_pid = known_if(c->opener_pid, c->opener_pid);
	v->opened_ns = known_if(c->opened_ns, c->opened_ns);
	v->released_ns = known_if(c->released_ns, c->released_ns);
	view_pins(v, c);
	view_accounting(v, c);
	view_before(v, c);
	view_holders(v, cs);
	v->unmap_differs = known(c->unmap_differs);
	v->teardowns = known(c->teardowns);
	v->teardown_mappings = known(c->teardown_mappings);
	v->teardown_bytes = known(c->teardown_bytes);
	v->teardown_ns = known(c->teardown_ns);
	name_of(v->comm, sizeof(v->comm), cs->owner.comm, sizeof(cs->owner.comm));
	name_of(v->opener_comm, sizeof(v->opener_comm), c->opener_comm, sizeof(c->opener_comm));
	name_of(v->backend, sizeof(v->backend), c->backend, sizeof(c->backend));
	view_requests(&v->map, &c->map, &h->last.map, interval_ns);
	view_requests(&v->unmap, &c->unmap, &h->last.unmap, interval_ns);
	v->first_failure = c->first_failure.time_ns ? &c->first_failure : NULL;
}

/* Gives a container its groups and devices, from arrays that all containers share. */
static void view_members(struct container_view *v, const struct snapshot *s, uint32_t *groups,
			 size_t *n_groups, const char **devices, size_t *n_devices)
{
	uint64_t id = v->id.value;

	v->groups = groups + *n_groups;
	v->devices = devices + *n_devices;
	for (size_t i = 0; i < s->n_groups; i++) {
		if (s->groups[i].stats.container != id)
			continue;
		groups[(*n_groups)++] = s->groups[i].id;
		v->n_groups++;
	}
	for (size_t i = 0; i < s->n_devices; i++) {
		const struct vt_device *d = &s->devices[i].stats;

		if (d->container != id || d->state != VT_STATE_OPEN ||
		    !(s->knowledge & KNOWS_DEVICE_CLOSES))
			continue;
		devices[(*n_devices)++] = s->devices[i].key.name;
		v->n_devices++;
	}
}

static int compare_containers(const void *a, const void *b)
{
	uint64_t x = ((const struct container_view *)a)->id.value;
	uint64_t y = ((const struct container_view *)b)->id.value;

	return (x > y) - (x < y);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool selected(const struct model *m, const struct container_snapshot *cs)
{
	return !m->only_pid || cs->owner_pid == m->only_pid || cs->stats.opener_pid == m->only_pid;
}

static void keep_gone(struct model *m, const struct leak_view *leak)
{
	if (m->n_gone == MODEL_LEAKS) {
		memmove(m->gone, m->gone + 1, sizeof(m->gone) - sizeof(m->gone[0]));
		m->n_gone--;
	}
	m->gone[m->n_gone++] = *leak;
}

/*
 * Leaks of the kernel outlive their container: the first report after the
 * release keeps them for good.
 */
static void view_leaks(struct model *m, struct history *h, const struct container_snapshot *cs,
		       const struct snapshot *s)
{
	struct leak_view leaks[LEAK_KINDS];
	size_t n = leaks_find(&h->leaks, cs, s->time_ns, s->knowledge, leaks);
	bool gone = cs->stats.released_ns;

	for (size_t i = 0; i < n; i++) {
		if (!gone)
			m->view.leaks[m->view.n_leaks++] = leaks[i];
		else if (!h->last.released_ns)
			keep_gone(m, &leaks[i]);
	}
}

static bool view_containers(struct model *m, const struct snapshot *s, bool tick)
{
	struct view *view = &m->view;
	size_t n_groups = 0, n_devices = 0;
	uint32_t *groups = calloc(s->n_groups + 1, sizeof(*groups));

	m->group_ids = groups;
	m->device_names = calloc(s->n_devices + 1, sizeof(*m->device_names));
	view->containers = calloc(s->n_containers + 1, sizeof(*view->containers));
	view->leaks = calloc(s->n_containers * LEAK_KINDS + MODEL_LEAKS, sizeof(*view->leaks));
	if (!groups || !m->device_names || !view->containers || !view->leaks)
		return false;
	for (size_t i = 0; i < s->n_containers; i++) {
		const struct container_snapshot *cs = &s->containers[i];
		struct history *h = get_history(m, cs->stats.id);
		struct container_view *v = &view->containers[view->n_containers];

		if (!h)
			return false;
		if (tick)
			leaks_tick(&h->leaks, cs, in_flight(s, cs->stats.id), s->knowledge);
		if (selected(m, cs)) {
			view_container(v, cs, h, view->interval_ns.value);
			view_members(v, s, groups, &n_groups, m->device_names, &n_devices);
			qsort(groups + n_groups - v->n_groups, v->n_groups, sizeof(*groups),
			      compare_numbers);
			qsort(m->device_names + n_devices - v->n_devices, v->n_devices,
			      sizeof(*m->device_names), compare_names);
			view_leaks(m, h, cs, s);
			view->n_containers++;
		}
		h->last = cs->stats;
		h->present = true;
	}
	drop_histories(m);
	qsort(view->containers, view->n_containers, sizeof(*view->containers), compare_containers);
	for (size_t i = 0; i < m->n_gone; i++)
		view->leaks[view->n_leaks++] = m->gone[i];
	return true;
}

static void view_totals(struct model *m, const struct snapshot *s)
{
	struct totals_view *t = &m->view.totals;
	struct vt_container sum = m->dropped;
	int64_t pinned = 0;
	bool pins = true;

	for (size_t i = 0; i < s->n_containers; i++) {
		add_container(&sum, &s->containers[i].stats);
		pinned += stats_pinned(&s->containers[i].stats);
		pins = pins && stats_know_pins(&s->containers[i].stats);
	}
	t->containers = known(m->n_dropped + s->n_containers);
	t->map_count = known(sum.map.count);
	t->map_errors = known(sum.map.errors);
	t->map_bytes = known(sum.map.bytes);
	t->unmap_count = known(sum.unmap.count);
	t->unmap_errors = known(sum.unmap.errors);
	t->unmap_bytes = known(sum.unmap.bytes);
	t->teardown_bytes = known(sum.teardown_bytes);
	t->pinned = pages_if(pins, pinned);
}

/* --- Operations in flight, groups, devices, failures ------------------------------------- */

static int compare_flights(const void *a, const void *b)
{
	uint64_t x = ((const struct flight_view *)a)->elapsed.value;
	uint64_t y = ((const struct flight_view *)b)->elapsed.value;

	return (x < y) - (x > y);
}

static const char *operation_word(uint32_t operation)
{
	switch (operation) {
	case VT_OP_MAP:
		return "map";
	case VT_OP_UNMAP:
		return "unmap";
	case VT_OP_TEARDOWN:
		return "teardown";
	default:
		return "?";
	}
}

static bool view_flights(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	view->flights = calloc(s->n_flights + 1, sizeof(*view->flights));
	if (!view->flights)
		return false;
	for (size_t i = 0; i < s->n_flights; i++) {
		const struct vt_flight *f = &s->flights[i];
		struct flight_view *v = &view->flights[view->n_flights];
		const struct container_snapshot *cs = find_container(s, f->container);

		if (m->only_pid && f->pid != m->only_pid && !(cs && selected(m, cs)))
			continue;
		v->container = known_if(f->container, f->container);
		v->pid = known(f->pid);
		v->tid = known(f->tid);
		v->iova = known(f->iova);
		/* Of a teardown, or an unmap of all, the size is not known before the end. */
		v->size = known_if(f->size, f->size);
		v->done = pages_if(f->operation == VT_OP_MAP, (int64_t)f->pages);
		v->elapsed = known_if(s->time_ns >= f->start_ns, s->time_ns - f->start_ns);
		snprintf(v->operation, sizeof(v->operation), "%s", operation_word(f->operation));
		view->n_flights++;
	}
	qsort(view->flights, view->n_flights, sizeof(*view->flights), compare_flights);
	return true;
}

static int compare_groups(const void *a, const void *b)
{
	uint64_t x = ((const struct group_view *)a)->id.value;
	uint64_t y = ((const struct group_view *)b)->id.value;

	return (x > y) - (x < y);
}

static bool view_groups(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	view->groups = calloc(s->n_groups + 1, sizeof(*view->groups));
	if (!view->groups)
		return false;
	for (size_t i = 0; i < s->n_groups; i++) {
		const struct group_snapshot *gs = &s->groups[i];
		const struct vt_group *g = &gs->stats;
		struct group_view *v = &view->groups[view->n_groups];

		if (g->state == VT_STATE_CLOSED || (m->only_pid && g->pid != m->only_pid))
			continue;
		v->id = known(gs->id);
		v->pid = known_if(g->pid, g->pid);
		v->owner_alive = known_if(g->pid && gs->owner.known, gs->owner.alive);
		v->container = known_if(g->container, g->container);
		v->opened_ns = known_if(g->opened_ns, g->opened_ns);
		v->opens = known(g->opens);
		v->open_errors = known(g->open_errors);
		name_of(v->comm, sizeof(v->comm), gs->owner.comm, sizeof(gs->owner.comm));
		view->n_groups++;
	}
	qsort(view->groups, view->n_groups, sizeof(*view->groups), compare_groups);
	return true;
}

static int compare_devices(const void *a, const void *b)
{
	return strcmp(((const struct device_view *)a)->address,
		      ((const struct device_view *)b)->address);
}

static void view_actions(struct actions_view *v, const struct vt_actions *a)
{
	v->count = known(a->count);
	v->errors = known(a->errors);
	v->last = known_if(a->ns_last, a->ns_last);
	v->max = known_if(a->ns_last, a->ns_max);
	/* Of no action at all the sum is 0, of actions without a latency unknown. */
	v->sum = known_if(a->ns_last || !a->count, a->ns_sum);
}

static const char *state_word(uint32_t state)
{
	switch (state) {
	case VT_STATE_OPEN:
		return "open";
	case VT_STATE_CLOSED:
		return "closed";
	default:
		return "";
	}
}

static bool device_selected(const struct model *m, const struct snapshot *s,
			    const struct vt_device *d)
{
	const struct container_snapshot *cs;

	if (!m->only_pid || d->pid == m->only_pid)
		return true;
	cs = d->container ? find_container(s, d->container) : NULL;
	return cs && selected(m, cs);
}

static bool view_devices(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	view->devices = calloc(s->n_devices + 1, sizeof(*view->devices));
	if (!view->devices)
		return false;
	for (size_t i = 0; i < s->n_devices; i++) {
		const struct device_snapshot *ds = &s->devices[i];
		const struct vt_device *d = &ds->stats;
		struct device_view *v = &view->devices[view->n_devices];

		if (!device_selected(m, s, d))
			continue;
		name_of(v->address, sizeof(v->address), ds->key.name, sizeof(ds->key.name));
		snprintf(v->state, sizeof(v->state), "%s", state_word(d->state));
		/* Without a state only failed opens were seen, perhaps of no group. */
		v->group = known_if(d->state || s->knowledge & KNOWS_PROCESSES, d->group);
		v->container = known_if(d->container, d->container);
		v->pid = known_if(d->pid, d->pid);
		v->owner_alive = known_if(d->pid && ds->owner.known, ds->owner.alive);
		name_of(v->comm, sizeof(v->comm), ds->owner.comm, sizeof(ds->owner.comm));
		v->vendor_id = known_if(ds->pci.known, ds->pci.vendor);
		v->device_id = known_if(ds->pci.known, ds->pci.device);
		name_of(v->pci_name, sizeof(v->pci_name), ds->pci.name, sizeof(ds->pci.name));
		name_of(v->driver, sizeof(v->driver), ds->pci.driver, sizeof(ds->pci.driver));
		v->opened_ns = known_if(d->opened_ns, d->opened_ns);
		view_actions(&v->open, &d->open);
		view_actions(&v->close, &d->close);
		view_actions(&v->reset, &d->reset);
		view->n_devices++;
	}
	qsort(view->devices, view->n_devices, sizeof(*view->devices), compare_devices);
	return true;
}

static int compare_processes(const void *a, const void *b)
{
	uint64_t x = ((const struct process_view *)a)->pid.value;
	uint64_t y = ((const struct process_view *)b)->pid.value;

	return (x > y) - (x < y);
}

static void view_process(struct process_view *v, const struct process_snapshot *p)
{
	bool unlimited = p->ipc_lock || p->locked_limit == ~0ULL;
	bool counted = p->iommu.since_ns;

	v->pid = known(p->pid);
	v->containers = known(p->containers);
	v->groups = known(p->groups);
	v->devices = known(p->devices);
	v->locked = known_if(p->locks_known, p->locked);
	v->locked_unlimited = known_if(p->locks_known, unlimited);
	v->locked_limit = known_if(p->locks_known && p->locked_limit != ~0ULL, p->locked_limit);
	v->since_ns = known_if(counted, p->iommu.since_ns);
	v->iommu_maps = known_if(counted, p->iommu.maps);
	v->iommu_map_bytes = known_if(counted, p->iommu.map_bytes);
	v->iommu_unmaps = known_if(counted, p->iommu.unmaps);
	v->iommu_unmap_bytes = known_if(counted, p->iommu.unmap_bytes);
	name_of(v->comm, sizeof(v->comm), p->process.comm, sizeof(p->process.comm));
	name_of(v->cgroup, sizeof(v->cgroup), p->cgroup, sizeof(p->cgroup));
	cgroup_parse(v->cgroup, &v->names);
}

static bool view_processes(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	view->processes = calloc(s->n_processes + 1, sizeof(*view->processes));
	if (!view->processes)
		return false;
	for (size_t i = 0; i < s->n_processes; i++) {
		const struct process_snapshot *p = &s->processes[i];

		if (!m->only_pid || p->pid == m->only_pid)
			view_process(&view->processes[view->n_processes++], p);
	}
	qsort(view->processes, view->n_processes, sizeof(*view->processes), compare_processes);
	return true;
}

static bool failure_selected(const struct model *m, const struct snapshot *s,
			     const struct vt_failure *f)
{
	const struct container_snapshot *cs;

	if (!m->only_pid || f->pid == m->only_pid || f->holder_pid == m->only_pid)
		return true;
	cs = f->container ? find_container(s, f->container) : NULL;
	return cs && selected(m, cs);
}

static void view_failures(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;
	uint64_t fresh = 0;

	for (size_t i = 0; i < s->n_failures; i++) {
		if (!failure_selected(m, s, &s->failures[i]))
			continue;
		m->ring[m->n_ring++ % MODEL_FAILURES] = s->failures[i];
		fresh++;
	}
	view->n_failures = m->n_ring < MODEL_FAILURES ? m->n_ring : MODEL_FAILURES;
	for (size_t i = 0; i < view->n_failures; i++)
		view->failures[i] = m->ring[(m->n_ring - view->n_failures + i) % MODEL_FAILURES];
	view->fresh_failures = fresh < view->n_failures ? fresh : view->n_failures;
	view->dropped_failures = fresh - view->fresh_failures;
}

/* --- The report ----------------------------------------------------------------------------- */

static void view_clear(struct model *m)
{
	free(m->view.containers);
	free(m->view.flights);
	free(m->view.groups);
	free(m->view.devices);
	free(m->view.processes);
	free(m->view.leaks);
	free((void *)m->group_ids);
	free(m->device_names);
	memset(&m->view, 0, sizeof(m->view));
	m->group_ids = NULL;
	m->device_names = NULL;
}

/* Those that are open and whose pins nobody told. */
static uint64_t unknown_containers(const struct snapshot *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n_containers; i++) {
		const struct vt_container *c = &s->containers[i].stats;

		n += !c->released_ns && !stats_know_pins(c);
	}
	return n;
}

static void view_head(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	view->time_ns = known(s->time_ns);
	view->realtime_ns = known(s->realtime_ns);
	view->interval_ns = known(s->time_ns - m->last_ns);
	m->last_ns = s->time_ns;
	if (s->missing) {
		snprintf(view->waiting_for, sizeof(view->waiting_for), "%s", s->missing);
		return;
	}
	view->watched_ns = known(s->time_ns - m->start_ns);
	snprintf(view->source, sizeof(view->source), "%s", s->source);
	snprintf(view->attach, sizeof(view->attach), "%s", s->attach ? s->attach : "");
	view->knowledge = s->knowledge;
	view->existing = known(s->existing);
	view->unseen = known_if(s->unseen_known, s->unseen);
	for (size_t i = 0; i < VT_LOST_KINDS; i++) {
		view->lost[i] = known(s->lost[i]);
		view->lost_sum += s->lost[i];
	}
	view->walks = known(unknown_containers(s));
	view->lost_sum += view->walks.value;
	view->missed = known(s->missed_programs);
	view->lost_sum += s->missed_programs;
}

const struct view *model_update(struct model *m, const struct snapshot *s, bool tick)
{
	view_clear(m);
	view_head(m, s);
	if (s->missing)
		return &m->view;
	if (!view_containers(m, s, tick) || !view_flights(m, s) || !view_groups(m, s) ||
	    !view_devices(m, s) || !view_processes(m, s))
		return NULL;
	view_totals(m, s);
	view_failures(m, s);
	fields_forget(&m->view);
	return &m->view;
}

struct model *model_new(uint64_t start_ns, uint32_t only_pid)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->start_ns = start_ns;
	m->last_ns = start_ns;
	m->only_pid = only_pid;
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	view_clear(m);
	for (size_t i = 0; i < m->n_histories; i++)
		free(m->histories[i]);
	free(m->histories);
	free(m);
}
