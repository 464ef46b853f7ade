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

struct census {
	struct census_bpf *skel;
	struct vt_holder *holders;
	size_t n;
	size_t slots;
	struct pace pace;
	bool known;
};

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
	int fd = bpf_iter_create(bpf_link__fd(c->skel->links.census_files));

	if (fd < 0)
		return false;
	memset(&c->skel->bss->census, 0, sizeof(c->skel->bss->census));
	c->known = read_holders(c, fd);
	close(fd);
	pace_note(&c->pace, start);
	return c->known;
}

struct census *census_new(const struct bpf_object *watch, uint32_t container_bits,
			  uint32_t in_flight_slots)
{
	struct census *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->skel = census_bpf__open();
	if (!c->skel)
		goto fail;
	c->skel->rodata->container_bits = container_bits;
	c->skel->rodata->in_flight_mask = in_flight_slots - 1;
	c->skel->bss->make_rows = 1;
	if (programs_share(watch, c->skel->obj) || census_bpf__load(c->skel) ||
	    census_bpf__attach(c->skel) || !look(c))
		goto fail;
	c->skel->bss->make_rows = 0;
	return c;

fail:
	census_free(c);
	return NULL;
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
	return c ? __atomic_load_n(&c->skel->bss->lost[kind], __ATOMIC_RELAXED) : 0;
}

void census_free(struct census *c)
{
	if (!c)
		return;
	census_bpf__destroy(c->skel);
	free(c->holders);
	free(c);
}
