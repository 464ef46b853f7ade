/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traced requests: what the programs say of one becomes a row.
 */
#ifndef VFIOTOP_TRACED_H
#define VFIOTOP_TRACED_H

#include "snapshot.h"
#include "view.h"

/**
 * traced_make - a row of a traced request
 * @request: as the collector hands it over
 * @knowledge: enum knowledge of the source
 * @realtime_offset: CLOCK_REALTIME less CLOCK_MONOTONIC
 * @view: is filled in
 */
void traced_make(const struct vt_traced *request, unsigned int knowledge, uint64_t realtime_offset,
		 struct traced_view *view);

#endif /* VFIOTOP_TRACED_H */
