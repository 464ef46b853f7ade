// SPDX-License-Identifier: GPL-2.0-only
#include "doubts.h"

#include "host.h"

void doubts_begin(struct doubts *all, const struct snapshot *s)
{
	all->comparable = host_balance(s, 0, &all->now);
	all->mapped = 0;
	all->suspect = NULL;
	all->several = false;
}

void doubts_look(struct doubts *all, const struct vt_container *c, struct doubt *doubt)
{
	/* What happens until then is compared at once. */
	if (!all->comparable)
		return;
	all->mapped = stats_sum(all->mapped, (int64_t)(c->map.pages - doubt->mapped));
	if (c->doubtful_pages > doubt->seen) {
		all->several = all->suspect;
		all->suspect = doubt;
		all->missing = c->doubtful_pages - doubt->seen;
		all->mappings = c->doubtful_mappings - doubt->mappings;
		all->iova = c->doubtful_iova;
		all->size = c->doubtful_size;
	}
	doubt->seen = c->doubtful_pages;
	doubt->mappings = c->doubtful_mappings;
	doubt->mapped = c->map.pages;
}

/* The pages are missing, and not only out of sight. */
static void confirm(struct doubts *all)
{
	struct doubt *doubt = all->suspect;

	if (!doubt->kept_mappings) {
		doubt->kept_iova = all->iova;
		doubt->kept_size = all->mappings == 1 ? all->size : 0;
		doubt->kept_bytes = all->missing;
	}
	doubt->kept_mappings += all->mappings;
	doubt->bytes += all->missing;
	all->bytes += all->missing;
}

void doubts_end(struct doubts *all, const struct snapshot *s)
{
	int64_t risen, acquired;

	if (!all->comparable)
		return;
	if (all->known && all->suspect && !all->several &&
	    !__builtin_sub_overflow(all->now, all->balance, &risen) && risen > 0 &&
	    (uint64_t)risen == all->missing &&
	    !__builtin_sub_overflow(s->host.acquired, all->acquired, &acquired) &&
	    acquired <= all->mapped)
		confirm(all);
	all->known = true;
	all->balance = all->now;
	all->acquired = s->host.acquired;
}
