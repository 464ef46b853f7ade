// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <string.h>

#include "figure.h"

void host_update(const struct snapshot *s, struct view *view)
{
	const struct host_snapshot *host = &s->host;
	struct host_view *v = &view->host;
	bool vfio_known = view->totals.pinned.known && s->knowledge & KNOWS_PINS;

	if (!host->known)
		return;
	v->pinned = bytes_if(true, host->pinned);
	v->vfio = bytes_if(vfio_known, snapshot_pinned(s));
	v->kept = known(host->kept);
	v->others = bytes_if(vfio_known && host->settled, snapshot_others(s));
	if (!v->others.value)
		return;
	v->pinner_pid = known_if(host->pinner_pid, host->pinner_pid);
	v->pinner_bytes = known_if(host->pinner_pid, host->pinner_bytes);
	memcpy(v->pinner_comm, host->pinner_comm, sizeof(host->pinner_comm));
}
