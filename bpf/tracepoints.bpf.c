// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source tracepoints: this project's VFIO modules, one program per tracepoint.
 *
 * Every program exists twice with the same body. With tp_btf the kernel checks the
 * arguments against the module's type information; raw_tp needs none. vfiotop loads one
 * of each pair.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* Our modules tell all of them. */
#define TOTALS_KNOWN true

#include "containers.bpf.h"
#include "devices.bpf.h"
#include "groups.bpf.h"
#include "in_flight.bpf.h"
#include "requests.bpf.h"
#include "tables.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"

#define PROGRAMS_OF_TWO(event, call_btf, call_raw, ...) \
	SEC("tp_btf/" #event)                           \
	int BPF_PROG(event##_btf, __VA_ARGS__)          \
	{                                               \
		if (watching)                           \
			call_btf;                       \
		return 0;                               \
	}                                               \
	SEC("raw_tp/" #event)                           \
	int BPF_PROG(event##_raw, __VA_ARGS__)          \
	{                                               \
		if (watching)                           \
			call_raw;                       \
		return 0;                               \
	}

#define PROGRAMS(event, call, ...) PROGRAMS_OF_TWO(event, call, call, __VA_ARGS__)

/* Calls @handler with a copy, in @record, of what the tracepoint points to. */
#define WITH_COPY(type, pointer, handler)                                \
	({                                                               \
		struct type copy;                                        \
		const struct type *record = &copy;                       \
                                                                         \
		if (bpf_probe_read_kernel(&copy, sizeof(copy), pointer)) \
			count_lost(VT_LOST_READ);                        \
		else                                                     \
			handler;                                         \
	})

/*
 * Likewise without a copy: typed arguments may be read in place, and the few fields that
 * matter cost less than a copy of the record. Newer verifiers assume that any argument of a
 * tracepoint may be NULL.
 */
#define IN_PLACE(type, pointer, handler)             \
	({                                           \
		const struct type *record = pointer; \
                                                     \
		if (record)                          \
			handler;                     \
	})

#define RECORD_PROGRAMS(event, type, handler)                                           \
	PROGRAMS_OF_TWO(event, IN_PLACE(type, r, handler), WITH_COPY(type, r, handler), \
			const struct type *r)

static __always_inline enum vt_operation operation_of(enum vfio_request_kind kind)
{
	switch (kind) {
	case VFIO_REQUEST_MAP:
		return VT_OP_MAP;
	case VFIO_REQUEST_UNMAP:
		return VT_OP_UNMAP;
	default:
		return VT_OP_TEARDOWN;
	}
}

/* Only operations that are not brief are in flight. */
static __always_inline void operation_end(__u64 container)
{
	in_flight_end(in_flight_find(container));
}

static __always_inline bool is_teardown(const struct vfio_dma_unmap_record *r)
{
	return r->cause == VFIO_CAUSE_DETACH || r->cause == VFIO_CAUSE_RELEASE;
}

/* Failures, teardowns and traced requests are rare: not inlined. */
static __noinline void map_traced(struct vt_container *c, const struct vfio_dma_map_record *r)
{
	if (c && r)
		trace_map(c, r);
}

static __noinline void removal_traced(struct vt_container *c, const struct vfio_dma_unmap_record *r)
{
	if (c && r)
		trace_removal(c, r, is_teardown(r) ? VT_OP_TEARDOWN : VT_OP_UNMAP);
}

static __noinline void map_failed(struct vt_container *c, const struct vfio_dma_map_record *r)
{
	if (c && r)
		on_map_failed(c, r);
}

static __always_inline void map_end(const struct vfio_dma_map_record *r)
{
	struct vt_container *c = container_get(r->container, r->container);
	bool first;

	if (r->size > VFIO_BRIEF_BYTES)
		operation_end(r->container);
	if (!c)
		return;
	if (traced_ns != VT_UNKNOWN)
		map_traced(c, r);
	if (r->ret) {
		map_failed(c, r);
		return;
	}
	first = oldest_add_first(c, r->iova, r->size, r->end_ns, r->tid);
	if (on_map_done(c, r) != r->made || !first)
		oldest_counted(c, first, r);
	on_map_phases(c, r);
	on_map_backing(c, r);
	on_map_runs(c, r->runs, r->leaf_mask, r->leaf_bytes);
	if (r->size < superpage)
		return;
	map_alignment(c, r);
	vt_store(c->pgsizes, r->pgsizes);
	range_add(c, r->iova, r->size, r->leaf_mask);
}

static __noinline void unmap_failed(struct vt_container *c, const struct vfio_dma_unmap_record *r)
{
	if (c && r)
		on_unmap_failed(c, r);
}

static __noinline void teardown_end(struct vt_container *c, const struct vfio_dma_unmap_record *r)
{
	if (!c || !r)
		return;
	on_teardown_end(c, r);
	range_remove(c, 0, ~0ULL);
	oldest_remove(c, 0, ~0ULL);
}

static __always_inline void unmap_done(struct vt_container *c,
				       const struct vfio_dma_unmap_record *r)
{
	on_unmap_done(c, r);
	ranges_unmapped(c, r);
	oldest_unmapped(c, r);
}

/* Not the end of one mapping, as it was made. */
static __noinline void removal_end(struct vt_container *c, const struct vfio_dma_unmap_record *r)
{
	if (!c || !r)
		return;
	if (is_teardown(r))
		teardown_end(c, r);
	else if (r->ret)
		unmap_failed(c, r);
	else
		unmap_done(c, r);
}

static __always_inline void unmap_of_one(struct vt_container *c,
					 const struct vfio_dma_unmap_record *r)
{
	__s64 left = on_unmap_of_one(c, r);

	if (r->done >= superpage)
		range_remove(c, r->iova, r->iova + (r->size - 1));
	if (left)
		oldest_remove_one(c, r->iova);
}

static __always_inline void unmap_end(const struct vfio_dma_unmap_record *r)
{
	struct vt_container *c = container_get(r->container, r->container);

	if (r->cause != VFIO_CAUSE_USER || r->size > VFIO_BRIEF_BYTES)
		operation_end(r->container);
	if (!c)
		return;
	if (traced_ns != VT_UNKNOWN)
		removal_traced(c, r);
	if (r->cause == VFIO_CAUSE_USER && !r->ret && r->removed == 1 && r->done == r->size)
		unmap_of_one(c, r);
	else
		removal_end(c, r);
}

static __always_inline void dirty_log_end(const struct vfio_dirty_log_record *r)
{
	struct vt_container *c = container_get(r->container, r->container);

	if (c)
		on_dirty_log(c, r);
}

PROGRAMS(vfio_container_open, on_container_open(container, container, pid), __u64 container,
	 __u32 pid)

PROGRAMS(vfio_container_release,
	 on_container_release(container, container, pinned, mappings, charged), __u64 container,
	 __u32 pid, __u64 pinned, __u64 mappings, __s64 charged)

PROGRAMS(vfio_group_open, WITH_COPY(vfio_group_open_record, r, on_group_open(record)),
	 const struct vfio_group_open_record *r)

PROGRAMS(vfio_group_release, on_group_release(group), __u32 group, __u32 pid)

PROGRAMS(vfio_group_attach, on_group_attach(group, container, ret), __u32 group, __u64 container,
	 __s32 ret)

PROGRAMS(vfio_group_detach, on_group_detach(group, container, ret), __u32 group, __u64 container,
	 __s32 ret)

PROGRAMS(vfio_iommu_set, on_iommu_set(container, container, type, backend, ret), __u64 container,
	 __u32 type, const char *backend, __s32 ret)

PROGRAMS(vfio_device_open,
	 WITH_COPY(vfio_device_open_record, r, on_device_open(record, record->container)),
	 const struct vfio_device_open_record *r)

PROGRAMS(vfio_device_release, on_device_release(name, group, container, ns, users),
	 const char *name, __u32 group, __u64 container, __u64 ns, __u32 users)

PROGRAMS(vfio_device_reset, WITH_COPY(vfio_device_reset_record, r, on_device_reset(record)),
	 const struct vfio_device_reset_record *r)

PROGRAMS(vfio_dma_long_begin, on_begin(operation_of(kind), container, iova, size, start_ns),
	 __u64 container, __u64 iova, __u64 size, __u32 kind, __u32 pid, __u64 start_ns)

RECORD_PROGRAMS(vfio_dma_map, vfio_dma_map_record, map_end(record))

RECORD_PROGRAMS(vfio_dma_unmap, vfio_dma_unmap_record, unmap_end(record))

RECORD_PROGRAMS(vfio_dirty_log, vfio_dirty_log_record, dirty_log_end(record))

PROGRAMS(vfio_dma_progress, on_progress(container, pages), __u64 container, __s64 pages)

PROGRAMS(vfio_dma_lost,
	 on_pages_kept(container_get(container, container), iova, size, pages, !kept),
	 __u64 container, __u64 iova, __u64 size, __u64 kept, __u64 pages)

PROGRAMS(vfio_dma_excess, on_pages_excess(container_get(container, container), iova, size, pages),
	 __u64 container, __u64 iova, __u64 size, __u64 pages)

PROGRAMS(vfio_dma_revoke, on_device_kept(container_get(container, container), iova, size, kept),
	 __u64 container, __u64 iova, __u64 size, __u64 kept)

PROGRAMS(vfio_account_drift,
	 on_account_drift(container_get(container, container), iova, size, pages, pid),
	 __u64 container, __u64 iova, __u64 size, __s64 pages, __u32 pid)

PROGRAMS(vfio_pin_standalone, on_pin_standalone(container, pages, pinned), __u64 container,
	 __u64 pages, __u64 pinned)

PROGRAMS(vfio_unpin_standalone, on_pin_standalone(container, -(__s64)pages, pinned),
	 __u64 container, __u64 pages, __u64 pinned)

RECORD_PROGRAMS(vfio_account_standalone, vfio_account_record,
		on_account_standalone(record->container, record))

char LICENSE[] SEC("license") = "GPL";
