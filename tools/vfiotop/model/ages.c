// SPDX-License-Identifier: GPL-2.0-only
#include "ages.h"

#include <stdlib.h>
#include <string.h>

#include "figure.h"

#define SECOND 1000000000ULL
#define CLOSE  (SECOND / 10) /* states that are as close are one */
#define SHARE  16	     /* so are those as close as this part of their age */

static const uint64_t limits[VIEW_AGES] = { SECOND, 10 * SECOND, 60 * SECOND, 600 * SECOND,
					    3600 * SECOND };

static void drop(struct ages *a, uint32_t i)
{
	a->n--;
	memmove(&a->states[i], &a->states[i + 1], (a->n - i) * sizeof(*a->states));
}

/* Of those before the highest age one is needed. */
static void thin(struct ages *a, uint64_t now_ns)
{
	uint64_t oldest = limits[VIEW_AGES - 1];

	while (a->n > 1 && a->states[1].first_ns + oldest <= now_ns)
		drop(a, 0);
	for (uint32_t i = 1; i + 1 < a->n;) {
		uint64_t gap = a->states[i + 1].first_ns - a->states[i - 1].last_ns;

		if (gap <= CLOSE || gap <= (now_ns - a->states[i + 1].first_ns) / SHARE)
			drop(a, i);
		else
			i++;
	}
}

static struct ages_state *append(struct ages *a)
{
	if (a->n == a->room) {
		uint32_t room = a->room ? 2 * a->room : 4;
		struct ages_state *more = realloc(a->states, room * sizeof(*more));

		if (!more)
			return NULL;
		a->states = more;
		a->room = room;
	}
	return &a->states[a->n++];
}

/* Those of later reports, as time has gone back. */
static void forget_later(struct ages *a, uint64_t now_ns)
{
	while (a->n && a->states[a->n - 1].first_ns > now_ns)
		a->n--;
	if (a->n && a->states[a->n - 1].last_ns > now_ns)
		a->states[a->n - 1].last_ns = now_ns;
}

void ages_note(struct ages *a, uint64_t begin_ns, uint64_t now_ns, uint64_t made, uint64_t removed)
{
	struct ages_state *last;

	forget_later(a, now_ns);
	last = a->n ? &a->states[a->n - 1] : NULL;
	/* Another's, then. */
	if (last && (made < last->made || removed < last->removed))
		a->n = 0;
	if (!a->n) {
		last = append(a);
		if (!last)
			return;
		*last = (struct ages_state){ begin_ns, begin_ns, 0, 0 };
	}
	last = &a->states[a->n - 1];
	if (last->made != made || last->removed != removed) {
		last = append(a);
		/* What is remembered would seem to be of now. */
		if (!last) {
			a->n = 0;
			return;
		}
		*last = (struct ages_state){ now_ns, now_ns, made, removed };
	}
	last->last_ns = now_ns;
	thin(a, now_ns);
}

static uint64_t made_since(const struct ages *a, uint32_t i)
{
	return a->states[a->n - 1].made - a->states[i].made;
}

static uint64_t removed_since(const struct ages *a, uint32_t i)
{
	return a->states[a->n - 1].removed - a->states[i].removed;
}

/*
 * Those that were made after a time: at least if what was removed since then were all of
 * them, at most if it were none of them. Between two states the time of a change is unknown.
 */
static struct age_view younger_than(const struct ages *a, uint64_t then_ns)
{
	const struct ages_state *now = &a->states[a->n - 1];
	uint64_t mappings = now->made - now->removed, most = mappings, made, removed;
	uint32_t after = 0;

	while (after + 1 < a->n && a->states[after].last_ns < then_ns)
		after++;
	made = made_since(a, after);
	removed = removed_since(a, after);
	if (a->states[after].first_ns <= then_ns)
		most = made < most ? made : most;
	else if (after && made_since(a, after - 1) < most)
		most = made_since(a, after - 1);
	/* Before all states there was nothing. */
	if (!after && a->states[0].first_ns > then_ns)
		return (struct age_view){ known(mappings), known(mappings) };
	return (struct age_view){ known(made > removed ? made - removed : 0), known(most) };
}

void ages_view(const struct ages *a, uint64_t now_ns, struct age_view younger[VIEW_AGES])
{
	for (size_t i = 0; a->n && i < VIEW_AGES; i++)
		younger[i] = younger_than(a, now_ns > limits[i] ? now_ns - limits[i] : 0);
}

void ages_free(struct ages *a)
{
	free(a->states);
	*a = (struct ages){ 0 };
}
