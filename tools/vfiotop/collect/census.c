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
#include "exit.h"
#include "pace.h"
#include "privileges.h"
#include "source.h"
#include "symbols.h"

#define SLICE_NS 100000000ULL /* a walk leaves time for keys and signals so often */

/* The variables of the program. */
typedef typeof(*((struct census_bpf *)0)->bss) variables_t;

/* What a walk has found. */
struct list {
	struct vt_holder *all;
	size_t n;
	size_t slots;
};

struct census {
	int iterator;
	struct array variables;
	int walk;	       /* file descriptor of the one in progress, or -1 */
	uint64_t began_ns;     /* when it began */
	uint64_t worked_ns;    /* what it took so far */
	size_t filled;	       /* bytes of the next holder */
	struct list found;     /* so far */
	struct list holders;   /* by the walk before */
	struct holders sorted; /* these */
	struct pace pace;
	bool make_rows; /* the next one makes rows again */
	bool known;	/* there was one */
	bool failed;	/* there will be none */
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

/* Beside iommufd there may be neither containers nor groups. */
static bool is_complete(const struct census_bpf *skel)
{
	const typeof(skel->bss->operations) *found = &skel->bss->operations;

	return found->device && (found->iommufd || (found->container && found->group));
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
	if (!error && !is_complete(skel))
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

static bool begin_walk(struct census *c)
{
	variables_t *variables = c->variables.slots;

	c->walk = bpf_iter_create(c->iterator);
	if (c->walk < 0)
		return false;
	memset(&variables->census, 0, sizeof(variables->census));
	memset(&variables->objects, 0, sizeof(variables->objects));
	c->found.n = 0;
	c->filled = 0;
	c->began_ns = clock_ns(CLOCK_MONOTONIC);
	c->worked_ns = 0;
	return true;
}

/* Returns 1, as the walk has ended, or a negative errno. */
static int end_walk(struct census *c)
{
	struct list before = c->holders;
	variables_t *variables = c->variables.slots;
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
	c->known = true;
	/* All that was open before the watch has been seen. */
	variables->make_rows = c->make_rows;
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
		if (got == 0)
			return 1;
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

/* Loads the program, and has it find out by what files belong to VFIO. */
static int load(struct source *source, struct census_bpf *skel)
{
	int error = programs_share(source->programs.obj, skel->obj);

	if (!error && source->iommufd.obj)
		error = programs_share(source->iommufd.obj, skel->obj);
	if (!error)
		error = programs_prepare(skel->obj);
	if (!error)
		error = census_bpf__load(skel);
	if (!error)
		error = find_operations(skel);
	if (!error)
		error = census_bpf__attach(skel);
	return error;
}

/* Without programs that fill them, the tables of iommufd stay empty. */
static void configure_iommufd(struct census_bpf *skel, const struct source *source)
{
	bool has = source->iommufd.obj || source->type->choice == SOURCE_IOMMUFD;

	skel->rodata->has_iommufd = has;
	if (has)
		return;
	bpf_map__set_max_entries(skel->maps.contexts, 1);
	bpf_map__set_max_entries(skel->maps.ioases, 1);
	bpf_map__set_max_entries(skel->maps.shared_pages, 1);
}

void census_attach(struct source *source, uint32_t container_bits, uint64_t containers_max,
		   uint32_t in_flight_slots)
{
	struct census_bpf *skel;
	int error;

	skel = census_bpf__open_opts(programs_options());
	error = skel ? 0 : -errno;
	if (skel) {
		skel->rodata->container_bits = container_bits;
		skel->rodata->containers_max = containers_max;
		skel->rodata->in_flight_mask = in_flight_slots - 1;
		configure_iommufd(skel, source);
		skel->bss->make_rows = 1;
		bpf_program__set_autoload(skel->progs.census_operations,
					  libbpf_probe_bpf_helper(BPF_PROG_TYPE_SYSCALL,
								  BPF_FUNC_kallsyms_lookup_name,
								  NULL) == 1);
		error = load(source, skel);
	}
	if (error) {
		privileges_explain_census(error);
		census_bpf__destroy(skel);
		return;
	}
	source->census = (struct programs){ PROGRAMS(skel) };
	source->handles.fd[HANDLE_CENSUS] = bpf_link__fd(skel->links.census_files);
	source->handles.fd[HANDLE_CENSUS_VARIABLES] = bpf_map__fd(skel->maps.bss);
}

struct census *census_new(const struct handles *handles)
{
	struct census *c;

	if (handles->fd[HANDLE_CENSUS] < 0)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->walk = -1;
	c->iterator = handles->fd[HANDLE_CENSUS];
	c->variables = array_map(handles->fd[HANDLE_CENSUS_VARIABLES]);
	if (c->variables.slots)
		return c;
	census_free(c);
	return NULL;
}

void census_make_rows(struct census *c)
{
	variables_t *variables = c ? c->variables.slots : NULL;

	if (!c)
		return;
	/* One that is in progress may have passed what is missing. */
	c->make_rows = c->walk >= 0;
	variables->make_rows = 1;
}

struct holders census_take(struct census *c)
{
	if (!c)
		return (struct holders){ 0 };
	if (c->walk >= 0 || pace_allows(&c->pace, clock_ns(CLOCK_MONOTONIC)))
		census_step(c);
	return c->sorted;
}

uint64_t census_lost(const struct census *c, enum vt_lost kind)
{
	const variables_t *variables = c ? c->variables.slots : NULL;

	return c ? __atomic_load_n(&variables->lost[kind], __ATOMIC_RELAXED) : 0;
}

void census_free(struct census *c)
{
	if (!c)
		return;
	if (c->walk >= 0)
		close(c->walk);
	array_unmap(&c->variables);
	holders_free(&c->sorted);
	free(c->found.all);
	free(c->holders.all);
	free(c);
}
