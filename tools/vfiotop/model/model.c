// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ages.h"
#include "alerts.h"
#include "container.h"
#include "failures.h"
#include "fields.h"
#include "doubts.h"
#include "figure.h"
#include "host.h"
#include "leaks.h"
#include "over_unpins.h"
#include "rows.h"
#include "select.h"
#include "sizes.h"
#include "suppressions.h"

#define MODEL_ARRAYS  18
#define MODEL_MEMBERS 8 /* remembered of a container */

/* The groups and devices of a container, as far as there is room. */
struct members {
	size_t n_groups;
	uint32_t groups[MODEL_MEMBERS];
	size_t n_devices;
	const char *devices[MODEL_MEMBERS];
	char names[MODEL_MEMBERS][VIEW_NAME_SIZE];
};

/* A leak of a container that is gone. */
struct gone {
	struct leak_view leak;
	struct members *members;
};

/* What is remembered of one container from one report to the next. */
struct history {
	uint64_t id;
	bool present;
	struct vt_container last;
	struct leak_history leaks;
	struct alert_history alerts;
	struct ages ages[VT_SIZE_CLASSES]; /* of its mappings, by size */
	struct members *members;	   /* the last ones, NULL when there were none */
};

/* A group or a device, and the container that it is in. */
struct member {
	uint64_t container;
	uint32_t group;
	const char *device; /* NULL for a group */
	bool closed;
};

struct model {
	uint64_t start_ns;
	uint64_t last_ns;
	struct alert_limits alert_limits;
	struct select select;
	struct history **histories;
	size_t n_histories;
	struct alert_history alerts; /* of the report as a whole */
	struct over_unpins over_unpins;
	struct doubts doubts;
	struct growth_limits limits;
	const struct suppressions *suppressions;
	struct gone gone[MODEL_LEAKS]; /* leaks of containers that are gone */
	size_t n_gone;
	struct failure_view failures[MODEL_FAILURES]; /* the last ones, oldest first */
	size_t n_failures;
	struct vt_container dropped; /* sums of containers that are gone */
	uint64_t n_dropped;
	struct member *groups; /* in order of the container */
	size_t n_groups;
	struct member *devices; /* likewise, those that are open first */
	size_t n_devices;
	/* What the containers of the view share. */
	uint32_t *group_ids;
	const char **device_names;
	struct in_flight_view *in_flight;
	struct failure_view *first_failures;
	struct range_view *ranges;
	struct reserved_view *reserved;
	struct node_view *nodes;
	struct size_view *sizes;
	void *arrays[MODEL_ARRAYS]; /* all of the above, and those of the view */
	size_t n_arrays;
	struct view view;
};

/* --- History ----------------------------------------------------------------------- */

/* Where the history of a container is, or would be: they are in order of the number. */
static size_t find_history(const struct model *m, uint64_t id)
{
	size_t low = 0, high = m->n_histories;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->histories[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct history *get_history(struct model *m, uint64_t id)
{
	size_t at = find_history(m, id);
	struct history **more, *h;

	if (at < m->n_histories && m->histories[at]->id == id)
		return m->histories[at];
	more = realloc(m->histories, (m->n_histories + 1) * sizeof(*more));
	if (!more)
		return NULL;
	m->histories = more;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->id = id;
	memmove(&more[at + 1], &more[at], (m->n_histories - at) * sizeof(*more));
	more[at] = h;
	m->n_histories++;
	return h;
}

static void free_history(struct history *h)
{
	for (size_t i = 0; i < VT_SIZE_CLASSES; i++)
		ages_free(&h->ages[i]);
	free(h->members);
	free(h);
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

/* Containers that are no longer in the snapshot go into the sums. */
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
		free_history(h);
	}
	m->n_histories = kept;
}

/* --- Containers ---------------------------------------------------------------------- */

static bool in_flight(const struct snapshot *s, uint64_t id)
{
	for (size_t i = 0; i < s->n_in_flight; i++)
		if (s->in_flight[i].container == id)
			return true;
	return false;
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->container != y->container)
		return x->container < y->container ? -1 : 1;
	if (x->closed != y->closed)
		return x->closed - y->closed;
	if (x->device)
		return strcmp(x->device, y->device);
	return (x->group > y->group) - (x->group < y->group);
}

/* The groups and devices of all containers, those of each together and in order. */
static void sort_members(struct model *m, const struct snapshot *s)
{
	m->n_groups = s->n_groups;
	m->n_devices = s->n_devices;
	for (size_t i = 0; i < s->n_groups; i++)
		m->groups[i] = (struct member){ .container = s->groups[i].stats.container,
						.group = s->groups[i].id };
	for (size_t i = 0; i < s->n_devices; i++)
		m->devices[i] = (struct member){
			.container = s->devices[i].stats.container,
			.device = s->devices[i].key.name,
			.closed = s->devices[i].stats.state != VT_STATE_OPEN,
		};
	qsort(m->groups, m->n_groups, sizeof(*m->groups), compare_members);
	qsort(m->devices, m->n_devices, sizeof(*m->devices), compare_members);
	for (size_t i = 0; i < m->n_groups; i++)
		m->group_ids[i] = m->groups[i].group;
	for (size_t i = 0; i < m->n_devices; i++)
		m->device_names[i] = m->devices[i].device;
}

/* The first of a container; @count is how many follow, with it. */
static size_t find_members(const struct member *members, size_t n, uint64_t container,
			   size_t *count)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (members[middle].container < container)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < n && members[low + *count].container == container;)
		++*count;
	return low;
}

/* Parts of the arrays that all containers share, from which each gets its own. */
struct shares {
	size_t in_flight;
	size_t failures;
	size_t ranges;
	size_t nodes;
	size_t sizes;
};

/* Returns how many devices it has and has had: behind those of the view come others. */
static size_t view_members(struct model *m, struct container_view *v)
{
	uint64_t id = v->id.value;
	size_t first, n;

	v->groups = m->group_ids + find_members(m->groups, m->n_groups, id, &v->n_groups);
	first = find_members(m->devices, m->n_devices, id, &n);
	v->devices = m->device_names + first;
	while (v->n_devices < n && !m->devices[first + v->n_devices].closed)
		v->n_devices++;
	return n;
}

static void view_events(struct model *m, struct container_view *v, const struct vt_container *c,
			struct shares *used)
{
	struct in_flight_view *in_flight = m->in_flight + used->in_flight;

	v->in_flight = in_flight;
	for (size_t i = 0; i < m->view.n_in_flight; i++)
		if (m->view.in_flight[i].container.value == c->id)
			in_flight[v->n_in_flight++] = m->view.in_flight[i];
	used->in_flight += v->n_in_flight;
	if (!c->first_failure.time_ns)
		return;
	failure_view(&m->first_failures[used->failures], &c->first_failure);
	v->first_failure = &m->first_failures[used->failures++];
}

static int compare_ranges(const void *a, const void *b)
{
	uint64_t x = ((const struct range_view *)a)->iova.value;
	uint64_t y = ((const struct range_view *)b)->iova.value;

	return (x > y) - (x < y);
}

/* Nobody keeps ranges of an IOAS. */
static void view_ranges(struct model *m, struct container_view *v, const struct vt_container *c,
			struct shares *used)
{
	struct range_view *ranges = m->ranges + used->ranges;

	if (c->ranges_lost || c->flags & VT_CONTAINER_IOAS)
		return;
	v->ranges = ranges;
	for (size_t i = 0; i < VT_RANGES; i++)
		if (c->range_size[i])
			view_range(&ranges[v->n_ranges++], c, i, &v->sizes);
	qsort(ranges, v->n_ranges, sizeof(*ranges), compare_ranges);
	used->ranges += v->n_ranges;
}

static void view_nodes(struct model *m, struct container_view *v, const struct numa_snapshot *numa,
		       struct shares *used)
{
	struct node_view *nodes = m->nodes + used->nodes;

	if (!numa->known)
		return;
	v->numa = nodes;
	for (uint64_t i = 0; i < NUMA_NODES; i++) {
		struct node_view *node = &nodes[v->n_numa];

		if (!(numa->nodes & 1ULL << i))
			continue;
		node->node = known(i);
		node->memory = known(numa->memory[i]);
		node->hugetlb = known_if(numa->hugetlb_known, numa->hugetlb[i]);
		v->n_numa++;
	}
	used->nodes += v->n_numa;
}

static size_t count_sizes(const struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_containers; i++)
		n += sizes_count(&s->containers[i].stats);
	return n;
}

static size_t count_nodes(const struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_containers; i++)
		n += (size_t)__builtin_popcountll(s->containers[i].numa.nodes);
	return n;
}

static size_t count_ranges(const struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_containers; i++)
		for (size_t j = 0; j < VT_RANGES; j++)
			n += s->containers[i].stats.range_size[j] != 0;
	return n;
}

static int compare_containers(const void *a, const void *b)
{
	uint64_t x = ((const struct container_view *)a)->id.value;
	uint64_t y = ((const struct container_view *)b)->id.value;

	return (x > y) - (x < y);
}

/* Groups leave a container before its release, which is when leaks of the kernel are found. */
static void remember_members(struct history *h, const struct container_view *v, size_t n_devices)
{
	struct members *members = h->members;

	if (!v->n_groups && !n_devices)
		return;
	if (!members)
		members = h->members = calloc(1, sizeof(*members));
	if (!members)
		return;
	if (v->n_groups) {
		members->n_groups = v->n_groups < MODEL_MEMBERS ? v->n_groups : MODEL_MEMBERS;
		memcpy(members->groups, v->groups, members->n_groups * sizeof(*v->groups));
	}
	if (!n_devices)
		return;
	members->n_devices = n_devices < MODEL_MEMBERS ? n_devices : MODEL_MEMBERS;
	for (size_t i = 0; i < members->n_devices; i++) {
		copy_text(members->names[i], sizeof(members->names[i]), v->devices[i]);
		members->devices[i] = members->names[i];
	}
}

static void use_members(struct leak_view *leak, const struct members *members)
{
	if (!members)
		return;
	if (!leak->n_groups) {
		leak->groups = members->groups;
		leak->n_groups = members->n_groups;
	}
	if (!leak->n_devices) {
		leak->devices = members->devices;
		leak->n_devices = members->n_devices;
	}
}

/* What leaked in the container is kept with the members that it had. */
static void keep_gone(struct model *m, const struct leak_view *leak, const struct history *h)
{
	struct gone *gone;

	if (m->n_gone == MODEL_LEAKS) {
		free(m->gone[0].members);
		memmove(m->gone, m->gone + 1, sizeof(m->gone) - sizeof(m->gone[0]));
		m->n_gone--;
	}
	gone = &m->gone[m->n_gone++];
	gone->leak = *leak;
	gone->leak.groups = NULL;
	gone->leak.devices = NULL;
	gone->leak.n_groups = gone->leak.n_devices = gone->leak.n_ranges = 0;
	gone->leak.ranges = NULL;
	gone->members = h->members ? malloc(sizeof(*gone->members)) : NULL;
	if (!gone->members)
		return;
	*gone->members = *h->members;
	for (size_t i = 0; i < gone->members->n_devices; i++)
		gone->members->devices[i] = gone->members->names[i];
	use_members(&gone->leak, gone->members);
}

/*
 * Leaks of the kernel outlive their container: the first report after its release keeps them
 * for good.
 */
static void view_leaks(struct model *m, struct history *h, const struct container_snapshot *cs,
		       const struct container_view *v, const struct snapshot *s)
{
	struct leak_view leaks[LEAK_KINDS];
	size_t n = leaks_find(&h->leaks, cs, v, s->time_ns, s->knowledge, leaks);
	bool gone = cs->stats.released_ns;

	for (size_t i = 0; i < n; i++) {
		use_members(&leaks[i], h->members);
		if (!gone)
			m->view.leaks[m->view.n_leaks++] = leaks[i];
		else if (!h->last.released_ns)
			keep_gone(m, &leaks[i], h);
	}
}

static void suppress_leaks(struct model *m)
{
	struct view *view = &m->view;
	size_t kept = 0;

	for (size_t i = 0; i < view->n_leaks; i++)
		if (!suppressions_match(m->suppressions, &view->leaks[i]))
			view->leaks[kept++] = view->leaks[i];
	view->suppressed = known(view->n_leaks - kept);
	view->n_leaks = kept;
}

/* Of all containers, whoever is selected, against the host's count. */
static bool find_doubts(struct model *m, const struct snapshot *s)
{
	doubts_begin(&m->doubts, s);
	for (size_t i = 0; i < s->n_containers; i++) {
		struct history *h = get_history(m, s->containers[i].stats.id);

		if (!h)
			return false;
		doubts_look(&m->doubts, &s->containers[i].stats, &h->leaks.doubt);
	}
	doubts_end(&m->doubts, s);
	return true;
}

/* Likewise, without what find_doubts() has explained. */
static bool find_over_unpins(struct model *m, const struct snapshot *s)
{
	over_unpins_begin(&m->over_unpins, s, m->doubts.bytes);
	for (size_t i = 0; i < s->n_containers; i++) {
		struct history *h = get_history(m, s->containers[i].stats.id);

		if (!h)
			return false;
		over_unpins_look(&m->over_unpins, &s->containers[i].stats, &h->leaks.over_unpin);
	}
	over_unpins_end(&m->over_unpins);
	return true;
}

static bool view_containers(struct model *m, const struct snapshot *s, bool tick)
{
	struct view *view = &m->view;
	struct shares used = { 0 };

	sort_members(m, s);
	for (size_t i = 0; i < s->n_containers; i++) {
		const struct container_snapshot *cs = &s->containers[i];
		struct history *h = get_history(m, cs->stats.id);
		struct container_view *v = &view->containers[view->n_containers];
		size_t n_devices;

		if (!h)
			return false;
		if (tick)
			leaks_tick(&h->leaks, &m->limits, cs, s->time_ns,
				   in_flight(s, cs->stats.id), s->knowledge);
		if (select_container(&m->select, cs)) {
			view_container(v, cs, &h->last, view->interval_ns.value, &s->sizes);
			/* Watched beside, iommufd alone has phases. */
			if (s->iommufd && !(cs->stats.flags & VT_CONTAINER_IOAS))
				v->pin_ns = v->iommu_ns = v->account_ns = (struct figure){ 0 };
			n_devices = view_members(m, v);
			view_events(m, v, &cs->stats, &used);
			view_ranges(m, v, &cs->stats, &used);
			view_nodes(m, v, &cs->numa, &used);
			view_sizes(v, &cs->stats, &h->last, h->ages, s->time_ns,
				   m->sizes + used.sizes);
			used.sizes += v->n_map_sizes;
			/* Those that are open now, or else those that were. */
			remember_members(h, v, v->n_devices ? v->n_devices : n_devices);
			view_leaks(m, h, cs, v, s);
			v->orphan = known(!cs->stats.released_ns && leaks_orphan(&h->leaks));
			view->n_containers++;
		}
		h->last = cs->stats;
		h->present = true;
	}
	drop_histories(m);
	qsort(view->containers, view->n_containers, sizeof(*view->containers), compare_containers);
	for (size_t i = 0; i < m->n_gone; i++)
		view->leaks[view->n_leaks++] = m->gone[i].leak;
	suppress_leaks(m);
	qsort(view->leaks, view->n_leaks, sizeof(*view->leaks), leaks_compare);
	return true;
}

/* After what the source does not know was forgotten. Both arrays are in order of the number. */
static void view_alerts(struct model *m, bool tick)
{
	struct view *view = &m->view;
	struct history **h = m->histories;

	for (size_t i = 0; i < view->n_containers; i++) {
		struct container_view *v = &view->containers[i];

		while ((*h)->id != v->id.value)
			h++;
		alerts_container(view, &m->alert_limits, v, &(*h)->alerts, tick);
	}
	alerts_report(view, &m->alert_limits, &m->alerts);
}

static void view_totals(struct model *m, const struct snapshot *s)
{
	struct totals_view *t = &m->view.totals;
	struct vt_container sum = m->dropped;
	/* Before the census has ended, or without it, there may be more than was seen. */
	bool pins = s->census || !(s->knowledge & KNOWS_MEMBERS);
	int64_t pinned = 0;

	for (size_t i = 0; i < s->n_containers; i++) {
		const struct vt_container *c = &s->containers[i].stats;

		add_container(&sum, c);
		/* What it had is not known, and gone. */
		if (c->released_ns && !stats_know_pins(c))
			continue;
		pinned = stats_sum(pinned, stats_pinned(c));
		pins = pins && stats_know_pins(c);
	}
	t->containers = known(m->n_dropped + s->n_containers);
	t->map_count = known(sum.map.count);
	t->map_errors = known(sum.map.errors);
	t->map_bytes = known(sum.map.bytes);
	t->unmap_count = known(sum.unmap.count);
	t->unmap_errors = known(sum.unmap.errors);
	t->unmap_bytes = known(sum.unmap.bytes);
	t->teardown_bytes = known(sum.teardown_bytes);
	t->pinned = bytes_if(pins, pinned);
}

/* --- Operations in flight, groups, devices, failures ------------------------------------- */

static int compare_in_flight(const void *a, const void *b)
{
	uint64_t x = ((const struct in_flight_view *)a)->elapsed.value;
	uint64_t y = ((const struct in_flight_view *)b)->elapsed.value;

	return (x < y) - (x > y);
}

static void view_in_flight(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	for (size_t i = 0; i < s->n_in_flight; i++) {
		const struct vt_in_flight *f = &s->in_flight[i];
		struct in_flight_view *v = &view->in_flight[view->n_in_flight];

		if (!select_in_flight(&m->select, f))
			continue;
		view_operation(v, f, s->time_ns);
		view->n_in_flight++;
	}
	qsort(view->in_flight, view->n_in_flight, sizeof(*view->in_flight), compare_in_flight);
}

static int compare_groups(const void *a, const void *b)
{
	uint64_t x = ((const struct group_view *)a)->id.value;
	uint64_t y = ((const struct group_view *)b)->id.value;

	return (x > y) - (x < y);
}

static void view_groups(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	for (size_t i = 0; i < s->n_groups; i++) {
		const struct group_snapshot *gs = &s->groups[i];
		const struct vt_group *g = &gs->stats;
		struct group_view *v = &view->groups[view->n_groups];

		if (g->state == VT_STATE_CLOSED || !select_group(&m->select, gs))
			continue;
		view_group(v, gs, &m->reserved[i * RESERVED_MAX]);
		view->n_groups++;
	}
	qsort(view->groups, view->n_groups, sizeof(*view->groups), compare_groups);
}

static int compare_devices(const void *a, const void *b)
{
	return strcmp(((const struct device_view *)a)->address,
		      ((const struct device_view *)b)->address);
}

static void view_devices(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	for (size_t i = 0; i < s->n_devices; i++) {
		const struct device_snapshot *ds = &s->devices[i];
		struct device_view *v = &view->devices[view->n_devices];

		if (!select_device(&m->select, ds))
			continue;
		view_device(v, ds, s->knowledge);
		view->n_devices++;
	}
	qsort(view->devices, view->n_devices, sizeof(*view->devices), compare_devices);
}

static int compare_processes(const void *a, const void *b)
{
	uint64_t x = ((const struct process_view *)a)->pid.value;
	uint64_t y = ((const struct process_view *)b)->pid.value;

	return (x > y) - (x < y);
}

static void view_processes(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;

	for (size_t i = 0; i < s->n_processes; i++) {
		const struct process_snapshot *p = &s->processes[i];

		if (select_process(&m->select, p))
			view_process(&view->processes[view->n_processes++], p);
	}
	qsort(view->processes, view->n_processes, sizeof(*view->processes), compare_processes);
}

static void keep_failure(struct model *m, const struct vt_failure *f)
{
	if (m->n_failures == MODEL_FAILURES) {
		memmove(m->failures, m->failures + 1, sizeof(m->failures) - sizeof(m->failures[0]));
		m->n_failures--;
	}
	failure_view(&m->failures[m->n_failures++], f);
	m->view.n_new_failures++;
}

static void view_failures(struct model *m, const struct snapshot *s)
{
	struct view *view = &m->view;
	size_t n = 0, dropped;

	for (size_t i = 0; i < s->n_failures; i++)
		n += select_failure(&m->select, &s->failures[i]);
	dropped = n > MODEL_FAILURES ? n - MODEL_FAILURES : 0;
	view->failures_dropped = known(dropped);
	for (size_t i = 0; i < s->n_failures; i++) {
		if (!select_failure(&m->select, &s->failures[i]))
			continue;
		if (dropped)
			dropped--;
		else
			keep_failure(m, &s->failures[i]);
	}
	view->failures = m->failures;
	view->n_failures = m->n_failures;
	view->new_failures = m->failures + m->n_failures - view->n_new_failures;
}

/* --- The report ----------------------------------------------------------------------------- */

static void view_clear(struct model *m)
{
	while (m->n_arrays)
		free(m->arrays[--m->n_arrays]);
	memset(&m->view, 0, sizeof(m->view));
	m->n_groups = m->n_devices = 0;
}

/* An array until view_clear(). One that is known is never NULL, also when it is empty. */
static bool make_room(struct model *m, void *array, size_t n, size_t size)
{
	void **to = array;

	*to = calloc(n + 1, size);
	if (!*to)
		return false;
	m->arrays[m->n_arrays++] = *to;
	return true;
}

static bool view_make_room(struct model *m, const struct snapshot *s)
{
	size_t containers = s->n_containers, leaks = containers * LEAK_KINDS + MODEL_LEAKS;
	struct view *v = &m->view;

	v->new_failures = m->failures;
	return make_room(m, &v->containers, containers, sizeof(*v->containers)) &&
	       make_room(m, &v->leaks, leaks, sizeof(*v->leaks)) &&
	       make_room(m, &v->alerts, alerts_room(s->n_containers, leaks, s->n_processes),
			 sizeof(*v->alerts)) &&
	       make_room(m, &v->in_flight, s->n_in_flight, sizeof(*v->in_flight)) &&
	       make_room(m, &v->groups, s->n_groups, sizeof(*v->groups)) &&
	       make_room(m, &v->devices, s->n_devices, sizeof(*v->devices)) &&
	       make_room(m, &v->processes, s->n_processes, sizeof(*v->processes)) &&
	       make_room(m, &m->select.containers, containers, sizeof(*m->select.containers)) &&
	       make_room(m, &m->groups, s->n_groups, sizeof(*m->groups)) &&
	       make_room(m, &m->devices, s->n_devices, sizeof(*m->devices)) &&
	       make_room(m, &m->group_ids, s->n_groups, sizeof(*m->group_ids)) &&
	       make_room(m, &m->device_names, s->n_devices, sizeof(*m->device_names)) &&
	       make_room(m, &m->in_flight, s->n_in_flight, sizeof(*m->in_flight)) &&
	       make_room(m, &m->ranges, count_ranges(s), sizeof(*m->ranges)) &&
	       make_room(m, &m->nodes, count_nodes(s), sizeof(*m->nodes)) &&
	       make_room(m, &m->sizes, count_sizes(s), sizeof(*m->sizes)) &&
	       make_room(m, &m->reserved, s->n_groups * RESERVED_MAX, sizeof(*m->reserved)) &&
	       make_room(m, &m->first_failures, containers, sizeof(*m->first_failures));
}

/* Open containers whose pins are unknown. */
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
	select_text(&m->select, view->only, sizeof(view->only));
	snprintf(view->source, sizeof(view->source), "%s", s->source);
	snprintf(view->attach, sizeof(view->attach), "%s", s->attach ? s->attach : "");
	view->knowledge = s->knowledge;
	view->census = known(s->census);
	view->runs_over = known_if(s->knowledge & KNOWS_RUNS, s->runs_over);
	view->iommufd = known_if(s->iommufd_loaded, s->iommufd);
	copy_text(view->no_iommufd, sizeof(view->no_iommufd), s->no_iommufd ? s->no_iommufd : "");
	view->hugepages_disabled = known_if(s->hugepages_known, s->hugepages_disabled);
	view->page = known(s->sizes.page);
	view->superpage = known(s->sizes.superpage);
	view->unseen = known_if(s->unseen_known, s->unseen);
}

static void view_watch(struct model *m, const struct snapshot *s)
{
	const struct watch_snapshot *w = &s->watch;
	struct watch_view *v = &m->view.watch;

	v->attach_failures = known_if(w->attach_known, w->attach_failures);
	if (!w->known)
		return;
	v->program_runs = known_if(w->program_runs, w->program_runs);
	v->program_ns = known_if(w->program_runs, w->program_ns);
	v->containers = known(w->containers);
	v->groups = known_if(w->groups_max, w->groups);
	v->groups_max = known_if(w->groups_max, w->groups_max);
	v->devices = known_if(w->devices_max, w->devices);
	v->devices_max = known_if(w->devices_max, w->devices_max);
	v->in_flight = known(w->in_flight);
	v->in_flight_max = known(w->in_flight_max);
}

static void view_lost(struct model *m, const struct snapshot *s)
{
	struct lost_view *lost = &m->view.lost;

	lost->containers = known(s->lost[VT_LOST_CONTAINER]);
	lost->in_flight = known(s->lost[VT_LOST_IN_FLIGHT]);
	lost->groups = known(s->lost[VT_LOST_GROUP]);
	lost->devices = known(s->lost[VT_LOST_DEVICE]);
	lost->failures = known(s->lost[VT_LOST_FAILURE]);
	lost->starts = known(s->lost[VT_LOST_START]);
	lost->reads = known(s->lost[VT_LOST_READ]);
	lost->census = known(unknown_containers(s));
	lost->missed = known(s->missed_programs);
	m->view.lost_sum = lost->census.value + lost->missed.value;
	for (size_t i = 0; i < VT_LOST_KINDS; i++)
		m->view.lost_sum += s->lost[i];
}

const struct view *model_update(struct model *m, const struct snapshot *s, bool tick)
{
	view_clear(m);
	if (!view_make_room(m, s))
		return NULL;
	view_head(m, s);
	if (s->missing)
		return &m->view;
	select_from(&m->select, s);
	view_lost(m, s);
	view_in_flight(m, s);
	if (!find_doubts(m, s) || !find_over_unpins(m, s) || !view_containers(m, s, tick))
		return NULL;
	view_groups(m, s);
	view_devices(m, s);
	view_processes(m, s);
	view_totals(m, s);
	host_update(s, m->doubts.bytes, &m->view);
	view_watch(m, s);
	view_failures(m, s);
	fields_forget(&m->view);
	view_alerts(m, tick);
	return &m->view;
}

struct model *model_new(uint64_t start_ns, const struct selection *only)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->start_ns = start_ns;
	m->last_ns = start_ns;
	select_ask(&m->select, only);
	m->alert_limits = alert_limits_default();
	m->limits = growth_limits_default();
	return m;
}

void model_limits(struct model *m, const struct growth_limits *limits)
{
	m->limits = *limits;
}

void model_alert_limits(struct model *m, const struct alert_limits *limits)
{
	m->alert_limits = *limits;
}

void model_suppress(struct model *m, const struct suppressions *suppressions)
{
	m->suppressions = suppressions;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	view_clear(m);
	for (size_t i = 0; i < m->n_histories; i++)
		free_history(m->histories[i]);
	for (size_t i = 0; i < m->n_gone; i++)
		free(m->gone[i].members);
	free(m->histories);
	free(m);
}
