// SPDX-License-Identifier: GPL-2.0-only
#include "over_unpins.h"

#include "host.h"

void over_unpins_begin(struct over_unpins *over, const struct snapshot *s, uint64_t confirmed)
{
	over->comparable = host_balance(s, confirmed, &over->now);
	over->uncounted = 0;
	over->suspect = NULL;
	over->several = false;
}

static int64_t pinned_now(const struct vt_container *c)
{
	return c->released_ns ? 0 : stats_pinned(c);
}

/* Of what was pinned since, as much as may still be there. */
static int64_t pinned_since(const struct vt_container *c, const struct over_unpin *o)
{
	int64_t pinned = pinned_now(c), more = pinned - o->pinned;
	int64_t mapped = (int64_t)(c->map.pages - o->mapped);
	int64_t since = more > mapped ? more : mapped;

	/* How many pages an emulated device has pinned is not counted. */
	if (c->pins_standalone != o->pins_standalone || pinned < since)
		return pinned;
	return since;
}

static void suspect(struct over_unpins *over, struct over_unpin *o, uint64_t excess, uint64_t iova,
		    uint64_t size)
{
	over->several = over->suspect;
	over->suspect = o;
	over->excess = excess;
	over->iova = iova;
	over->size = size;
}

void over_unpins_look(struct over_unpins *over, const struct vt_container *c, struct over_unpin *o)
{
	uint64_t mappings = c->excess_mappings - o->mappings;
	uint64_t doubts = c->doubtful_mappings - o->doubts;

	/* What happens until then is compared at once. */
	if (!over->comparable)
		return;
	over->uncounted = stats_sum(over->uncounted, pinned_since(c, o));
	/* Where nobody else had pages pinned, what was out of sight may as well be too much. */
	if (doubts && over->known && !over->balance)
		suspect(over, o, UINT64_MAX, c->doubtful_iova,
			mappings + doubts == 1 ? c->doubtful_size : 0);
	else if (c->excess_pages > o->excess)
		suspect(over, o, c->excess_pages - o->excess, c->excess_iova,
			mappings == 1 ? c->excess_size : 0);
	o->excess = c->excess_pages;
	o->mappings = c->excess_mappings;
	o->doubts = c->doubtful_mappings;
	o->pinned = pinned_now(c);
	o->mapped = c->map.pages;
	o->pins_standalone = c->pins_standalone;
}

/* The suspect has done it. */
static void convict(const struct over_unpins *over, int64_t sunk)
{
	struct over_unpin *o = over->suspect;

	o->iova = over->iova;
	o->size = o->bytes ? 0 : over->size;
	o->bytes += (uint64_t)sunk < over->excess ? (uint64_t)sunk : over->excess;
}

void over_unpins_end(struct over_unpins *over)
{
	int64_t sunk;

	if (!over->comparable)
		return;
	if (over->known && over->suspect && !over->several && over->now < 0 &&
	    !__builtin_sub_overflow(over->balance, over->now, &sunk) && sunk > over->uncounted)
		convict(over, sunk - over->uncounted);
	over->known = true;
	over->balance = over->now;
}
