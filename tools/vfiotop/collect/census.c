// SPDX-License-Identifier: GPL-2.0-only
#include "census.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "census.skel.h"
#include "census_iommufd.skel.h"
#include "exit.h"
#include "host_pins.h"
#include "pace.h"
#include "pages.h"
#include "privileges.h"
#include "source.h"
#include "symbols.h"

#define SLICE_NS       100000000ULL /* a walk leaves time for keys and signals so often */
#define HURRIED_SLICES 20	    /* slices that whoever is in a hurry waits for, at most */

/* Where the variables of a program are, and what it is from. */
struct layout {
	enum handle iterator;
	enum handle variables;
	size_t make_rows;
	size_t lost;
};

typedef typeof(*((struct census_bpf *)0)->bss) variables_t;
typedef typeof(*((struct census_iommufd_bpf *)0)->bss) iommufd_variables_t;

/* The programs, in the order in which they run. */
static const struct layout layouts[] = {
	{
		.iterator = HANDLE_CENSUS,
		.variables = HANDLE_CENSUS_VARIABLES,
		.make_rows = offsetof(variables_t, make_rows),
		.lost = offsetof(variables_t, lost),
	},
	{
		.iterator = HANDLE_CENSUS_IOMMUFD,
		.variables = HANDLE_CENSUS_IOMMUFD_VARIABLES,
		.make_rows = offsetof(iommufd_variables_t, make_rows),
		.lost = offsetof(iommufd_variables_t, lost),
	},
};

#define PROGRAMS_MAX (sizeof(layouts) / sizeof(layouts[0]))

/* One that is there. */
struct program {
	const struct layout *layout;
	int iterator;
	struct array variables;
};

/* Those that are set before loading. */
typedef typeof(*((struct census_bpf *)0)->rodata) settings_t;

/* What a walk has found. */
struct list {
	struct vt_holder *all;
	size_t n;
	size_t slots;
};

struct census {
	struct program programs[PROGRAMS_MAX];
	size_t n_programs;
	int walk;	       /* file descriptor of the one in progress, or -1 */
	size_t running;	       /* which program */
	uint64_t began_ns;     /* when it began */
	uint64_t worked_ns;    /* what it took so far */
	size_t filled;	       /* bytes of the next holder */
	struct list found;     /* so far */
	struct list holders;   /* by the walk before */
	struct holders sorted; /* these */
	struct pace pace;
	uint64_t lost_before; /* containers, before the walk in progress */
	uint64_t first_lost;  /* by the first walk */
	bool make_rows;	      /* the next one makes rows again */
	bool hurried;	      /* somebody waits for one that begins now */
	bool known;	      /* there was one */
	bool failed;	      /* there will be none */
};

static uint64_t address_of(const struct symbols *symbols, const char *name)
{
	const struct symbol *symbol = symbols_find(symbols, name, "vfio");

	return symbol ? symbol->address : 0;
}

/* Where the kernel has no call for it, its whole list of symbols is read. */
static int read_operations(struct census_bpf *skel)
{
	struct symbols symbols;
	int error = symbols_read(&symbols, SYMBOLS_FILE);

	skel->bss->operations.container = address_of(&symbols, "vfio_container_fops");
	if (!skel->bss->operations.container)
		skel->bss->operations.container = address_of(&symbols, "vfio_fops");
	skel->bss->operations.group = address_of(&symbols, "vfio_group_fops");
	skel->bss->operations.device = address_of(&symbols, "vfio_device_fops");
	symbols_free(&symbols);
	return error;
}

static int find_operations(struct census_bpf *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int error;

	if (bpf_program__autoload(skel->progs.census_operations))
		error = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.census_operations),
					       &opts);
	else
		error = read_operations(skel);
	if (!error && (!skel->bss->operations.container || !skel->bss->operations.group ||
		       !skel->bss->operations.device))
		error = -ENOENT;
	return error;
}

static bool make_room(struct list *list)
{
	size_t slots = list->slots ? list->slots * 2 : 64;
	struct vt_holder *more;

	if (list->n < list->slots)
		return true;
	more = realloc(list->all, slots * sizeof(*more));
	if (!more)
		return false;
	list->all = more;
	list->slots = slots;
	return true;
}

static void set_make_rows(struct census *c, bool make_rows)
{
	for (size_t i = 0; i < c->n_programs; i++) {
		char *variables = c->programs[i].variables.slots;

		*(uint32_t *)(variables + c->programs[i].layout->make_rows) = make_rows;
	}
}

static uint64_t sum_lost(const struct census *c, enum vt_lost kind)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n_programs; i++) {
		const char *variables = c->programs[i].variables.slots;
		const uint64_t *lost = (const void *)(variables + c->programs[i].layout->lost);

		sum += __atomic_load_n(&lost[kind], __ATOMIC_RELAXED);
	}
	return sum;
}

/* Containers that the walk in progress has found no place for. */
static uint64_t lost_now(const struct census *c)
{
	return sum_lost(c, VT_LOST_CONTAINER) - c->lost_before;
}

static bool run_program(struct census *c, size_t which)
{
	if (c->walk >= 0)
		close(c->walk);
	c->walk = bpf_iter_create(c->programs[which].iterator);
	c->running = which;
	c->filled = 0;
	return c->walk >= 0;
}

static bool begin_walk(struct census *c)
{
	if (!run_program(c, 0))
		return false;
	c->found.n = 0;
	c->lost_before = sum_lost(c, VT_LOST_CONTAINER);
	c->began_ns = clock_ns(CLOCK_MONOTONIC);
	c->worked_ns = 0;
	return true;
}

/* Returns 1, as the walk has ended, or a negative errno. */
static int end_walk(struct census *c)
{
	struct list before = c->holders;
	uint64_t lost = lost_now(c);
	struct holders sorted;

	if (!holders_sort(&sorted, c->found.all, c->found.n))
		return -ENOMEM;
	close(c->walk);
	c->walk = -1;
	c->holders = c->found;
	c->found = before;
	holders_free(&c->sorted);
	c->sorted = sorted;
	c->sorted.ns = c->began_ns;
	if (!c->known)
		c->first_lost = lost;
	c->known = true;
	c->lost_before += lost;
	/* Else all that was open before the watch has been seen. */
	set_make_rows(c, c->make_rows || lost);
	c->make_rows = false;
	return 1;
}

/*
 * Reads what the program writes, until the end or for some time; EAGAIN means that there is
 * more to come. Returns a negative errno, or whether it has ended.
 */
static int go_on(struct census *c, uint64_t until_ns)
{
	do {
		char *next;
		ssize_t got;

		if (!make_room(&c->found))
			return -ENOMEM;
		next = (char *)&c->found.all[c->found.n] + c->filled;
		got = read(c->walk, next, sizeof(struct vt_holder) - c->filled);
		if (got < 0 && errno != EAGAIN)
			return -errno;
		if (got == 0 && c->running + 1 == c->n_programs)
			return 1;
		if (got == 0 && !run_program(c, c->running + 1))
			return -errno;
		c->filled += got > 0 ? (size_t)got : 0;
		if (c->filled == sizeof(struct vt_holder)) {
			c->filled = 0;
			c->found.n++;
		}
	} while (clock_ns(CLOCK_MONOTONIC) < until_ns);
	return 0;
}

/* Without any walk so far, the tables lack what was open before. */
static void give_up(struct census *c, int error)
{
	if (c->walk >= 0)
		close(c->walk);
	c->walk = -1;
	if (!c->failed)
		complain("cannot look for what is open: %s; figures that depend on it are unknown",
			 strerror(-error));
	c->failed = true;
	c->known = false;
	c->sorted.known = false;
}

void census_step(struct census *c)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	int ended;

	if (!c || c->failed)
		return;
	if (c->walk < 0 && !begin_walk(c)) {
		give_up(c, -errno);
		return;
	}
	ended = go_on(c, start + SLICE_NS);
	if (ended > 0)
		ended = end_walk(c);
	c->worked_ns += clock_ns(CLOCK_MONOTONIC) - start;
	if (ended < 0)
		give_up(c, ended);
	if (ended <= 0)
		return;
	c->pace.ended_ns = clock_ns(CLOCK_MONOTONIC);
	c->pace.took_ns = c->worked_ns;
}

bool census_is_busy(const struct census *c)
{
	return c && !c->failed && (!c->known || c->walk >= 0);
}

bool census_is_known(const struct census *c)
{
	return c && c->known;
}

/* What the programs of the census share with those that fill its tables. */
static int prepare(const struct source *source, struct bpf_object *obj)
{
	int error = programs_share(source->programs.obj, obj);

	if (!error && source->iommufd.obj)
		error = programs_share(source->iommufd.obj, obj);
	return error ? error : programs_prepare(obj);
}

/* Has the program find out by what files belong to VFIO. */
static int attach(struct census_bpf *skel)
{
	int error = find_operations(skel);

	return error ? error : census_bpf__attach(skel);
}

/*
 * Loads the programs; with those that read the host's count of pins, if @counts. Returns NULL
 * with a negative errno.
 */
static struct census_bpf *load(const struct source *source, const settings_t *settings,
			       bool looks_up, bool counts, int *error)
{
	struct census_bpf *skel = census_bpf__open_opts(programs_options());

	*error = skel ? 0 : -errno;
	if (!skel)
		return NULL;
	*skel->rodata = *settings;
	skel->bss->make_rows = 1;
	bpf_program__set_autoload(skel->progs.census_operations, looks_up);
	host_pins_choose(skel->obj, looks_up && counts);
	*error = prepare(source, skel->obj);
	if (!*error)
		*error = census_bpf__load(skel);
	if (!*error)
		return skel;
	census_bpf__destroy(skel);
	return NULL;
}

static int attach_files(struct source *source, uint32_t container_bits, uint64_t containers_max,
			uint32_t in_flight_slots)
{
	const settings_t settings = {
		.container_shift = 64 - container_bits,
		.containers_max = containers_max,
		.in_flight_mask = in_flight_slots - 1,
		.superpage = pages_sizes()->superpage,
		.host_nodes = host_pins_nodes(),
	};
	bool looks_up = libbpf_probe_bpf_helper(BPF_PROG_TYPE_SYSCALL,
						BPF_FUNC_kallsyms_lookup_name, NULL) == 1;
	struct census_bpf *skel;
	int error;

	skel = load(source, &settings, looks_up, true, &error);
	/* A kernel that counts otherwise may still have open files. */
	if (!skel)
		skel = load(source, &settings, looks_up, false, &error);
	if (skel)
		error = attach(skel);
	if (error) {
		census_bpf__destroy(skel);
		return error;
	}
	source->census = (struct programs){ PROGRAMS(skel) };
	source->handles.fd[HANDLE_CENSUS] = bpf_link__fd(skel->links.census_files);
	source->handles.fd[HANDLE_CENSUS_VARIABLES] = bpf_map__fd(skel->maps.bss);
	host_pins_attach(source, skel->obj);
	return 0;
}

/* Every kernel with iommufd has the call that finds addresses. */
static int load_iommufd(struct source *source, struct census_iommufd_bpf *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int error = prepare(source, skel->obj);

	if (!error)
		error = census_iommufd_bpf__load(skel);
	if (!error)
		error = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.census_operations),
					       &opts);
	if (!error && !skel->bss->operations.iommufd)
		error = -ENOENT;
	if (!error)
		error = census_iommufd_bpf__attach(skel);
	return error;
}

static int attach_iommufd(struct source *source, uint32_t container_bits, uint64_t containers_max,
			  uint32_t in_flight_slots)
{
	struct census_iommufd_bpf *skel = census_iommufd_bpf__open_opts(programs_options());
	int error;

	if (!skel)
		return -errno;
	skel->rodata->container_shift = 64 - container_bits;
	skel->rodata->containers_max = containers_max;
	skel->rodata->in_flight_mask = in_flight_slots - 1;
	skel->bss->make_rows = 1;
	error = load_iommufd(source, skel);
	if (error) {
		census_iommufd_bpf__destroy(skel);
		return error;
	}
	source->census_iommufd = (struct programs){ PROGRAMS(skel) };
	source->handles.fd[HANDLE_CENSUS_IOMMUFD] = bpf_link__fd(skel->links.census_contexts);
	source->handles.fd[HANDLE_CENSUS_IOMMUFD_VARIABLES] = bpf_map__fd(skel->maps.bss);
	return 0;
}

void census_attach(struct source *source, uint32_t container_bits, uint64_t containers_max,
		   uint32_t in_flight_slots)
{
	/* That source knows no containers but IOASes, and VFIO may have no others. */
	bool alone = source->type->choice == SOURCE_IOMMUFD;
	int error = 0;

	if (!alone)
		error = attach_files(source, container_bits, containers_max, in_flight_slots);
	if (!error && (alone || source->iommufd.obj))
		error = attach_iommufd(source, container_bits, containers_max, in_flight_slots);
	if (error)
		privileges_explain_census(error);
}

/* Whether nothing is wrong: the program may not be there. */
static bool add_program(struct census *c, const struct handles *handles,
			const struct layout *layout)
{
	struct program *p = &c->programs[c->n_programs];

	if (handles->fd[layout->iterator] < 0)
		return true;
	p->layout = layout;
	p->iterator = handles->fd[layout->iterator];
	p->variables = array_map(handles->fd[layout->variables]);
	if (!p->variables.slots)
		return false;
	c->n_programs++;
	return true;
}

struct census *census_new(const struct handles *handles)
{
	struct census *c = calloc(1, sizeof(*c));
	bool added = c;

	if (c)
		c->walk = -1;
	for (size_t i = 0; added && i < PROGRAMS_MAX; i++)
		added = add_program(c, handles, &layouts[i]);
	if (added && c->n_programs)
		return c;
	census_free(c);
	return NULL;
}

void census_make_rows(struct census *c)
{
	if (!c)
		return;
	/* One that is in progress may have passed what is missing. */
	c->make_rows = c->walk >= 0;
	set_make_rows(c, true);
}

void census_hurry(struct census *c)
{
	if (c)
		c->hurried = true;
}

/* One that is in progress may have passed what was opened since: then another one follows. */
static void walk_at_once(struct census *c)
{
	bool anew = false;

	c->hurried = false;
	for (int i = 0; i < HURRIED_SLICES && !c->failed; i++) {
		anew = anew || c->walk < 0;
		census_step(c);
		if (anew && c->walk < 0)
			return;
	}
}

struct holders census_take(struct census *c)
{
	if (!c)
		return (struct holders){ 0 };
	if (c->hurried)
		walk_at_once(c);
	else if (c->walk >= 0 || pace_allows(&c->pace, clock_ns(CLOCK_MONOTONIC)))
		census_step(c);
	return c->sorted;
}

uint64_t census_lost(const struct census *c, enum vt_lost kind)
{
	if (!c)
		return 0;
	if (kind != VT_LOST_CONTAINER)
		return sum_lost(c, kind);
	/* Later walks look for a place again for the same ones. */
	return c->known ? c->first_lost : lost_now(c);
}

void census_free(struct census *c)
{
	if (!c)
		return;
	if (c->walk >= 0)
		close(c->walk);
	for (size_t i = 0; i < c->n_programs; i++)
		array_unmap(&c->programs[i].variables);
	holders_free(&c->sorted);
	free(c->found.all);
	free(c->holders.all);
	free(c);
}
