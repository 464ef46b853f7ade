// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <string.h>

#include "figure.h"

/* What is not explained by address spaces, nor by what they did not give back. */
static int64_t others_now(const struct snapshot *s, uint64_t confirmed)
{
	int64_t rest;

	return __builtin_sub_overflow(snapshot_others(s), confirmed, &rest) ? -1 : rest;
}

bool host_balance(const struct snapshot *s, uint64_t confirmed, int64_t *balance)
{
	/* Before the census has ended, or without it, there may be more than was seen. */
	if (!s->host.known || !s->host.settled || !(s->knowledge & KNOWS_PINS) ||
	    (!s->census && s->knowledge & KNOWS_MEMBERS))
		return false;
	for (size_t i = 0; i < s->n_containers; i++) {
		const struct vt_container *c = &s->containers[i].stats;

		if (!c->released_ns && !stats_know_pins(c))
			return false;
	}
	*balance = others_now(s, confirmed);
	return true;
}

void host_update(const struct snapshot *s, uint64_t confirmed, struct view *view)
{
	const struct host_snapshot *host = &s->host;
	struct host_view *v = &view->host;
	bool vfio_known = view->totals.pinned.known && s->knowledge & KNOWS_PINS;

	if (!host->known)
		return;
	v->pinned = bytes_if(true, host->pinned);
	v->vfio = bytes_if(vfio_known, snapshot_pinned(s));
	v->kept = known(host->kept + confirmed);
	v->others = bytes_if(vfio_known && host->settled, others_now(s, confirmed));
	if (!v->others.value)
		return;
	v->pinner_pid = known_if(host->pinner_pid, host->pinner_pid);
	v->pinner_bytes = known_if(host->pinner_pid, host->pinner_bytes);
	memcpy(v->pinner_comm, host->pinner_comm, sizeof(host->pinner_comm));
}
