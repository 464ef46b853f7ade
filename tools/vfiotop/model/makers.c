// SPDX-License-Identifier: GPL-2.0-only
#include "makers.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096 /* a power of two */
#define NONE	(-1)

struct stack {
	uint32_t pid;
	size_t depth;
	uint64_t frames[VT_STACK_FRAMES];
	const char *names[VT_STACK_FRAMES]; /* all NULL when they could not be kept */
};

/* A mapping. One that is gone stays until its place is needed. */
struct made {
	uint64_t container;
	uint64_t iova;
	uint64_t size;
	int stack;
	int next;      /* in its bucket */
	int next_gone; /* among those that are gone, the first one first */
	bool gone;
};

struct makers {
	struct stack stacks[MAKERS_STACKS];
	int n_stacks;
	struct made made[MAKERS_MAPPINGS];
	int n_made;
	int buckets[BUCKETS];
	int first_gone;
	int last_gone;
};

struct makers *makers_new(void)
{
	struct makers *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		m->buckets[i] = NONE;
	m->first_gone = m->last_gone = NONE;
	return m;
}

void makers_free(struct makers *m)
{
	if (!m)
		return;
	for (int i = 0; i < m->n_stacks; i++)
		for (size_t j = 0; j < m->stacks[i].depth; j++)
			free((char *)m->stacks[i].names[j]);
	free(m);
}

/* --- Stacks ------------------------------------------------------------------------------ */

static int find_stack(const struct makers *m, const struct vt_traced_stack *r, size_t depth)
{
	for (int i = 0; i < m->n_stacks; i++) {
		const struct stack *s = &m->stacks[i];

		if (s->pid == r->request.pid && s->depth == depth &&
		    !memcmp(s->frames, r->frames, depth * sizeof(*s->frames)))
			return i;
	}
	return NONE;
}

void makers_name(struct makers *m, const char *const *names)
{
	struct stack *s = &m->stacks[m->n_stacks - 1];
	bool all = true;

	for (size_t i = 0; i < s->depth; i++) {
		s->names[i] = strdup(names[i]);
		all = all && s->names[i];
	}
	for (size_t i = 0; i < s->depth && !all; i++) {
		free((char *)s->names[i]);
		s->names[i] = NULL;
	}
}

/* --- Mappings ---------------------------------------------------------------------------- */

static size_t bucket_of(uint64_t container, uint64_t iova)
{
	uint64_t hash = (iova ^ container << 48) * 0x9e3779b97f4a7c15ULL;

	return hash >> 52 & (BUCKETS - 1);
}

/* The place of the last one there, whether it is gone or not, or NONE. */
static int find_made(const struct makers *m, uint64_t container, uint64_t iova)
{
	int i = m->buckets[bucket_of(container, iova)];

	while (i != NONE && (m->made[i].container != container || m->made[i].iova != iova))
		i = m->made[i].next;
	return i;
}

static void forget(struct makers *m, int place)
{
	struct made *made = &m->made[place];
	int *link = &m->buckets[bucket_of(made->container, made->iova)];

	while (*link != place)
		link = &m->made[*link].next;
	*link = made->next;
}

/* A place for one more, that of the mapping that has been gone for longest if need be. */
static int take_place(struct makers *m)
{
	int place = m->first_gone;

	if (m->n_made < MAKERS_MAPPINGS)
		return m->n_made++;
	if (place == NONE)
		return NONE;
	m->first_gone = m->made[place].next_gone;
	if (m->first_gone == NONE)
		m->last_gone = NONE;
	forget(m, place);
	return place;
}

static void add_mapping(struct makers *m, const struct vt_traced *r, int stack)
{
	int *bucket = &m->buckets[bucket_of(r->container, r->iova)];
	int place = take_place(m);

	if (place == NONE)
		return;
	m->made[place] = (struct made){
		.container = r->container,
		.iova = r->iova,
		.size = r->size,
		.stack = stack,
		.next = *bucket,
		.next_gone = NONE,
	};
	*bucket = place;
}

static void lose(struct makers *m, int place)
{
	m->made[place].gone = true;
	if (m->last_gone == NONE)
		m->first_gone = place;
	else
		m->made[m->last_gone].next_gone = place;
	m->last_gone = place;
}

/* Returns their size. */
static uint64_t lose_range(struct makers *m, uint64_t container, uint64_t iova, uint64_t last)
{
	uint64_t size = 0;

	for (int i = 0; i < m->n_made; i++) {
		const struct made *made = &m->made[i];

		if (made->container != container || made->gone || made->iova < iova ||
		    made->iova > last)
			continue;
		size += made->size;
		lose(m, i);
	}
	return size;
}

/*
 * Usually one mapping is removed, from its start to its end. An unmap of all has the size of
 * what it found, and begins at 0.
 */
static void remove_mappings(struct makers *m, const struct vt_traced *r)
{
	int place = find_made(m, r->container, r->iova);
	uint64_t found;

	if (r->operation == VT_OP_TEARDOWN) {
		lose_range(m, r->container, 0, UINT64_MAX);
	} else if (place != NONE && !m->made[place].gone && m->made[place].size == r->done) {
		lose(m, place);
	} else {
		found = lose_range(m, r->container, r->iova, r->iova + (r->size - 1));
		if (!r->iova && found < r->done)
			lose_range(m, r->container, 0, UINT64_MAX);
	}
}

bool makers_take(struct makers *m, const struct vt_traced_stack *request, size_t depth)
{
	const struct vt_traced *r = &request->request;
	struct stack *s = &m->stacks[m->n_stacks];
	int stack;

	if (r->operation != VT_OP_MAP) {
		if (r->done)
			remove_mappings(m, r);
		return false;
	}
	if (r->ret || !depth || depth > VT_STACK_FRAMES)
		return false;
	stack = find_stack(m, request, depth);
	if (stack != NONE || m->n_stacks == MAKERS_STACKS) {
		if (stack != NONE)
			add_mapping(m, r, stack);
		return false;
	}
	s->pid = r->pid;
	s->depth = depth;
	memcpy(s->frames, request->frames, depth * sizeof(*s->frames));
	add_mapping(m, r, m->n_stacks++);
	return true;
}

/* --- Leaks ------------------------------------------------------------------------------- */

/* The stack that has made most of what the container has; of as many the first. */
static int most_mappings(const struct makers *m, uint64_t container)
{
	unsigned int mappings[MAKERS_STACKS] = { 0 };
	int most = NONE;

	for (int i = 0; i < m->n_made; i++)
		if (m->made[i].container == container && !m->made[i].gone)
			mappings[m->made[i].stack]++;
	for (int i = 0; i < m->n_stacks; i++)
		if (mappings[i] && (most == NONE || mappings[i] > mappings[most]))
			most = i;
	return most;
}

void makers_find(const struct makers *m, struct leak_view *leak)
{
	int stack = NONE, place;

	if (leak->iova.known) {
		place = find_made(m, leak->container.value, leak->iova.value);
		if (place != NONE)
			stack = m->made[place].stack;
	} else {
		stack = most_mappings(m, leak->container.value);
	}
	if (stack == NONE || !m->stacks[stack].names[0])
		return;
	leak->stack = m->stacks[stack].names;
	leak->n_stack = m->stacks[stack].depth;
}
