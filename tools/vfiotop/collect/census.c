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
#include "pace.h"
#include "privileges.h"
#include "source.h"
#include "symbols.h"

/* The variables of the program. */
typedef typeof(*((struct census_bpf *)0)->bss) variables_t;

struct census {
	int iterator;
	struct array variables;
	struct vt_holder *holders;
	size_t n;
	size_t slots;
	struct pace pace;
	bool known;
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

static bool make_room(struct census *c)
{
	size_t slots = c->slots ? c->slots * 2 : 64;
	struct vt_holder *more;

	if (c->n < c->slots)
		return true;
	more = realloc(c->holders, slots * sizeof(*more));
	if (!more)
		return false;
	c->holders = more;
	c->slots = slots;
	return true;
}

/* Reads all that the program writes; EAGAIN means that there is more to come. */
static bool read_holders(struct census *c, int fd)
{
	c->n = 0;
	for (;;) {
		size_t filled = 0;

		if (!make_room(c))
			return false;
		while (filled < sizeof(*c->holders)) {
			ssize_t got = read(fd, (char *)&c->holders[c->n] + filled,
					   sizeof(*c->holders) - filled);

			if (got < 0 && errno == EAGAIN)
				continue;
			if (got <= 0)
				return got == 0;
			filled += (size_t)got;
		}
		c->n++;
	}
}

static bool look(struct census *c)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	variables_t *variables = c->variables.slots;
	int fd = bpf_iter_create(c->iterator);

	if (fd < 0)
		return false;
	memset(&variables->census, 0, sizeof(variables->census));
	c->known = read_holders(c, fd);
	close(fd);
	pace_note(&c->pace, start);
	return c->known;
}

void census_attach(struct source *source, uint32_t container_bits, uint64_t containers_max,
		   uint32_t in_flight_slots)
{
	struct census_bpf *skel;

	/* It knows files of VFIO by addresses: it would find none. */
	if (!privileges_to_see_addresses())
		return;
	skel = census_bpf__open();
	if (!skel)
		return;
	skel->rodata->container_bits = container_bits;
	skel->rodata->containers_max = containers_max;
	skel->rodata->in_flight_mask = in_flight_slots - 1;
	skel->bss->make_rows = 1;
	bpf_program__set_autoload(skel->progs.census_operations,
				  libbpf_probe_bpf_helper(BPF_PROG_TYPE_SYSCALL,
							  BPF_FUNC_kallsyms_lookup_name,
							  NULL) == 1);
	if (programs_share(source->programs.obj, skel->obj) || census_bpf__load(skel) ||
	    find_operations(skel) || census_bpf__attach(skel)) {
		census_bpf__destroy(skel);
		return;
	}
	source->census = (struct programs){ PROGRAMS(skel) };
	source->handles.fd[HANDLE_CENSUS] = bpf_link__fd(skel->links.census_files);
	source->handles.fd[HANDLE_CENSUS_VARIABLES] = bpf_map__fd(skel->maps.bss);
}

struct census *census_new(const struct handles *handles)
{
	struct census *c = calloc(1, sizeof(*c));
	variables_t *variables;

	if (!c)
		return NULL;
	c->iterator = handles->fd[HANDLE_CENSUS];
	c->variables = array_map(handles->fd[HANDLE_CENSUS_VARIABLES]);
	variables = c->variables.slots;
	if (!variables || !look(c)) {
		census_free(c);
		return NULL;
	}
	variables->make_rows = 0;
	return c;
}

struct holders census_take(struct census *c)
{
	if (!c)
		return (struct holders){ 0 };
	if (pace_allows(&c->pace, clock_ns(CLOCK_MONOTONIC)))
		look(c);
	return (struct holders){ c->holders, c->n, c->known };
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
	array_unmap(&c->variables);
	free(c->holders);
	free(c);
}
