// SPDX-License-Identifier: GPL-2.0-only
#include "collect.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "census.h"
#include "cgroup.h"
#include "pci.h"
#include "probe.h"
#include "proc.h"
#include "scan.h"
#include "source.h"

#define LINGER_NS 10000000000ULL /* a released container stays so long */

/* A process that was looked at before; started is from /proc. */
struct known_process {
	uint32_t pid;
	uint64_t started;
	bool seen;
	char cgroup[CGROUP_PATH_SIZE];
};

struct known_processes {
	struct known_process *all;
	size_t n;
};

/* The maps that the programs of every source fill, and one of a source only. */
struct maps {
	struct bpf_map *containers;
	struct bpf_map *flights;
	struct bpf_map *groups;
	struct bpf_map *devices;
	struct bpf_map *failures;
	struct bpf_map *processes; /* or NULL */
};

struct collector {
	struct source source;
	struct maps maps;
	struct ring_buffer *ring;
	struct census *census; /* NULL where it is not possible */
	struct holders holders;
	struct scan scan;
	uint64_t followed;		 /* the loading of the module that the programs are in */
	struct vt_container *containers; /* the kernel's array, mapped */
	struct vt_flight *flights;	 /* the kernel's array, mapped */
	size_t container_slots;
	struct pci_access *names;
	bool out_of_memory;
	bool proc_usable;
	struct known_processes known;
	struct known_processes known_before;
	size_t failure_slots;
	struct snapshot snapshot;
};

static bool debug_libbpf;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debug_libbpf ? vfprintf(stderr, format, args) : 0;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* --- Start and stop ---------------------------------------------------------------- */

static unsigned int bits_for(unsigned int count)
{
	unsigned int bits = 3;

	while (bits < 16 && (1U << bits) < count)
		bits++;
	return bits;
}

static void find_maps(struct maps *maps, const struct bpf_object *obj)
{
	maps->containers = bpf_object__find_map_by_name(obj, "containers");
	maps->flights = bpf_object__find_map_by_name(obj, "flights");
	maps->groups = bpf_object__find_map_by_name(obj, "groups");
	maps->devices = bpf_object__find_map_by_name(obj, "devices");
	maps->failures = bpf_object__find_map_by_name(obj, "failures");
	maps->processes = bpf_object__find_map_by_name(obj, "processes");
}

static void configure(struct collector *c, const struct collect_options *options)
{
	unsigned int bits = bits_for(options->max_containers);

	find_maps(&c->maps, c->source.obj);
	c->container_slots = 1UL << bits;
	*c->source.container_bits = bits;
	*c->source.flight_mask = SOURCE_FLIGHTS - 1;
	bpf_map__set_max_entries(c->maps.containers, (uint32_t)c->container_slots);
	bpf_map__set_max_entries(c->maps.flights, SOURCE_FLIGHTS);
}

static void *map_array(const struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return p == MAP_FAILED ? NULL : p;
}

static void unmap_array(void *p, const struct bpf_map *map)
{
	if (p)
		munmap(p, (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map));
}

static int add_failure(void *context, void *data, size_t size)
{
	struct collector *c = context;
	struct snapshot *s = &c->snapshot;

	if (size < sizeof(struct vt_failure))
		return 0;
	if (s->n_failures == c->failure_slots) {
		size_t slots = c->failure_slots ? c->failure_slots * 2 : 64;
		struct vt_failure *more = realloc(s->failures, slots * sizeof(*more));

		if (!more) {
			c->out_of_memory = true;
			return -ENOMEM;
		}
		s->failures = more;
		c->failure_slots = slots;
	}
	memcpy(&s->failures[s->n_failures], data, sizeof(struct vt_failure));
	proc_name(s->failures[s->n_failures].comm);
	s->n_failures++;
	return 0;
}

static bool allocate(struct collector *c)
{
	struct snapshot *s = &c->snapshot;

	s->containers = calloc(c->container_slots, sizeof(*s->containers));
	s->flights = calloc(SOURCE_FLIGHTS, sizeof(*s->flights));
	s->groups = calloc(bpf_map__max_entries(c->maps.groups), sizeof(*s->groups));
	s->devices = calloc(bpf_map__max_entries(c->maps.devices), sizeof(*s->devices));
	return s->containers && s->flights && s->groups && s->devices;
}

/* Whoever has the number of a process that is gone, has none of its calls. */
static void forget_calls(int fd, const struct scan *scan)
{
	uint32_t pid, gone = 0, *previous = NULL;

	while (!bpf_map_get_next_key(fd, previous, &pid)) {
		size_t i = 0;

		if (gone)
			bpf_map_delete_elem(fd, &gone);
		while (i < scan->n_processes && scan->processes[i].pid != pid)
			i++;
		gone = i < scan->n_processes ? 0 : pid;
		previous = &pid;
	}
	if (gone)
		bpf_map_delete_elem(fd, &gone);
}

/* Looks who has files of VFIO, and has the IOMMU calls counted of those that are new. */
static void look_at_processes(struct collector *c)
{
	int fd = c->maps.processes ? bpf_map__fd(c->maps.processes) : -1;
	struct vt_iommu_calls calls = { .since_ns = now_ns(CLOCK_MONOTONIC) };
	struct scan *scan = &c->scan;

	scan_look(scan);
	c->out_of_memory |= scan->failed;
	if (fd < 0 || !c->proc_usable)
		return;
	forget_calls(fd, scan);
	for (size_t i = 0; i < scan->n_processes; i++) {
		struct process_snapshot *p = &scan->processes[i];

		bpf_map_update_elem(fd, &p->pid, &calls, BPF_NOEXIST);
		if (bpf_map_lookup_elem(fd, &p->pid, &p->iommu))
			memset(&p->iommu, 0, sizeof(p->iommu));
	}
}

static enum exit_code load_and_attach(struct collector *c, const struct collect_options *options)
{
	int error;

	configure(c, options);
	error = bpf_object__load_skeleton(c->source.skeleton);
	if (error)
		return source_refused("load the BPF programs", error);
	c->ring = ring_buffer__new(bpf_map__fd(c->maps.failures), add_failure, c, NULL);
	c->containers = map_array(c->maps.containers);
	c->flights = map_array(c->maps.flights);
	if (!c->ring || !c->containers || !c->flights || !allocate(c)) {
		complain("cannot set up the watch: %s; lower --max-containers", strerror(errno));
		return EXIT_FAILED;
	}
	error = bpf_object__attach_skeleton(c->source.skeleton);
	/* Where perf events need another privilege than BPF, they are refused so. */
	if (error)
		return source_refused("attach to VFIO", error == -EACCES ? -EPERM : error);
	__atomic_store_n(c->source.watching, 1, __ATOMIC_SEQ_CST);
	if (c->source.knowledge & KNOWS_MEMBERS)
		c->census = census_new(c->source.obj, bits_for(options->max_containers));
	return EXIT_DONE;
}

/* Undoes load_and_attach(), also where that came to no end, and forgets the source. */
static void detach(struct collector *c)
{
	struct snapshot *s = &c->snapshot;

	if (c->source.skeleton) {
		bpf_object__detach_skeleton(c->source.skeleton);
		unmap_array(c->containers, c->maps.containers);
		unmap_array(c->flights, c->maps.flights);
	}
	c->containers = NULL;
	c->flights = NULL;
	c->container_slots = 0;
	census_free(c->census);
	c->census = NULL;
	ring_buffer__free(c->ring);
	c->ring = NULL;
	source_close(&c->source);
	c->maps = (struct maps){ 0 };
	free(s->containers);
	free(s->flights);
	free(s->groups);
	free(s->devices);
	free(s->failures);
	free(s->processes);
	c->failure_slots = 0;
	*s = (struct snapshot){ 0 };
}

static enum exit_code start_on(struct collector *c, const struct rung *rung,
			       const struct collect_options *options)
{
	enum exit_code code = source_open(rung, options, &c->source);

	if (code == EXIT_DONE && c->source.follows)
		c->followed = probe_module_loading(c->source.follows);
	if (code == EXIT_DONE && c->source.skeleton)
		code = load_and_attach(c, options);
	if (code != EXIT_DONE)
		detach(c);
	return code;
}

/* Whether another source may do better than one that ended so. */
static bool is_of_source(enum exit_code code)
{
	return code == EXIT_NO_EVENTS || code == EXIT_NO_BTF || code == EXIT_NO_PRIVILEGE ||
	       code == EXIT_REFUSED;
}

/* Down the ladder, to the best source that works, or the one that was asked for. */
static enum exit_code start_somewhere(struct collector *c, const struct collect_options *options)
{
	enum exit_code code = EXIT_FAILED;
	const struct rung *rung = NULL;
	char why[COMPLAINT_SIZE] = "";

	while ((rung = rungs_next(rung))) {
		if (!rung_wanted(rung, options))
			continue;
		complaint_hold();
		code = start_on(c, rung, options);
		complaint_release(why);
		if (code == EXIT_DONE)
			return EXIT_DONE;
		if (!is_of_source(code))
			break;
		if (options->debug)
			fprintf(stderr, "vfiotop: not %s: %s\n", rung->name, why);
	}
	complain("%s", why);
	return code;
}

enum exit_code collect_start(const struct collect_options *options, struct collector **collector)
{
	struct collector *c = calloc(1, sizeof(*c));
	enum exit_code code;

	*collector = NULL;
	if (!c) {
		complain("cannot start: out of memory; stop something else");
		return EXIT_FAILED;
	}
	c->proc_usable = proc_usable();
	c->names = pci_names_new();
	debug_libbpf = options->debug;
	libbpf_set_print(print_libbpf);
	probe_raise_capabilities();
	code = start_somewhere(c, options);
	probe_drop_capabilities(c->source.knowledge & KNOWS_PROCESSES);
	if (code != EXIT_DONE) {
		collect_stop(c);
		return code;
	}
	/* Without events there are no numbers of processes but those of /proc itself. */
	if (!c->source.skeleton)
		c->proc_usable = true;
	c->snapshot.source = c->source.name;
	c->snapshot.attach = c->source.attach;
	c->snapshot.knowledge = c->source.knowledge;
	if (c->source.knowledge & KNOWS_PROCESSES)
		look_at_processes(c);
	*collector = c;
	return EXIT_DONE;
}

void collect_stop(struct collector *c)
{
	if (!c)
		return;
	detach(c);
	scan_free(&c->scan);
	pci_names_free(c->names);
	free(c->known.all);
	free(c->known_before.all);
	free(c);
}

bool collect_cut_off(const struct collector *c)
{
	return c->source.follows && probe_module_loading(c->source.follows) != c->followed;
}

/* --- Processes ------------------------------------------------------------------------ */

static struct known_process *find_known(struct known_processes *known, uint32_t pid)
{
	for (size_t i = 0; i < known->n; i++)
		if (known->all[i].pid == pid)
			return &known->all[i];
	return NULL;
}

/*
 * Start times are kept from one snapshot to the next as long as something
 * refers to the process, so that a number used again is not taken for it.
 */
static struct process lookup_process(struct collector *c, uint32_t pid, const char *comm)
{
	struct known_process *seen = find_known(&c->known, pid);
	struct process process = { 0 };

	memcpy(process.comm, comm, sizeof(process.comm));
	proc_name(process.comm);
	if (!pid || !c->proc_usable)
		return process;
	if (!seen) {
		struct known_process *before = find_known(&c->known_before, pid);
		struct known_process *more;

		more = realloc(c->known.all, (c->known.n + 1) * sizeof(*more));
		if (!more) {
			c->out_of_memory = true;
			return process;
		}
		c->known.all = more;
		seen = &more[c->known.n++];
		*seen = before ? *before : (struct known_process){ .pid = pid };
	}
	/* Gone when first looked at: nothing under this number can be it later. */
	if (seen->seen && !seen->started) {
		process.known = true;
		return process;
	}
	proc_read(pid, &seen->started, &process);
	seen->seen = true;
	return process;
}

/* The cgroup of a process that lookup_process() knows; of a dead one the last. */
static void lookup_cgroup(struct collector *c, uint32_t pid, bool alive,
			  char path[CGROUP_PATH_SIZE])
{
	struct known_process *known = find_known(&c->known, pid);

	path[0] = '\0';
	if (!known)
		return;
	if (alive)
		cgroup_read(pid, known->cgroup);
	memcpy(path, known->cgroup, sizeof(known->cgroup));
}

static void forget_processes(struct collector *c)
{
	free(c->known_before.all);
	c->known_before = c->known;
	c->known = (struct known_processes){ 0 };
}

/* --- Snapshots -------------------------------------------------------------------------- */

/* The last caller; else who opened it, made its last mapping, or has its file. */
static void choose_owner(struct container_snapshot *cs, const struct holders *holders)
{
	const struct vt_container *c = &cs->stats;
	const char *comm = c->caller_pid ? c->caller_comm : c->opener_comm;

	cs->owner_pid = c->caller_pid ? c->caller_pid : c->opener_pid;
	if (!cs->owner_pid)
		cs->owner_pid = c->before_pid;
	holders_of_container(holders, cs);
	proc_name(cs->holder_comm);
	if (cs->owner_pid == cs->holder_pid && !comm[0])
		comm = cs->holder_comm;
	memcpy(cs->owner.comm, comm, sizeof(cs->owner.comm));
}

static void read_containers(struct collector *c)
{
	struct snapshot *s = &c->snapshot;

	s->n_containers = 0;
	for (size_t i = 0; i < c->container_slots; i++) {
		struct vt_container *slot = &c->containers[i];
		struct container_snapshot *copy = &s->containers[s->n_containers];
		struct vt_container *stats = &copy->stats;

		if (!__atomic_load_n(&slot->key, __ATOMIC_ACQUIRE) ||
		    !__atomic_load_n(&slot->id, __ATOMIC_ACQUIRE))
			continue;
		*stats = *slot;
		/* This snapshot shows it for the last time: free the slot, its key last. */
		if (stats->released_ns && stats->released_ns + LINGER_NS < s->time_ns) {
			memset((char *)slot + sizeof(slot->key), 0,
			       sizeof(*slot) - sizeof(slot->key));
			__atomic_store_n(&slot->key, 0, __ATOMIC_RELEASE);
		}
		choose_owner(copy, &c->holders);
		copy->owner = lookup_process(c, copy->owner_pid, copy->owner.comm);
		lookup_cgroup(c, copy->owner_pid, copy->owner.alive, copy->cgroup);
		proc_name(stats->first_failure.comm);
		s->n_containers++;
	}
}

/* Frees the slot of a thread that is gone; nobody else has taken it. */
static void forget_flight(struct vt_flight *slot, uint32_t tid)
{
	if (__atomic_load_n(&slot->holder, __ATOMIC_ACQUIRE) != tid)
		return;
	__atomic_store_n(&slot->start_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&slot->holder, 0, __ATOMIC_RELEASE);
}

static void read_flights(struct collector *c)
{
	struct snapshot *s = &c->snapshot;

	s->n_flights = 0;
	for (size_t i = 0; i < SOURCE_FLIGHTS; i++) {
		struct vt_flight *slot = &c->flights[i];
		struct vt_flight *copy = &s->flights[s->n_flights];
		char path[48];

		copy->start_ns = __atomic_load_n(&slot->start_ns, __ATOMIC_ACQUIRE);
		if (!copy->start_ns)
			continue;
		copy->container = __atomic_load_n(&slot->container, __ATOMIC_RELAXED);
		copy->iova = __atomic_load_n(&slot->iova, __ATOMIC_RELAXED);
		copy->size = __atomic_load_n(&slot->size, __ATOMIC_RELAXED);
		copy->pages = __atomic_load_n(&slot->pages, __ATOMIC_RELAXED);
		copy->tid = __atomic_load_n(&slot->tid, __ATOMIC_RELAXED);
		copy->pid = __atomic_load_n(&slot->pid, __ATOMIC_RELAXED);
		copy->operation = __atomic_load_n(&slot->operation, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		copy->check_ns = __atomic_load_n(&slot->check_ns, __ATOMIC_RELAXED);
		if (copy->check_ns != copy->start_ns)
			continue;
		/* A thread that is gone is in no operation: its end was missed. */
		snprintf(path, sizeof(path), "/proc/%u/task/%u", copy->pid, copy->tid);
		if (c->proc_usable && access(path, F_OK)) {
			forget_flight(slot, copy->tid);
			continue;
		}
		s->n_flights++;
	}
}

static void read_groups(struct collector *c)
{
	int fd = bpf_map__fd(c->maps.groups);
	struct snapshot *s = &c->snapshot;
	size_t slots = bpf_map__max_entries(c->maps.groups);
	uint32_t *previous = NULL;
	uint32_t id;

	s->n_groups = 0;
	while (s->n_groups < slots && !bpf_map_get_next_key(fd, previous, &id)) {
		struct group_snapshot *g = &s->groups[s->n_groups];

		g->id = id;
		previous = &g->id;
		if (bpf_map_lookup_elem(fd, &id, &g->stats))
			memset(&g->stats, 0, sizeof(g->stats));
		/* It may have been closed, and only those that have its file know. */
		if (!(s->knowledge & KNOWS_GROUP_CLOSES))
			g->stats.pid = 0;
		holders_of_group(&c->holders, g);
		g->owner = lookup_process(c, g->stats.pid, g->stats.comm);
		s->n_groups++;
	}
}

static void read_devices(struct collector *c)
{
	int fd = bpf_map__fd(c->maps.devices);
	struct snapshot *s = &c->snapshot;
	size_t slots = bpf_map__max_entries(c->maps.devices);
	struct vt_device_key *previous = NULL;
	struct vt_device_key key;

	s->n_devices = 0;
	while (s->n_devices < slots && !bpf_map_get_next_key(fd, previous, &key)) {
		struct device_snapshot *d = &s->devices[s->n_devices];

		d->key = key;
		previous = &d->key;
		if (bpf_map_lookup_elem(fd, &key, &d->stats))
			memset(&d->stats, 0, sizeof(d->stats));
		holders_of_device(&c->holders, d);
		d->owner = lookup_process(c, d->stats.pid, d->stats.comm);
		pci_read(c->names, d->key.name, &d->pci);
		s->n_devices++;
	}
}

static void read_missed(struct collector *c)
{
	struct bpf_program *prog;

	c->snapshot.missed_programs =
		c->source.missed ? __atomic_load_n(c->source.missed, __ATOMIC_RELAXED) : 0;
	bpf_object__for_each_program(prog, c->source.obj)
	{
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_program__autoload(prog) &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size))
			c->snapshot.missed_programs += info.recursion_misses;
	}
}

/* --- What was scanned --------------------------------------------------------------------- */

static void scanned_groups(struct collector *c)
{
	struct snapshot *s = &c->snapshot;
	size_t n = c->scan.n_groups;

	free(s->groups);
	s->groups = calloc(n + 1, sizeof(*s->groups));
	s->n_groups = s->groups ? n : 0;
	for (size_t i = 0; i < s->n_groups; i++) {
		struct group_snapshot *g = &s->groups[i];

		g->id = c->scan.groups[i].id;
		g->stats.pid = c->scan.groups[i].pid;
		g->owner = lookup_process(c, g->stats.pid, g->stats.comm);
	}
}

static void scanned_devices(struct collector *c)
{
	struct snapshot *s = &c->snapshot;
	size_t n = c->scan.n_devices;

	free(s->devices);
	s->devices = calloc(n + 1, sizeof(*s->devices));
	s->n_devices = s->devices ? n : 0;
	for (size_t i = 0; i < s->n_devices; i++) {
		struct device_snapshot *d = &s->devices[i];

		memcpy(d->key.name, c->scan.devices[i].name, sizeof(d->key.name));
		d->stats.group = c->scan.devices[i].group;
		pci_read(c->names, d->key.name, &d->pci);
	}
}

static void scanned_processes(struct collector *c)
{
	struct snapshot *s = &c->snapshot;
	size_t n = c->scan.n_processes;

	free(s->processes);
	s->processes = calloc(n + 1, sizeof(*s->processes));
	s->n_processes = s->processes ? n : 0;
	for (size_t i = 0; i < s->n_processes; i++) {
		struct process_snapshot *p = &s->processes[i];

		*p = c->scan.processes[i];
		p->process = lookup_process(c, p->pid, p->process.comm);
		lookup_cgroup(c, p->pid, p->process.alive, p->cgroup);
	}
}

static void read_scan(struct collector *c)
{
	struct snapshot *s = &c->snapshot;

	scanned_groups(c);
	scanned_devices(c);
	scanned_processes(c);
	c->out_of_memory |= !s->groups || !s->devices || !s->processes;
	s->unseen_known = c->scan.unseen_known;
	s->unseen = c->scan.unseen;
}

/* --- All -------------------------------------------------------------------------------- */

static void read_programs(struct collector *c)
{
	read_missed(c);
	for (size_t i = 0; i < VT_LOST_KINDS; i++)
		c->snapshot.lost[i] = __atomic_load_n(&c->source.lost[i], __ATOMIC_RELAXED) +
				      census_lost(c->census, i);
}

const struct snapshot *collect_snapshot(struct collector *c)
{
	bool scans = c->source.knowledge & KNOWS_PROCESSES;
	struct snapshot *s = &c->snapshot;

	s->n_failures = 0;
	if (c->ring)
		ring_buffer__consume(c->ring);
	c->holders = census_take(c->census);
	if (scans)
		look_at_processes(c);
	if (c->flights)
		read_flights(c);
	/* Not before: what is in flight has begun before the time of the snapshot. */
	s->time_ns = now_ns(CLOCK_MONOTONIC);
	s->realtime_ns = now_ns(CLOCK_REALTIME);
	read_containers(c);
	if (scans) {
		read_scan(c);
	} else {
		read_groups(c);
		read_devices(c);
	}
	forget_processes(c);
	if (c->source.obj)
		read_programs(c);
	s->existing = c->census;
	if (c->out_of_memory) {
		complain("cannot read the figures: out of memory; stop something else");
		return NULL;
	}
	return s;
}

const struct snapshot *collect_nothing(const char *missing)
{
	static struct snapshot nothing;

	nothing.time_ns = now_ns(CLOCK_MONOTONIC);
	nothing.realtime_ns = now_ns(CLOCK_REALTIME);
	nothing.missing = missing;
	return &nothing;
}
