// SPDX-License-Identifier: GPL-2.0-only
#include "leaks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"

static const char *const names[LEAK_KINDS] = {
	[LEAK_KERNEL] = "kernel-leak",	  [LEAK_GROWTH] = "growth",
	[LEAK_ORPHAN] = "orphan",	  [LEAK_ACCOUNTING] = "accounting-drift",
	[LEAK_OVER_UNPIN] = "over-unpin",
};

/* As bytes of a leak. */
#define UNKNOWN (-1)

static uint64_t requests_of(const struct vt_container *c)
{
	return c->map.count + c->map.errors + c->unmap.count + c->unmap.errors + c->teardowns +
	       c->pins_standalone;
}

/*
 * An emulated device may pin a page again that its mapping has pinned and paid
 * for; so with such pins less may be charged than is pinned, but never more.
 */
static int64_t drift_of(const struct vt_container *c)
{
	int64_t drift;

	/* No real figures differ so much. */
	if (__builtin_sub_overflow(c->charged, c->pinned, &drift) || drift == INT64_MIN)
		return 0;
	return c->pins_standalone && drift < 0 ? 0 : drift;
}

/*
 * Charges are comparable with pins when both were watched from the start. A
 * container that was never charged has a backend or an owner that need not be.
 */
static bool drift_is_known(const struct vt_container *c, unsigned int knowledge)
{
	return (knowledge & KNOWS_PINS) && (knowledge & KNOWS_CHARGES) &&
	       (c->flags & VT_CONTAINER_OPEN_SEEN) && (c->flags & VT_CONTAINER_ACCOUNTED) &&
	       !c->released_ns;
}

static bool owner_is_dead(const struct container_snapshot *container)
{
	return container->owner_pid && container->owner.known && !container->owner.alive;
}

bool leaks_orphan(const struct leak_history *h)
{
	return h->orphan_ticks >= LEAK_ORPHAN_TICKS;
}

static void level_note(struct leak_level *level, int64_t value, bool first)
{
	if (first || value < level->now)
		level->now = value;
}

static void level_close(struct leak_level *level, unsigned int windows)
{
	if (windows > LEAK_WINDOWS)
		memmove(level->low, level->low + 1, LEAK_WINDOWS * sizeof(level->low[0]));
	level->low[windows > LEAK_WINDOWS ? LEAK_WINDOWS : windows] = level->now;
}

/* It never fell, and rose in all windows but one. */
static bool level_rises(const struct leak_level *level)
{
	int rises = 0;

	for (size_t i = 1; i <= LEAK_WINDOWS; i++) {
		if (level->low[i] < level->low[i - 1])
			return false;
		rises += level->low[i] > level->low[i - 1];
	}
	return rises >= LEAK_WINDOWS - 1;
}

/*
 * What comes and goes falls to its lowest in some interval, and a start-up is over after a
 * window or two; only what is never given back lifts the lowest again and again.
 */
static void growth_tick(struct leak_history *h, uint64_t now_ns, int64_t pinned, int64_t mappings)
{
	bool over = h->ticked && now_ns - h->window_ns >= LEAK_WINDOW_NS;

	if (over) {
		level_close(&h->pinned, h->windows);
		level_close(&h->mappings, h->windows);
		h->windows += h->windows <= LEAK_WINDOWS;
		h->growing = h->windows > LEAK_WINDOWS &&
			     (level_rises(&h->pinned) || level_rises(&h->mappings));
	}
	if (over || !h->ticked)
		h->window_ns = now_ns;
	level_note(&h->pinned, pinned, over || !h->ticked);
	level_note(&h->mappings, mappings, over || !h->ticked);
}

void leaks_tick(struct leak_history *h, const struct container_snapshot *container, uint64_t now_ns,
		bool in_flight, unsigned int knowledge)
{
	const struct vt_container *c = &container->stats;
	bool quiet = !in_flight && h->ticked && requests_of(c) == h->requests;

	growth_tick(h, now_ns, knowledge & KNOWS_PINS ? stats_pinned(c) : 0,
		    knowledge & KNOWS_MAPPINGS ? stats_mappings(c) : 0);
	if (c->released_ns || owner_is_dead(container))
		h->growing = false;
	if (c->released_ns || in_flight || !owner_is_dead(container))
		h->orphan_ticks = 0;
	else
		h->orphan_ticks++;
	if (quiet && drift_is_known(c, knowledge) && !owner_is_dead(container) && drift_of(c))
		h->drift_ticks++;
	else
		h->drift_ticks = 0;
	h->requests = requests_of(c);
	h->ticked = true;
}

static struct leak_view *add(struct leak_view *leak, enum leak_kind kind,
			     const struct container_snapshot *container, int64_t bytes)
{
	memset(leak, 0, sizeof(*leak));
	leak->kind = kind;
	leak->container = known(container->stats.id);
	leak->pid = known_if(container->owner_pid, container->owner_pid);
	leak->bytes = bytes_if(true, bytes);
	memcpy(leak->comm, container->owner.comm, sizeof(leak->comm));
	snprintf(leak->name, sizeof(leak->name), "%s", names[kind]);
	return leak;
}

static void orphan_text(const struct container_snapshot *container, char *text, size_t size)
{
	if (!container->holders_known)
		snprintf(text, size, "the owner is dead and something still holds the container");
	else if (!container->holder_pid)
		snprintf(text, size,
			 "the owner is dead and no process has a file of the container");
	else
		snprintf(text, size, "the owner is dead and %" PRIu32 " (%.*s) holds the container",
			 container->holder_pid, VT_COMM_LEN, container->holder_comm);
}

size_t leaks_find(struct leak_history *h, const struct container_snapshot *container,
		  uint64_t now_ns, unsigned int knowledge, struct leak_view *leaks)
{
	const struct vt_container *c = &container->stats;
	/* What the container does while it lives ends with it, also between two ticks. */
	uint64_t left = c->released_ns && knowledge & KNOWS_UNPINS ? c->left_pinned : 0;
	bool found[LEAK_KINDS] = { 0 };
	size_t n = 0;

	if (c->unpinned_short || left) {
		uint64_t bytes = left > c->unpinned_short ? left : c->unpinned_short;
		struct leak_view *leak = add(&leaks[n++], LEAK_KERNEL, container, (int64_t)bytes);

		snprintf(leak->text, sizeof(leak->text), "%s",
			 left ? "the container was released and pages stayed pinned"
			      : "an unmap released fewer pages than its mappings had pinned");
	}
	if (c->unpinned_over) {
		struct leak_view *leak =
			add(&leaks[n++], LEAK_OVER_UNPIN, container, (int64_t)c->unpinned_over);

		snprintf(leak->text, sizeof(leak->text),
			 "an unmap released more pages than its mappings had pinned");
	}
	if (h->growing && !c->released_ns) {
		int64_t low = h->pinned.low[0], bytes = stats_pinned(c);
		/* Mappings alone may have risen. */
		bool pins = low >= 0 && bytes > low;
		struct leak_view *leak =
			add(&leaks[n++], LEAK_GROWTH, container, pins ? bytes - low : UNKNOWN);

		snprintf(leak->text, sizeof(leak->text),
			 "pins or mappings have risen for minutes, and have not been given back");
	}
	if (leaks_orphan(h) && !c->released_ns) {
		struct leak_view *leak = add(&leaks[n++], LEAK_ORPHAN, container, stats_pinned(c));

		orphan_text(container, leak->text, sizeof(leak->text));
	}
	if (h->drift_ticks >= LEAK_DRIFT_TICKS && !c->released_ns) {
		int64_t drift = drift_of(c);
		struct leak_view *leak =
			add(&leaks[n++], LEAK_ACCOUNTING, container, drift < 0 ? -drift : drift);

		snprintf(leak->text, sizeof(leak->text), "%s memory is charged than is pinned",
			 drift < 0 ? "less" : "more");
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t *since = &h->since_ns[leaks[i].kind];

		if (!*since)
			*since = now_ns;
		leaks[i].since_ns = known(*since);
		found[leaks[i].kind] = true;
	}
	for (size_t kind = 0; kind < LEAK_KINDS; kind++)
		if (!found[kind])
			h->since_ns[kind] = 0;
	return n;
}
