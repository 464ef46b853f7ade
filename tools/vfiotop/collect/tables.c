// SPDX-License-Identifier: GPL-2.0-only
#include "tables.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "census.h"
#include "clock.h"
#include "host_pins.h"
#include "iommufd.h"
#include "numa.h"
#include "pages.h"
#include "pci.h"
#include "pinners.h"
#include "proc.h"
#include "reserved.h"

#define LINGER_NS 10000000000ULL /* a released container stays so long */

/* Of traced requests that wait to be read: some 8,000 of them. */
#define TRACED_BYTES	   (1024 * 1024)
#define TRACED_STACK_BYTES (4 * TRACED_BYTES)

/* All rows of a table, as the kernel gives them. */
struct group_rows {
	uint32_t *keys;
	struct vt_group *values;
	uint32_t n;
};

struct device_rows {
	struct vt_device_key *keys;
	struct vt_device *values;
	uint32_t n;
};

struct tables {
	struct ring_buffer *ring;
	struct census *census; /* NULL where it is not possible */
	struct array iommufd;  /* variables of its programs, beside those of the source */
	uint64_t lost_containers;
	struct holders holders;
	struct pinners pinners;
	struct array container_slots; /* of struct vt_container */
	struct array containers_used; /* of a number */
	struct array in_flight_slots; /* of struct vt_in_flight */
	size_t group_slots;
	size_t device_slots;
	struct container_snapshot *containers;
	struct vt_in_flight *in_flight;
	struct group_snapshot *groups;
	struct device_snapshot *devices;
	struct group_rows group_rows;
	struct device_rows device_rows;
	struct reserved_cache *reserved;
	struct numa_cache *numa;
	struct vt_failure *failures;
	size_t n_failures;
	size_t failure_slots;
	bool out_of_memory;
	struct ring_buffer *traced_ring;
	struct vt_traced_stack traced[TABLES_TRACED];
	size_t n_traced;
};

/* --- From pages to bytes --------------------------------------------------------------- */

/* A number of pages that may be VT_UNKNOWN, or no limit. */
static uint64_t to_bytes(uint64_t pages)
{
	return pages == ~0ULL ? pages : pages * pages_sizes()->page;
}

static void failure_to_bytes(struct vt_failure *f)
{
	f->locked = to_bytes(f->locked);
	f->locked_limit = to_bytes(f->locked_limit);
}

static void container_to_bytes(struct vt_container *c)
{
	int64_t page = (int64_t)pages_sizes()->page;

	c->pinned *= page;
	c->pinned_peak *= page;
	c->total_pinned = to_bytes(c->total_pinned);
	c->charged *= page;
	c->locked = to_bytes(c->locked);
	c->locked_limit = to_bytes(c->locked_limit);
	c->unpinned_short = to_bytes(c->unpinned_short);
	c->unpinned_over = to_bytes(c->unpinned_over);
	c->kept_pages = to_bytes(c->kept_pages);
	c->excess_pages = to_bytes(c->excess_pages);
	c->doubtful_pages = to_bytes(c->doubtful_pages);
	c->drift *= page;
	c->teardown_pages = to_bytes(c->teardown_pages);
	c->left_pinned = to_bytes(c->left_pinned);
	c->left_charged *= page;
	c->census_pinned *= page;
	c->map.asked += c->map.bytes;
	c->unmap.asked += c->unmap.bytes;
	c->map.pages = to_bytes(c->map.pages);
	c->unmap.pages = to_bytes(c->unmap.pages);
	failure_to_bytes(&c->first_failure);
}

/* --- Start and stop ------------------------------------------------------------------ */

/* Slots for @count containers, twice as many, as a power of two. */
static unsigned int bits_for(unsigned int count)
{
	unsigned int bits = 3;

	while (bits < 17 && (1U << bits) < 2 * count)
		bits++;
	return bits;
}

static void configure(const struct source *source, unsigned int container_bits,
		      const struct collect_options *options)
{
	const struct bpf_object *obj = source->programs.obj;

	*source->settings.page_shift = (uint32_t)__builtin_ctzll(pages_sizes()->page);
	*source->settings.superpage = pages_sizes()->superpage;
	*source->settings.container_shift = 64 - container_bits;
	*source->settings.containers_max = options->max_containers;
	*source->settings.in_flight_mask = TABLES_IN_FLIGHT - 1;
	*source->settings.traced_ns = options->trace ? options->trace_ns : VT_UNKNOWN;
	*source->settings.traced_pid = options->trace_pid;
	*source->settings.traced_stacks = options->trace_stacks;
	if (options->trace)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "traced"),
					 options->trace_stacks ? TRACED_STACK_BYTES : TRACED_BYTES);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "containers"),
				 1U << container_bits);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "in_flight"), TABLES_IN_FLIGHT);
}

enum exit_code tables_attach(struct source *source, const struct collect_options *options)
{
	unsigned int container_bits = bits_for(options->max_containers);
	enum exit_code code;

	configure(source, container_bits, options);
	code = programs_load(&source->programs);
	if (code == EXIT_DONE)
		code = programs_attach(&source->programs);
	if (code != EXIT_DONE)
		return code;
	source->handles = handles_of(source->programs.skeleton);
	__atomic_store_n(source->settings.watching, 1, __ATOMIC_SEQ_CST);
	if (source->type->choice == SOURCE_STOCK)
		iommufd_attach(source, container_bits, TABLES_IN_FLIGHT, options);
	if (source->knowledge & KNOWS_MEMBERS)
		census_attach(source, container_bits, options->max_containers, TABLES_IN_FLIGHT);
	return EXIT_DONE;
}

static int add_failure(void *context, void *data, size_t size)
{
	struct tables *t = context;

	if (size < sizeof(struct vt_failure))
		return 0;
	if (t->n_failures == t->failure_slots) {
		size_t slots = t->failure_slots ? t->failure_slots * 2 : 64;
		struct vt_failure *more = realloc(t->failures, slots * sizeof(*more));

		if (!more) {
			t->out_of_memory = true;
			return -ENOMEM;
		}
		t->failures = more;
		t->failure_slots = slots;
	}
	memcpy(&t->failures[t->n_failures], data, sizeof(struct vt_failure));
	failure_to_bytes(&t->failures[t->n_failures]);
	t->n_failures++;
	return 0;
}

/* Refuses more once there are as many as can be handed over. */
static int add_traced(void *context, void *data, size_t size)
{
	struct tables *t = context;
	struct vt_traced_stack *copy = &t->traced[t->n_traced];

	if (size < sizeof(copy->request))
		return 0;
	memcpy(copy, data, size < sizeof(*copy) ? sizeof(copy->request) : sizeof(*copy));
	copy->request.pages = to_bytes(copy->request.pages);
	copy->request.charged = to_bytes(copy->request.charged);
	/* Beside iommufd, the source has no phases. */
	if (t->iommufd.slots && !copy->request.ioas)
		copy->request.pin_ns = VT_UNKNOWN;
	t->n_traced++;
	return t->n_traced == TABLES_TRACED ? -ENOBUFS : 0;
}

static bool allocate(struct tables *t, const struct handles *handles)
{
	t->traced_ring = ring_buffer__new(handles->fd[HANDLE_TRACED], add_traced, t, NULL);
	t->ring = ring_buffer__new(handles->fd[HANDLE_FAILURES], add_failure, t, NULL);
	t->container_slots = array_map(handles->fd[HANDLE_CONTAINERS]);
	t->containers_used = array_map(handles->fd[HANDLE_CONTAINERS_USED]);
	t->in_flight_slots = array_map(handles->fd[HANDLE_IN_FLIGHT]);
	t->group_slots = map_slots(handles->fd[HANDLE_GROUPS]);
	t->device_slots = map_slots(handles->fd[HANDLE_DEVICES]);
	t->containers = calloc(t->container_slots.n, sizeof(*t->containers));
	t->in_flight = calloc(t->in_flight_slots.n, sizeof(*t->in_flight));
	t->groups = calloc(t->group_slots, sizeof(*t->groups));
	t->devices = calloc(t->device_slots, sizeof(*t->devices));
	t->numa = numa_cache_new();
	t->reserved = t->group_slots ? reserved_cache_new(t->group_slots) : NULL;
	t->group_rows.keys = calloc(t->group_slots, sizeof(*t->group_rows.keys));
	t->group_rows.values = calloc(t->group_slots, sizeof(*t->group_rows.values));
	t->device_rows.keys = calloc(t->device_slots, sizeof(*t->device_rows.keys));
	t->device_rows.values = calloc(t->device_slots, sizeof(*t->device_rows.values));
	return t->ring && t->traced_ring && t->container_slots.slots && t->containers_used.slots &&
	       t->in_flight_slots.slots && t->group_slots && t->device_slots && t->containers &&
	       t->reserved && t->numa && t->in_flight && t->groups && t->devices &&
	       t->group_rows.keys && t->group_rows.values && t->device_rows.keys &&
	       t->device_rows.values;
}

enum exit_code tables_start(struct source *source)
{
	struct tables *t = calloc(1, sizeof(*t));

	source->tables = t;
	source->variables = array_map(source->handles.fd[HANDLE_VARIABLES]);
	if (!t || !source->variables.slots || !allocate(t, &source->handles)) {
		complain("cannot read what was watched: %s; lower --max-containers, or free memory",
			 strerror(errno));
		return EXIT_FAILED;
	}
	t->iommufd = array_map(source->handles.fd[HANDLE_IOMMUFD_VARIABLES]);
	t->census = census_new(&source->handles);
	return EXIT_DONE;
}

bool tables_are_busy(const struct source *source)
{
	return source->tables && census_is_busy(source->tables->census);
}

void tables_step(struct source *source)
{
	if (source->tables)
		census_step(source->tables->census);
}

void tables_hurry(struct source *source)
{
	struct tables *t = source->tables;

	if (!t)
		return;
	census_hurry(t->census);
	pinners_hurry(&t->pinners);
}

void tables_close(struct source *source)
{
	struct tables *t = source->tables;

	array_unmap(&source->variables);
	if (!t)
		return;
	array_unmap(&t->container_slots);
	array_unmap(&t->containers_used);
	array_unmap(&t->in_flight_slots);
	census_free(t->census);
	array_unmap(&t->iommufd);
	ring_buffer__free(t->ring);
	ring_buffer__free(t->traced_ring);
	free(t->containers);
	free(t->in_flight);
	free(t->groups);
	reserved_cache_free(t->reserved);
	numa_cache_free(t->numa);
	free(t->devices);
	free(t->group_rows.keys);
	free(t->group_rows.values);
	free(t->device_rows.keys);
	free(t->device_rows.values);
	free(t->failures);
	free(t);
}

/* --- Containers ---------------------------------------------------------------------- */

/* The last caller; else who opened it, made its last mapping, or has its file. */
static void choose_owner(struct container_snapshot *cs, const struct holders *holders)
{
	const struct vt_container *c = &cs->stats;
	const char *comm = c->caller_pid ? c->caller_comm : c->opener_comm;

	cs->owner_pid = c->caller_pid ? c->caller_pid : c->opener_pid;
	if (!cs->owner_pid)
		cs->owner_pid = c->census_pid;
	holders_of_container(holders, cs);
	if (cs->owner_pid == cs->holder_pid && !comm[0])
		comm = cs->holder_comm;
	memcpy(cs->owner.comm, comm, sizeof(cs->owner.comm));
}

/*
 * A process that only had the container for a while, such as a child, leaves it to who opened
 * it when it ends.
 */
static void reconsider_owner(struct container_snapshot *cs, const struct holders *holders,
			     struct processes *processes)
{
	uint32_t opener_pid = cs->stats.opener_pid;
	struct process opener;

	if (!cs->owner.known || cs->owner.alive || !opener_pid || opener_pid == cs->owner_pid)
		return;
	opener = processes_find(processes, opener_pid, cs->stats.opener_comm);
	if (opener.known && opener.alive)
		holders_return_to_opener(holders, cs, &opener);
}

/* Its key last: it is free then. */
static void free_slot(struct tables *t, struct vt_container *slot)
{
	uint64_t *used = t->containers_used.slots;

	memset((char *)slot + sizeof(slot->key), 0, sizeof(*slot) - sizeof(slot->key));
	__atomic_store_n(&slot->key, 0, __ATOMIC_RELEASE);
	__atomic_sub_fetch(used, 1, __ATOMIC_RELEASE);
}

bool tables_crowded(const struct source *source)
{
	const struct tables *t = source->tables;
	const uint64_t *used = t ? t->containers_used.slots : NULL;
	const struct vt_container *slots = t ? t->container_slots.slots : NULL;
	uint64_t leave_ns = clock_ns(CLOCK_MONOTONIC) - LINGER_NS;
	size_t released = 0;

	/* Half of the slots are never used. */
	if (!used || __atomic_load_n(used, __ATOMIC_RELAXED) < t->container_slots.n / 8)
		return false;
	for (size_t i = 0; i < t->container_slots.n; i++) {
		uint64_t ns = __atomic_load_n(&slots[i].released_ns, __ATOMIC_RELAXED);

		released += ns && ns < leave_ns;
	}
	return released >= t->container_slots.n / 8;
}

/* Ranges and oldest mappings that change meanwhile are not known this time. */
static void copy_container(struct vt_container *copy, const struct vt_container *slot)
{
	uint64_t seq = __atomic_load_n(&slot->ranges_seq, __ATOMIC_ACQUIRE);
	uint64_t oldest_seq = __atomic_load_n(&slot->oldest_seq, __ATOMIC_ACQUIRE);

	*copy = *slot;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (seq & 1 || __atomic_load_n(&slot->ranges_seq, __ATOMIC_RELAXED) != seq)
		copy->ranges_lost = 1;
	if (oldest_seq & 1 || __atomic_load_n(&slot->oldest_seq, __ATOMIC_RELAXED) != oldest_seq)
		copy->oldest_lost = 1;
}

static void read_containers(struct tables *t, struct processes *processes, struct snapshot *s)
{
	struct vt_container *slots = t->container_slots.slots;

	s->containers = t->containers;
	for (size_t i = 0; i < t->container_slots.n; i++) {
		struct vt_container *slot = &slots[i];
		struct container_snapshot *copy = &t->containers[s->n_containers];
		struct vt_container *stats = &copy->stats;

		if (!__atomic_load_n(&slot->key, __ATOMIC_ACQUIRE) ||
		    !__atomic_load_n(&slot->id, __ATOMIC_ACQUIRE))
			continue;
		copy_container(stats, slot);
		container_to_bytes(stats);
		/* This snapshot shows it for the last time. */
		if (stats->released_ns && stats->released_ns + LINGER_NS < s->time_ns)
			free_slot(t, slot);
		choose_owner(copy, &t->holders);
		copy->owner = processes_find(processes, copy->owner_pid, copy->owner.comm);
		reconsider_owner(copy, &t->holders, processes);
		processes_cgroup(processes, copy->owner_pid, copy->cgroup);
		numa_find(t->numa, copy->owner.alive ? copy->cgroup : "", s->time_ns, &copy->numa);
		s->n_containers++;
	}
}

/* --- Operations in flight -------------------------------------------------------------- */

/* Frees the slot of a thread that has ended, unless another thread has taken it. */
static void forget_in_flight(struct vt_in_flight *slot, uint32_t tid)
{
	if (__atomic_load_n(&slot->holder, __ATOMIC_ACQUIRE) != tid)
		return;
	__atomic_store_n(&slot->start_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&slot->holder, 0, __ATOMIC_RELEASE);
}

/* Copies an operation, unless the program is changing it. */
static bool copy_in_flight(struct vt_in_flight *copy, const struct vt_in_flight *slot)
{
	copy->start_ns = __atomic_load_n(&slot->start_ns, __ATOMIC_ACQUIRE);
	if (!copy->start_ns)
		return false;
	copy->container = __atomic_load_n(&slot->container, __ATOMIC_RELAXED);
	copy->iova = __atomic_load_n(&slot->iova, __ATOMIC_RELAXED);
	copy->size = __atomic_load_n(&slot->size, __ATOMIC_RELAXED);
	copy->pages = __atomic_load_n(&slot->pages, __ATOMIC_RELAXED) * pages_sizes()->page;
	copy->tid = __atomic_load_n(&slot->tid, __ATOMIC_RELAXED);
	copy->pid = __atomic_load_n(&slot->pid, __ATOMIC_RELAXED);
	copy->operation = __atomic_load_n(&slot->operation, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	copy->check_ns = __atomic_load_n(&slot->check_ns, __ATOMIC_RELAXED);
	return copy->check_ns == copy->start_ns;
}

static void read_in_flight(struct tables *t, const struct processes *processes, struct snapshot *s)
{
	struct vt_in_flight *slots = t->in_flight_slots.slots;

	s->in_flight = t->in_flight;
	for (size_t i = 0; i < t->in_flight_slots.n; i++) {
		struct vt_in_flight *slot = &slots[i];
		struct vt_in_flight *copy = &t->in_flight[s->n_in_flight];

		if (!copy_in_flight(copy, slot))
			continue;
		/* A thread that has ended is in no operation: the programs missed its end. */
		if (processes_usable(processes) && proc_thread_is_gone(copy->pid, copy->tid))
			forget_in_flight(slot, copy->tid);
		else
			s->n_in_flight++;
	}
}

/* --- Groups and devices ---------------------------------------------------------------- */

static void say_unread(const char *what, int error)
{
	static bool said;

	if (!said)
		complain("cannot read the %s: %s; some are not shown", what, strerror(error));
	said = true;
}

/* All rows of a table with one call. Returns how many there are. */
static uint32_t read_rows(int fd, const char *what, void *keys, void *values, size_t slots)
{
	uint32_t n = (uint32_t)slots;
	uint64_t next;

	/* ENOENT: these were the last ones. */
	if (!bpf_map_lookup_batch(fd, NULL, &next, keys, values, &n, NULL) || errno == ENOENT)
		return n;
	say_unread(what, errno);
	return 0;
}

/*
 * A table that is half full of what is closed loses that, which this snapshot shows for the last
 * time. An open that comes just then may be lost with it: the next walk finds it.
 */
static void forget_row(struct tables *t, int fd, const void *key, uint32_t state, size_t rows,
		       size_t slots)
{
	if (state != VT_STATE_CLOSED || rows < slots / 2 || bpf_map_delete_elem(fd, key))
		return;
	census_make_rows(t->census);
}

static void read_groups(struct source *source, const struct lookup *lookup, struct snapshot *s)
{
	bool closes_known = source->knowledge & KNOWS_GROUP_CLOSES;
	int fd = source->handles.fd[HANDLE_GROUPS];
	struct tables *t = source->tables;
	struct group_rows *rows = &t->group_rows;

	s->groups = t->groups;
	rows->n = read_rows(fd, "groups", rows->keys, rows->values, t->group_slots);
	for (uint32_t i = 0; i < rows->n; i++) {
		struct group_snapshot *g = &t->groups[s->n_groups++];

		g->id = rows->keys[i];
		g->stats = rows->values[i];
		/* It may have been closed: only those that have its file now are known. */
		if (!closes_known)
			g->stats.pid = 0;
		holders_of_group(&t->holders, g);
		g->owner = processes_find(lookup->processes, g->stats.pid, g->stats.comm);
		reserved_find(t->reserved, g->id, g->stats.container, s->time_ns, &g->reserved);
		forget_row(t, fd, &rows->keys[i], rows->values[i].state, rows->n, t->group_slots);
	}
}

/* As long as it stays open, a device stays what it is, and with its driver. */
static bool is_same_open(const struct device_snapshot *d, const struct vt_device_key *key,
			 const struct vt_device *stats)
{
	return d->pci.known && !memcmp(&d->key, key, sizeof(*key)) &&
	       d->stats.state == VT_STATE_OPEN && stats->state == VT_STATE_OPEN &&
	       d->stats.opened_ns == stats->opened_ns;
}

static void read_devices(struct source *source, const struct lookup *lookup, struct snapshot *s)
{
	int fd = source->handles.fd[HANDLE_DEVICES];
	struct tables *t = source->tables;
	struct device_rows *rows = &t->device_rows;

	s->devices = t->devices;
	rows->n = read_rows(fd, "devices", rows->keys, rows->values, t->device_slots);
	for (uint32_t i = 0; i < rows->n; i++) {
		struct device_snapshot *d = &t->devices[s->n_devices++];
		/* It was in this place the last time, unless others came or went. */
		bool known = is_same_open(d, &rows->keys[i], &rows->values[i]);

		d->key = rows->keys[i];
		d->stats = rows->values[i];
		holders_of_device(&t->holders, d);
		d->owner = processes_find(lookup->processes, d->stats.pid, d->stats.comm);
		if (!known)
			pci_read(lookup->names, d->key.name, &d->pci);
		forget_row(t, fd, &rows->keys[i], rows->values[i].state, rows->n, t->device_slots);
	}
}

/* --- Lost data --------------------------------------------------------------------------- */

static uint64_t variable(const struct source *source, size_t offset)
{
	const char *variables = source->variables.slots;

	return __atomic_load_n((const uint64_t *)(variables + offset), __ATOMIC_RELAXED);
}

static uint64_t lost(const struct source *source, size_t kind)
{
	return variable(source, source->type->lost + kind * sizeof(uint64_t));
}

static uint64_t missed(const struct source *source)
{
	return source->type->missed ? variable(source, source->type->missed) : 0;
}

/* What is in flight is then known no more. Runs of containers say so themselves. */
void tables_keep_budget(struct source *source)
{
	const struct source_type *type = source->type;

	if (source->runs_over || !source->tables || !type->runs_program ||
	    !variable(source, type->runs_over))
		return;
	handles_detach(&source->handles, type->runs_program);
	source->runs_over = true;
	source->knowledge &= ~KNOWS_PROGRESS;
}

/* --- The watch itself ----------------------------------------------------------------------- */

static void read_watch(struct source *source, struct snapshot *s)
{
	const struct program_counts counts = handles_counts(&source->handles);
	const struct tables *t = source->tables;
	const uint64_t *used = t->containers_used.slots;

	s->missed_programs = counts.missed + missed(source);
	s->watch.known = true;
	s->watch.program_runs = counts.runs;
	s->watch.program_ns = counts.ns;
	s->watch.containers = __atomic_load_n(used, __ATOMIC_RELAXED);
	s->watch.in_flight = s->n_in_flight;
	s->watch.in_flight_max = t->in_flight_slots.n;
}

/* --- The host ------------------------------------------------------------------------------ */

/* What was counted before and after the containers were read. */
static void read_host(struct source *source, const struct vt_host_pins *before, struct snapshot *s)
{
	struct tables *t = source->tables;
	struct vt_host_pins now;

	s->host.known = host_pins_read(source->handles.fd[HANDLE_HOST_PINS], &now);
	if (!s->host.known)
		return;
	/* What is in flight is not in the containers' figures yet. */
	s->host.settled = !memcmp(before, &now, sizeof(now)) && !s->n_in_flight;
	s->host.pinned = (int64_t)(now.acquired - now.released) * (int64_t)pages_sizes()->page;
	s->host.acquired = (int64_t)now.acquired * (int64_t)pages_sizes()->page;
	s->host.kept = source->type->kept ? to_bytes(variable(source, source->type->kept)) : 0;
	if (snapshot_others(s) <= 0)
		return;
	pinners_look(&t->pinners);
	s->host.pinner_pid = t->pinners.pid;
	s->host.pinner_bytes = t->pinners.bytes;
	memcpy(s->host.pinner_comm, t->pinners.comm, sizeof(s->host.pinner_comm));
}

/* --- Traced requests ------------------------------------------------------------------- */

int tables_traced_fd(const struct source *source)
{
	return source->tables ? ring_buffer__epoll_fd(source->tables->traced_ring) : -1;
}

const struct vt_traced_stack *tables_traced(struct source *source, size_t *n)
{
	struct tables *t = source->tables;

	*n = 0;
	if (!t)
		return NULL;
	t->n_traced = 0;
	ring_buffer__consume(t->traced_ring);
	*n = t->n_traced;
	return t->traced;
}

uint64_t tables_traced_lost(const struct source *source)
{
	const struct tables *t = source->tables;

	return t ? lost(source, VT_LOST_TRACED) + iommufd_lost(&t->iommufd, VT_LOST_TRACED) : 0;
}

/* --- All ------------------------------------------------------------------------------- */

/* A container that there was no place for may find one now. */
static void look_for_lost(struct tables *t, uint64_t lost)
{
	if (lost > t->lost_containers)
		census_make_rows(t->census);
	t->lost_containers = lost;
}

bool tables_read_containers(struct source *source, const struct lookup *lookup, struct snapshot *s)
{
	struct tables *t = source->tables;
	struct vt_host_pins before = { 0 };

	host_pins_read(source->handles.fd[HANDLE_HOST_PINS], &before);
	t->n_failures = 0;
	ring_buffer__consume(t->ring);
	s->failures = t->failures;
	s->n_failures = t->n_failures;
	t->holders = census_take(t->census);
	s->census = census_is_known(t->census);
	read_in_flight(t, lookup->processes, s);
	/* Not before: what is in flight has begun before the time of the snapshot. */
	snapshot_time(s);
	read_containers(t, lookup->processes, s);
	tables_keep_budget(source);
	s->runs_over = source->runs_over;
	s->knowledge = source->knowledge;
	read_host(source, &before, s);
	s->iommufd = t->iommufd.slots || source->with_iommufd;
	read_watch(source, s);
	for (size_t i = 0; i < VT_LOST_KINDS; i++)
		s->lost[i] =
			lost(source, i) + census_lost(t->census, i) + iommufd_lost(&t->iommufd, i);
	look_for_lost(t, s->lost[VT_LOST_CONTAINER]);
	return !t->out_of_memory;
}

bool tables_read(struct source *source, const struct lookup *lookup, struct snapshot *s)
{
	bool complete = tables_read_containers(source, lookup, s);

	read_groups(source, lookup, s);
	read_devices(source, lookup, s);
	s->watch.groups = source->tables->group_rows.n;
	s->watch.groups_max = source->tables->group_slots;
	s->watch.devices = source->tables->device_rows.n;
	s->watch.devices_max = source->tables->device_slots;
	return complete;
}
