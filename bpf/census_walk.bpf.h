/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of the census have in common: the files that they look for, and the count
 * of mappings in progress.
 */
#ifndef VFIOTOP_CENSUS_WALK_BPF_H
#define VFIOTOP_CENSUS_WALK_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/* New rows may be made, not only old ones completed. */
volatile __u32 make_rows = 0;

/* --- Files ------------------------------------------------------------------ */

#define address_of(symbol)                                                             \
	({                                                                             \
		__u64 address = 0;                                                     \
                                                                                       \
		bpf_kallsyms_lookup_name(symbol, sizeof(symbol), 0, (void *)&address); \
		address;                                                               \
	})

/* Since 6.6 others have a structure of its own for the file of a device. */
static __always_inline const struct vfio_device *device_of(const void *private_data)
{
	const struct vfio_device_file *file = private_data;

	if (!bpf_core_type_exists(struct vfio_device_file))
		return private_data;
	/* Not bound to iommufd, it has not opened the device. */
	return BPF_CORE_READ(file, access_granted) ? BPF_CORE_READ(file, device) : NULL;
}

/* --- Mappings --------------------------------------------------------------- */

#define CENSUS_CHUNK 4096 /* mappings at a time, so that other tasks get the CPU */
#define CENSUS_DEPTH 64	  /* more than any red-black tree has */
#define CENSUS_TRIES 4

/* The walk in progress, kept from one run of the program to the next. */
struct {
	__u64 session;
	const struct vfio_iommu *iommu;
	const struct vfio_iommu *given_up;
	__u64 from;
	__u64 requests;
	__u64 left;
	__u64 mappings;
	__u64 bytes;
	__u64 pinned;
	__u32 pid;
	__u32 tries;
	__u32 busy;
	__u32 ended;
	/* Where large mappings lie, in order. */
	__u32 n_ranges;
	__u32 ranges_lost;
	__u64 range_iova[VT_RANGES];
	__u64 range_size[VT_RANGES];
} census;

/* Whether this is the first file of a walk: nothing is left of the one before then. */
static __always_inline bool walk_begins(const struct bpf_iter_meta *meta)
{
	__u64 session = meta->session_id;

	if (census.session == session)
		return false;
	__builtin_memset(&census, 0, sizeof(census));
	census.session = session;
	return true;
}

static __always_inline __u64 requests_of(const struct vt_container *c)
{
	return c->map.count + c->map.errors + c->unmap.count + c->unmap.errors + c->teardowns;
}

/* Begins to count the mappings of a container. */
static __always_inline void count_begins(const struct vt_container *c, bool busy)
{
	census.busy = busy;
	census.requests = requests_of(c);
	census.from = 0;
	census.mappings = 0;
	census.bytes = 0;
	census.pinned = 0;
	census.pid = 0;
	census.ended = 0;
	census.tries++;
}

/* An operation in flight may have changed mappings that no event has reported yet. */
static long in_flight_step(__u32 index, void *data)
{
	struct vt_container **c = data;
	struct vt_in_flight *f = bpf_map_lookup_elem(&in_flight, &index);

	if (!f || !f->holder || f->container != (*c)->id)
		return 0;
	census.busy = 1;
	return 1;
}

#endif /* VFIOTOP_CENSUS_WALK_BPF_H */
