// SPDX-License-Identifier: GPL-2.0-only
#include "makers.h"

#include <stdlib.h>
#include <string.h>

#include "figure.h"

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
	uint64_t pinned;
	uint64_t charged;
	uint64_t made_ns;
	uint32_t pid;
	uint32_t tid;
	int stack;     /* NONE when it is not known */
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
	bool lost;
	uint64_t full_ns; /* when there was no place for one for the first time; 0 before */
	const struct made *oldest[MAKERS_MAPPINGS];
	struct made_view rows[MAKERS_ROWS];
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

	if (place == NONE) {
		if (!m->full_ns)
			m->full_ns = r->time_ns;
		return;
	}
	m->made[place] = (struct made){
		.container = r->container,
		.iova = r->iova,
		.size = r->size,
		.pinned = r->pages,
		.charged = r->charged,
		.made_ns = r->time_ns,
		.pid = r->pid,
		.tid = r->tid,
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
	bool known;
	int stack;

	if (r->operation != VT_OP_MAP) {
		if (r->done)
			remove_mappings(m, r);
		return false;
	}
	if (r->ret)
		return false;
	known = depth && depth <= VT_STACK_FRAMES;
	stack = known ? find_stack(m, request, depth) : NONE;
	if (stack != NONE || !known || m->n_stacks == MAKERS_STACKS) {
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
		if (m->made[i].container == container && !m->made[i].gone &&
		    m->made[i].stack != NONE)
			mappings[m->made[i].stack]++;
	for (int i = 0; i < m->n_stacks; i++)
		if (mappings[i] && (most == NONE || mappings[i] > mappings[most]))
			most = i;
	return most;
}

/* Returns how many frames it has; 0 when they are not known. */
static size_t stack_of(const struct makers *m, int stack, const char *const **names)
{
	if (stack == NONE || !m->stacks[stack].names[0])
		return 0;
	*names = m->stacks[stack].names;
	return m->stacks[stack].depth;
}

static int compare_age(const void *a, const void *b)
{
	const struct made *x = *(const struct made *const *)a, *y = *(const struct made *const *)b;

	return (x->made_ns > y->made_ns) - (x->made_ns < y->made_ns);
}

static void fill_row(const struct makers *m, const struct made *made, struct made_view *row)
{
	*row = (struct made_view){
		.iova = known(made->iova),
		.size = known(made->size),
		.pinned = known_if(made->pinned != VT_UNKNOWN, made->pinned),
		.charged = known_if(made->charged != VT_UNKNOWN, made->charged),
		.made_ns = known(made->made_ns),
		.pid = known(made->pid),
		.tid = known(made->tid),
	};
	row->n_stack = stack_of(m, made->stack, &row->stack);
}

/*
 * Those of a container that are there, but for what may be younger than one that found no place.
 * More than it has: some were removed by a process that is not watched.
 */
static void find_rows(struct makers *m, struct leak_view *leak, uint64_t now_ns)
{
	size_t n = 0;

	if (m->lost)
		return;
	for (int i = 0; i < m->n_made; i++)
		if (m->made[i].container == leak->container.value && !m->made[i].gone &&
		    m->made[i].made_ns <= now_ns)
			m->oldest[n++] = &m->made[i];
	if (!leak->mappings.known || n > leak->mappings.value)
		return;
	qsort(m->oldest, n, sizeof(*m->oldest), compare_age);
	leak->made = m->rows;
	leak->n_made = 0;
	for (size_t i = 0; i < n && i < MAKERS_ROWS; i++) {
		if (m->full_ns && m->oldest[i]->made_ns >= m->full_ns)
			break;
		fill_row(m, m->oldest[i], &m->rows[leak->n_made++]);
	}
}

void makers_lost(struct makers *m)
{
	m->lost = true;
}

void makers_find(struct makers *m, struct leak_view *leak, uint64_t now_ns)
{
	int stack = NONE, place;

	if (leak->iova.known) {
		place = find_made(m, leak->container.value, leak->iova.value);
		if (place != NONE)
			stack = m->made[place].stack;
	} else {
		stack = most_mappings(m, leak->container.value);
	}
	leak->n_stack = stack_of(m, stack, &leak->stack);
	find_rows(m, leak, now_ns);
}
