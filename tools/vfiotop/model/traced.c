// SPDX-License-Identifier: GPL-2.0-only
#include "traced.h"

#include <string.h>

#include "clean.h"
#include "failures.h"
#include "figure.h"

static const char *backing_name(uint32_t backing)
{
	switch (backing) {
	case VFIO_BACKING_RAM:
		return "ram";
	case VFIO_BACKING_PFNMAP:
		return "bar";
	case VFIO_BACKING_MIXED:
		return "both";
	default:
		return "";
	}
}

static void take_phases(const struct vt_traced *t, struct traced_view *v)
{
	uint64_t known_ns = t->pin_ns + t->iommu_ns;

	v->pin = known(t->pin_ns);
	v->iommu = known(t->iommu_ns);
	v->other = known_if(t->total_ns >= known_ns, t->total_ns - known_ns);
	copy_text(v->backing, sizeof(v->backing), backing_name(t->backing));
}

void traced_make(const struct vt_traced *t, unsigned int knowledge, uint64_t realtime_offset,
		 struct traced_view *v)
{
	bool teardown = t->operation == VT_OP_TEARDOWN;
	bool map = t->operation == VT_OP_MAP;
	bool sized = !teardown || knowledge & KNOWS_TEARDOWN_BYTES;
	const char *stage = map && t->ret ? failure_stage(t->stage) : NULL;

	*v = (struct traced_view){
		.time_ns = known(t->time_ns),
		.realtime_ns = known(t->time_ns + realtime_offset),
		.container = known(t->container),
		.pid = known(t->pid),
		.tid = known(t->tid),
		/* A teardown has no range. */
		.iova = known_if(!teardown, t->iova),
		.size = known_if(sized, t->size),
		.done = known_if(sized, t->done),
		.pinned = known_if(knowledge & KNOWS_PINS && t->pages != VT_UNKNOWN, t->pages),
		.total = known_if(t->total_ns, t->total_ns),
		.error = known((uint64_t) - (int64_t)t->ret),
	};
	copy_text(v->operation, sizeof(v->operation), operation_name(t->operation));
	memcpy(v->comm, t->comm, sizeof(v->comm));
	clean_text(v->comm, sizeof(v->comm));
	copy_text(v->api, sizeof(v->api), t->ioas ? "iommufd" : "vfio");
	copy_text(v->stage, sizeof(v->stage), stage ? stage : "");
	/* Nothing is measured of requests that were running when the watch began. */
	if (map && knowledge & KNOWS_PHASES && t->total_ns && t->pin_ns != VT_UNKNOWN)
		take_phases(t, v);
}
