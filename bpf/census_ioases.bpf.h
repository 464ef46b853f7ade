/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census of a context of iommufd: its IOASes, and the mappings that each had when the watch began.
 *
 * The objects of a context are walked in order of their ID, and the mappings of an IOAS as those
 * of a container are. An IOAS counts when nothing has changed meanwhile: it is the
 * same object with the same ID, no request was in flight, none has ended, and nobody held its
 * locks. Else it is walked again, and after some times it stays unknown until the next census.
 */
#ifndef VFIOTOP_CENSUS_IOASES_BPF_H
#define VFIOTOP_CENSUS_IOASES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "census_walk.bpf.h"
#include "containers.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "iommufd_spaces.bpf.h"
#include "vfiotop.h"

/*
 * The walk in progress, kept from one run of the program to the next
 * @context: address of the context
 * @id: the next ID in it
 * @key: the IOAS whose mappings are counted, 0 when there is none
 * @ioas: its ID
 * @pinned: what its row said when that began
 * @mappings: likewise
 * @attempt: tells this attempt from others
 * @account_mode: of its last mapping
 */
struct {
	__u64 context;
	__u64 id;
	__u64 key;
	__u64 ioas;
	__s64 pinned;
	__s64 mappings;
	__u64 attempt;
	__u32 account_mode;
} objects;

static __always_inline const struct iommufd_ioas *ioas_counted(void)
{
	return (const void *)objects.key;
}

/* A thread has its mappings or domains locked, perhaps since before the watch. */
static __always_inline bool ioas_is_busy(const struct iommufd_ioas *ioas)
{
	/* With PREEMPT_RT it is another structure. */
	if (!bpf_core_field_exists(ioas->iopt.iova_rwsem.count))
		return true;
	return BPF_CORE_READ(ioas, iopt.iova_rwsem.count.counter) ||
	       BPF_CORE_READ(ioas, iopt.domains_rwsem.count.counter);
}

static __always_inline void ioas_begin(const struct vt_container *c)
{
	count_begins(c, ioas_is_busy(ioas_counted()));
	objects.pinned = c->pinned;
	objects.mappings = c->mappings;
	objects.attempt = bpf_ktime_get_ns();
}

/* --- Mappings ------------------------------------------------------------------- */

/* The first mapping at or after an address, 0 after the last. */
__noinline __u64 area_from(__u64 ioas, __u64 from)
{
	const struct iopt_area *first = NULL;
	const struct rb_node *node;
	int depth;

	node = BPF_CORE_READ((struct iommufd_ioas *)ioas, iopt.area_itree.rb_root.rb_node);
	for (depth = 0; depth < CENSUS_DEPTH && node; depth++) {
		const struct iopt_area *area =
			(const void *)node - bpf_core_field_offset(struct iopt_area, node.rb);

		if (BPF_CORE_READ(area, node.start) >= from) {
			first = area;
			node = BPF_CORE_READ(node, rb_left);
		} else {
			node = BPF_CORE_READ(node, rb_right);
		}
	}
	return (__u64)first;
}

/* Pages that this mapping's address space has the pins of, and others do not. */
static __always_inline __u64 area_pages(const struct iopt_area *area)
{
	const struct iopt_pages *pages = BPF_CORE_READ(area, pages);
	__u64 address = (__u64)pages, mapped_by;
	struct shared *shared;

	/* It is being made, or removed. */
	if (!pages) {
		census.busy = 1;
		return 0;
	}
	objects.account_mode = BPF_CORE_READ(pages, account_mode);
	census.pid = BPF_CORE_READ(pages, source_task, tgid);
	if (BPF_CORE_READ(pages, kref.refcount.refs.counter) == 1)
		return BPF_CORE_READ(pages, npinned);
	shared = bpf_map_lookup_elem(&shared_pages, &address);
	if (!shared) {
		mapped_by = pages_mapped_by(pages);
		pages_shared(address, mapped_by ? mapped_by : objects.key);
		shared = bpf_map_lookup_elem(&shared_pages, &address);
	}
	/* An IOAS may have them in several mappings. */
	if (!shared || vt_load(shared->key) != objects.key || shared->counted == objects.attempt)
		return 0;
	shared->counted = objects.attempt;
	return BPF_CORE_READ(pages, npinned);
}

static long area_step(__u32 index, void *data)
{
	const struct iopt_area *area = (void *)area_from(objects.key, census.from);
	__u64 start, last;

	if (!area) {
		census.ended = 1;
		return 1;
	}
	start = BPF_CORE_READ(area, node.start);
	last = BPF_CORE_READ(area, node.last);
	census.mappings++;
	census.bytes += last - start + 1;
	census.pinned += area_pages(area);
	/* The mapping was removed meanwhile, or reaches to the last address. */
	if (start < census.from || last + 1 <= start) {
		census.ended = 1;
		return 1;
	}
	census.from = last + 1;
	return 0;
}

/*
 * Nothing has changed since the walk began. One that has ended may have left its address and ID
 * to a new one, which was seen to be made.
 */
static __always_inline bool ioas_is_stable(struct vt_container *c)
{
	bpf_loop(in_flight_mask + 1, in_flight_step, &c, 0);
	return !census.busy && !(c->flags & VT_CONTAINER_OPEN_SEEN) &&
	       census.requests == requests_of(c) && objects.pinned == c->pinned &&
	       objects.mappings == c->mappings && !ioas_is_busy(ioas_counted()) &&
	       object_at(objects.context, objects.ioas) == objects.key && c->key == objects.key;
}

/* Keeps what was found, unless something changed meanwhile. */
static __always_inline bool ioas_keep(struct vt_container *c)
{
	if (!census.ended || !ioas_is_stable(c))
		return false;
	c->census_mappings = census.mappings - objects.mappings;
	c->census_bytes = census.bytes - c->map.bytes + c->unmap.bytes + c->teardown_bytes;
	c->census_pinned = census.pinned - objects.pinned;
	c->census_pid = census.pid;
	if (census.mappings)
		__sync_val_compare_and_swap(&c->locked_by, VT_LOCKED_BY_UNKNOWN,
					    locked_by(objects.account_mode));
	atomic_max((__u64 *)&c->pinned_peak, census.pinned);
	container_flag(c, VT_CONTAINER_CENSUS);
	return true;
}

/* --- IOASes --------------------------------------------------------------------- */

/* Goes to the next object, and ends at an IOAS that was not counted yet. */
static long object_step(__u32 index, void *data)
{
	__u64 id = objects.id;
	__u64 object = object_look(objects.context, id, &objects.id);
	struct vt_container *c;

	if (is_ioas(object)) {
		c = container_find(make_rows ? key_by_id(objects.context, id) : object);
		if (c && !(c->flags & (VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_CENSUS))) {
			objects.ioas = id;
			objects.key = object;
			census.tries = 0;
			ioas_begin(c);
			return 1;
		}
	}
	return objects.id >= 1ULL << 32;
}

/* Continues to count the mappings of an IOAS. */
static __always_inline void ioas_continue(void)
{
	struct vt_container *c = container_find(objects.key);

	bpf_loop(CENSUS_CHUNK, area_step, NULL, 0);
	if (!c || census.tries >= CENSUS_TRIES) {
		objects.key = 0;
	} else if (census.ended || census.requests != requests_of(c)) {
		if (ioas_keep(c))
			objects.key = 0;
		else
			ioas_begin(c);
	}
}

/* Another walk, of which nothing is known. */
static __always_inline void objects_begin(const struct bpf_iter_meta *meta)
{
	if (walk_begins(meta))
		__builtin_memset(&objects, 0, sizeof(objects));
}

/* Continues the walk of a context. Returns 1 if the program is to run again for it. */
static __always_inline int census_context(__u64 address)
{
	struct context *context = context_get(address);

	if (!context || context->walked == census.session)
		return 0;
	if (objects.context != address) {
		objects.context = address;
		objects.id = 0;
		objects.key = 0;
	}
	if (objects.key)
		ioas_continue();
	else
		bpf_loop(CENSUS_CHUNK, object_step, NULL, 0);
	if (objects.key || objects.id < 1ULL << 32)
		return 1;
	context->walked = census.session;
	objects.context = 0;
	return 0;
}

#endif /* VFIOTOP_CENSUS_IOASES_BPF_H */
