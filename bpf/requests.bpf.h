/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps, unmaps, pins, and the locked memory that they are charged.
 */
#ifndef VFIOTOP_REQUESTS_BPF_H
#define VFIOTOP_REQUESTS_BPF_H

#include "containers.bpf.h"
#include "failures.bpf.h"
#include "histogram.h"
#include "oldest.bpf.h"
#include "ranges.bpf.h"
#include "tables.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"

/*
 * Not static: the verifier follows each of the many ways through a logarithm once, not to the end of
 * whatever calls it.
 */
__noinline __u32 latency_bucket(__u64 ns)
{
	return vt_hist_index(ns);
}

__noinline __u32 size_class(__u64 bytes)
{
	return vt_size_class(bytes);
}

static __always_inline void requests_latency(struct vt_requests *q, __u64 ns)
{
	__u32 index;

	if (!ns) {
		count_lost_rarely(VT_LOST_START);
		return;
	}
	__sync_fetch_and_add(&q->ns_sum, ns);
	atomic_max(&q->ns_max, ns);
	index = vt_hist_is_usual(ns) ? vt_hist_usual(ns) : latency_bucket(ns);
	/* The compiler must not know the bound, or it drops the check that the verifier of 6.1 needs. */
	barrier_var(index);
	if (index < VT_HIST_BUCKETS)
		__sync_fetch_and_add(&q->buckets[index], 1);
}

static __noinline int requests_size_large(struct vt_requests *q, __u64 bytes)
{
	__u32 class = size_class(bytes);

	/* As for latencies. */
	barrier_var(class);
	if (q && class < VT_SIZE_CLASSES)
		__sync_fetch_and_add(&q->sizes[class], 1);
	return 0;
}

/* The smallest are those that come in great numbers. */
static __always_inline void requests_size(struct vt_requests *q, __u64 bytes)
{
	if (bytes >> (VT_SIZE_SHIFT_MIN + 1) == 0)
		__sync_fetch_and_add(&q->sizes[0], 1);
	else
		requests_size_large(q, bytes);
}

static __always_inline void requests_count(struct vt_requests *q, __u64 bytes, __u64 ns)
{
	__sync_fetch_and_add(&q->count, 1);
	__sync_fetch_and_add(&q->bytes, bytes);
	requests_latency(q, ns);
}

/* The runs of a map, and the leaves that map them. */
static __always_inline void on_map_runs(struct vt_container *c, __u64 runs, __u32 leaf_mask,
					const __u64 *leaf_bytes)
{
	int i;

	__sync_fetch_and_add(&c->runs, runs);
	/* The usual case: only the smallest leaves. */
	if (leaf_mask == 1) {
		__sync_fetch_and_add(&c->leaf_bytes[0], leaf_bytes[0]);
		return;
	}
	/* Unrolled, as the record may only be read at fixed offsets. */
#pragma unroll
	for (i = 0; i < VFIO_LEAF_SIZES; i++)
		if (leaf_mask & (1U << i))
			__sync_fetch_and_add(&c->leaf_bytes[i], leaf_bytes[i]);
}

static __always_inline void on_map_phases(struct vt_container *c,
					  const struct vfio_dma_map_record *r)
{
	__sync_fetch_and_add(&c->pin_ns, r->pin_ns);
	__sync_fetch_and_add(&c->iommu_ns, r->iommu_ns);
	__sync_fetch_and_add(&c->account_ns, r->account_ns);
}

static __always_inline void on_map_backing(struct vt_container *c,
					   const struct vfio_dma_map_record *r)
{
	if (r->backing == VFIO_BACKING_PFNMAP)
		__sync_fetch_and_add(&c->bar_bytes, r->size);
	else if (r->backing != VFIO_BACKING_RAM)
		__sync_fetch_and_add(&c->other_bytes, r->size);
}

static __always_inline void map_charged(struct vt_container *c, const struct vfio_dma_map_record *r)
{
	if (r->charged)
		__sync_fetch_and_add(&c->charged, r->charged);
	else if (r->stage == VFIO_STAGE_ACCOUNT)
		__sync_fetch_and_add(&c->charge_errors, 1);
	else
		return;
	c->locked = r->locked;
	c->locked_limit = r->locked_limit;
	c->locked_pid = r->pid;
	c->ipc_lock = r->ipc_lock;
	container_flag(c, VT_CONTAINER_ACCOUNTED);
}

/* Of any map, whether it succeeded or failed. Returns how many mappings there are. */
static __always_inline __s64 map_noted(struct vt_container *c, const struct vfio_dma_map_record *r)
{
	__s64 mappings;

	container_caller(c, r->pid);
	container_pins(c, r->pages, r->pinned);
	/* Without a total of pins, one of mappings is useless. */
	mappings = container_mappings_with(
		c, r->made, is_total(r->pinned) ? r->mappings : VT_UNKNOWN, VT_CONTAINER_BACKING);
	if (r->mappings_limit)
		c->mappings_limit = r->mappings_limit;
	map_charged(c, r);
	return mappings;
}

/* A map of a superpage or more. Sources that do not know the user address leave it 0. */
static __always_inline void map_alignment(struct vt_container *c,
					  const struct vfio_dma_map_record *r)
{
	const __u64 huge = superpage;

	if (!r->vaddr)
		return;
	if ((r->iova ^ r->vaddr) & (huge - 1))
		__sync_fetch_and_add(&c->incongruent, r->size);
	else
		__sync_fetch_and_add(&c->congruent, r->size);
}

static __always_inline void map_counted(struct vt_container *c, __u64 size, __u64 made, __u64 ns)
{
	requests_size(&c->map, size);
	if (made != 1)
		container_flag(c, VT_CONTAINER_SIZES_LOST);
	requests_count(&c->map, size, ns);
}

/* Returns how many mappings there are. */
static __always_inline __s64 on_map_done(struct vt_container *c,
					 const struct vfio_dma_map_record *r)
{
	const __u64 size = r->size;
	__s64 mappings = map_noted(c, r);

	__sync_fetch_and_add(&c->map.pages, r->pages);
	map_counted(c, size, r->made, r->total_ns);
	return mappings;
}

static __always_inline void map_failure(const struct vt_container *c,
					const struct vfio_dma_map_record *r, struct vt_failure *f)
{
	f->container = c->id;
	f->iova = r->iova;
	f->size = r->size;
	f->stage = r->stage;
	f->conflict_iova = r->conflict_iova;
	f->conflict_size = r->conflict_size;
	f->mappings = r->mappings;
	f->mappings_limit = r->mappings_limit;
	f->locked = r->locked;
	f->locked_limit = r->locked_limit;
}

/* The first failure of a container is kept there, also where others got lost. */
static __always_inline void on_map_failed(struct vt_container *c,
					  const struct vfio_dma_map_record *r)
{
	struct vt_failure *f;

	map_noted(c, r);
	__sync_fetch_and_add(&c->map.errors, 1);
	f = failure_new(VT_OP_MAP, r->ret, r->pid);
	if (f) {
		map_failure(c, r, f);
		failure_send_of(c, f);
	} else if (!c->first_failure.time_ns) {
		map_failure(c, r, &c->first_failure);
		failure_init(&c->first_failure, VT_OP_MAP, r->ret, r->pid);
	}
}

/* --- Unmaps ---------------------------------------------------------------- */

/*
 * Of every removal: mappings are gone even when a request failed half way. Returns how many are
 * left.
 */
static __always_inline __s64 removal_totals(struct vt_container *c,
					    const struct vfio_dma_unmap_record *r)
{
	__s64 left;

	container_pins(c, -(__s64)r->pages, r->pinned);
	left = container_mappings(c, -(__s64)r->removed, r->mappings);
	if (r->refunded) {
		__sync_fetch_and_sub(&c->charged, r->refunded);
		c->locked = r->locked;
		c->locked_pid = r->locked_pid;
	}
	if (r->pages > r->expected)
		__sync_fetch_and_add(&c->unpinned_over, r->pages - r->expected);
	return left;
}

/* Returns how many are left. */
static __always_inline __s64 removal_noted(struct vt_container *c,
					   const struct vfio_dma_unmap_record *r)
{
	__s64 left = removal_totals(c, r);

	if (r->removed == 1 && !r->ret)
		requests_size(&c->unmap, r->done);
	else if (r->removed)
		container_flag(c, VT_CONTAINER_SIZES_LOST);
	return left;
}

/*
 * Pages of a mapping that is gone did not come back. They are in @pinned of the container until it
 * ends, or not even there: @forgotten.
 */
static __always_inline void on_pages_kept(struct vt_container *c, __u64 iova, __u64 size,
					  __u64 pages, bool forgotten)
{
	if (!c)
		return;
	if (forgotten)
		__sync_fetch_and_add(&pages_kept, pages);
	__sync_fetch_and_add(&c->unpinned_short, pages);
	if (__sync_fetch_and_add(&c->kept_mappings, 1))
		return;
	c->kept_iova = iova;
	c->kept_size = size;
	vt_store(c->kept_pages, pages);
}

/* Device memory went, and the IOMMU kept some of it. */
static __always_inline void on_device_kept(struct vt_container *c, __u64 iova, __u64 size,
					   __u64 kept)
{
	if (!c || !kept)
		return;
	if (!c->kept_mappings)
		container_flag(c, VT_CONTAINER_DEVICE_KEPT);
	on_pages_kept(c, iova, size, kept >> page_shift, false);
}

static __always_inline void unmap_differs(struct vt_container *c, __u64 asked, __u64 done)
{
	if (done == asked)
		return;
	__sync_fetch_and_add(&c->unmap_differs, 1);
	__sync_fetch_and_add(&c->unmap.asked, asked - done);
}

static __always_inline void unmap_counted(struct vt_container *c,
					  const struct vfio_dma_unmap_record *r)
{
	container_caller(c, r->pid);
	__sync_fetch_and_add(&c->unmap.pages, r->pages);
	requests_count(&c->unmap, r->done, r->total_ns);
}

/* An unmap of one mapping as it was made. Returns how many are left. */
static __always_inline __s64 on_unmap_of_one(struct vt_container *c,
					     const struct vfio_dma_unmap_record *r)
{
	__s64 left = removal_totals(c, r);

	requests_size(&c->unmap, r->done);
	unmap_counted(c, r);
	return left;
}

/* By the host's count, more pages were unpinned than the mapping had: by others, or twice. */
static __always_inline void on_pages_excess(struct vt_container *c, __u64 iova, __u64 size,
					    __u64 pages)
{
	if (!c)
		return;
	vt_store(c->excess_iova, iova);
	vt_store(c->excess_size, size);
	__sync_fetch_and_add(&c->excess_pages, pages);
	__sync_fetch_and_add(&c->excess_mappings, 1);
}

/* By the host's count, pages of a mapping are missing, or the count is not all in sight. */
static __always_inline void on_pages_doubtful(struct vt_container *c, __u64 iova, __u64 size,
					      __u64 pages)
{
	if (!c)
		return;
	vt_store(c->doubtful_iova, iova);
	vt_store(c->doubtful_size, size);
	__sync_fetch_and_add(&c->doubtful_pages, pages);
	__sync_fetch_and_add(&c->doubtful_mappings, 1);
}

/* Returns how many mappings are left. */
static __always_inline __s64 on_unmap_done(struct vt_container *c,
					   const struct vfio_dma_unmap_record *r)
{
	__s64 left = removal_noted(c, r);

	unmap_differs(c, r->size, r->done);
	unmap_counted(c, r);
	return left;
}

static __always_inline void unmap_failure(const struct vt_container *c,
					  const struct vfio_dma_unmap_record *r,
					  struct vt_failure *f)
{
	if (r->no_backend)
		f->stage = VFIO_STAGE_BACKEND;
	f->container = c->id;
	f->iova = r->iova;
	f->size = r->size;
}

static __always_inline void on_unmap_failed(struct vt_container *c,
					    const struct vfio_dma_unmap_record *r)
{
	struct vt_failure *f;

	removal_noted(c, r);
	if (r->removed)
		c->ranges_lost = c->oldest_lost = 1;
	container_caller(c, r->pid);
	__sync_fetch_and_add(&c->unmap.errors, 1);
	f = failure_new(VT_OP_UNMAP, r->ret, r->pid);
	if (f) {
		unmap_failure(c, r, f);
		failure_send_of(c, f);
	} else if (!c->first_failure.time_ns) {
		unmap_failure(c, r, &c->first_failure);
		failure_init(&c->first_failure, VT_OP_UNMAP, r->ret, r->pid);
	}
}

static __always_inline void on_teardown_end(struct vt_container *c,
					    const struct vfio_dma_unmap_record *r)
{
	removal_noted(c, r);
	__sync_fetch_and_add(&c->teardowns, 1);
	__sync_fetch_and_add(&c->teardown_mappings, r->removed);
	__sync_fetch_and_add(&c->teardown_bytes, r->done);
	__sync_fetch_and_add(&c->teardown_pages, r->pages);
	__sync_fetch_and_add(&c->teardown_ns, r->total_ns);
}

/* --- Pins outside of maps and unmaps ------------------------------------- */

static __always_inline void on_pin_standalone(__u64 key, __s64 pages, __u64 total)
{
	struct vt_container *c = container_find(key);

	/* NULL: it was opened before the watch and has made no request since. */
	if (!c)
		return;
	__sync_fetch_and_add(&c->pins_standalone, 1);
	container_pins(c, pages, total);
}

/* --- The dirty log --------------------------------------------------------- */

static __always_inline void on_dirty_log(struct vt_container *c,
					 const struct vfio_dirty_log_record *r)
{
	struct vt_dirty_log *d = &c->dirty_log;

	container_caller(c, r->pid);
	if (r->ret) {
		__sync_fetch_and_add(&d->errors, 1);
	} else if (r->kind == VFIO_DIRTY_START) {
		__sync_fetch_and_add(&d->starts, 1);
	} else if (r->kind == VFIO_DIRTY_STOP) {
		__sync_fetch_and_add(&d->stops, 1);
	} else if (r->kind == VFIO_DIRTY_BITMAP) {
		__sync_fetch_and_add(&d->bitmaps, 1);
		__sync_fetch_and_add(&d->range_bytes, r->size);
		__sync_fetch_and_add(&d->bitmap_bytes, r->bitmap_bytes);
		if (!r->ns) {
			count_lost(VT_LOST_START);
			return;
		}
		__sync_fetch_and_add(&d->ns_sum, r->ns);
		atomic_max(&d->ns_max, r->ns);
		vt_store(d->ns_last, r->ns);
	}
}

/* --- Locked memory -------------------------------------------------------- */

/* A charge or refund that is not part of a map or unmap. */
static __always_inline void on_account_standalone(__u64 key, const struct vfio_account_record *r)
{
	struct vt_container *c = container_get(key, r->container);

	if (!c)
		return;
	c->locked = r->charged;
	c->locked_limit = r->limit;
	c->locked_pid = r->pid;
	/* A refund needs no capability, so it says nothing about it. */
	if (r->pages >= 0)
		c->ipc_lock = r->ipc_lock;
	container_flag(c, VT_CONTAINER_ACCOUNTED);
	/* A process that is gone took its charges with it. */
	if (!r->ret || (r->ret == -ESRCH && r->pages < 0))
		__sync_fetch_and_add(&c->charged, r->pages);
	else
		__sync_fetch_and_add(&c->charge_errors, 1);
}

/* A process was charged otherwise than it should have been. */
static __always_inline void on_account_drift(struct vt_container *c, __u64 iova, __u64 size,
					     __s64 pages, __u32 payer)
{
	if (!c)
		return;
	if (!c->drift_size) {
		c->drift_iova = iova;
		c->drift_size = size;
		c->drift_pid = payer;
	}
	__sync_fetch_and_add(&c->drift, pages);
}

#endif /* VFIOTOP_REQUESTS_BPF_H */
