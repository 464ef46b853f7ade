// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <string.h>

#include "figure.h"

/* What a container had when it ended is left behind. */
static int64_t by_containers(const struct snapshot *s)
{
	int64_t pinned = 0;

	for (size_t i = 0; i < s->n_containers; i++)
		if (!s->containers[i].stats.released_ns)
			pinned = stats_sum(pinned, stats_pinned(&s->containers[i].stats));
	return pinned;
}

/* What is pinned beside; negative, which is unknown, when it cannot be right. */
static int64_t beside(const struct host_snapshot *host, int64_t vfio)
{
	int64_t rest;

	if (__builtin_sub_overflow(host->pinned, host->kept, &rest) ||
	    __builtin_sub_overflow(rest, vfio, &rest))
		return -1;
	return rest;
}

void host_update(const struct snapshot *s, struct view *view)
{
	const struct host_snapshot *host = &s->host;
	struct host_view *v = &view->host;
	bool vfio_known = view->totals.pinned.known && s->knowledge & KNOWS_PINS;
	int64_t vfio = by_containers(s);
	int64_t others = beside(host, vfio);

	if (!host->known)
		return;
	v->pinned = bytes_if(true, host->pinned);
	v->vfio = bytes_if(vfio_known, vfio);
	v->kept = known(host->kept);
	v->others = bytes_if(vfio_known && host->settled, others);
	if (!v->others.value)
		return;
	v->pinner_pid = known_if(host->pinner_pid, host->pinner_pid);
	v->pinner_bytes = known_if(host->pinner_pid, host->pinner_bytes);
	memcpy(v->pinner_comm, host->pinner_comm, sizeof(host->pinner_comm));
}
