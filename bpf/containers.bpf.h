/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers: their slots, and their life from open to release.
 */
#ifndef VFIOTOP_CONTAINERS_BPF_H
#define VFIOTOP_CONTAINERS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "failures.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

static __always_inline __u32 container_mask(void)
{
	return ~0ULL >> container_shift;
}

static __always_inline __u32 container_home(__u64 key)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> container_shift;
}

/*
 * The slots of a container are in parts of LOOP_PART, each so far from the last. Containers of
 * one place have different distances: many that come and go there, by the same few addresses,
 * leave others their place.
 */
static __always_inline __u32 container_distance(__u64 key)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> 8 | 1;
}

static __always_inline struct vt_container *container_slot(__u32 index)
{
	index &= container_mask();
	return bpf_map_lookup_elem(&containers, &index);
}

__noinline int container_is(__u32 index, __u64 key)
{
	const struct vt_container *c = container_slot(index);

	return c && c->key == key;
}

__noinline int container_probe_part(__u32 from, __u64 key)
{
	int i;

#pragma unroll
	for (i = 0; i < LOOP_PART; i++)
		if (container_is(from + i, key))
			return (from + i) & container_mask();
	return -1;
}

__noinline int container_probe(__u32 home, __u64 key)
{
	__u32 distance = container_distance(key);
	int i;

#pragma unroll
	for (i = 0; i < VT_CONTAINER_PROBES / LOOP_PART; i++) {
		int found = container_probe_part(home + i * distance, key);

		if (found >= 0)
			return found;
	}
	return -1;
}

static __always_inline struct vt_container *container_at(int index)
{
	return index < 0 ? NULL : bpf_map_lookup_elem(&containers, &index);
}

/* Of an operation in flight: the container, NULL when it was released meanwhile. */
static __always_inline struct vt_container *container_of_operation(const struct vt_in_flight *f)
{
	struct vt_container *c = container_at(f->container_slot);

	return c && c->key == f->key ? c : NULL;
}

/* Gives the index of its slot, too, -1 when it has none. */
static __always_inline struct vt_container *container_find_at(__u64 key, int *index)
{
	struct vt_container *c;

	*index = container_home(key);
	c = container_at(*index);
	if (c && c->key == key)
		return c;
	*index = container_probe(*index, key);
	return container_at(*index);
}

static __always_inline struct vt_container *container_find(__u64 key)
{
	int index;

	return container_find_at(key, &index);
}

static __always_inline __u64 *containers_count(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&containers_used, &zero);
}

/* Whether there may be one more. */
static __always_inline bool container_reserve(__u64 *used)
{
	if (__sync_fetch_and_add(used, 1) < containers_max)
		return true;
	__sync_fetch_and_sub(used, 1);
	return false;
}

/* Takes a slot if it is free. Returns whether it is that of the container then. */
__noinline int container_take(__u32 index, __u64 key, __u64 id)
{
	struct vt_container *c = container_slot(index);
	__u64 *used = containers_count();
	__u64 before;

	if (!c || !used)
		return 0;
	before = __sync_val_compare_and_swap(&c->key, 0, key);
	if (!before) {
		c->first_ns = bpf_ktime_get_ns();
		vt_store(c->id, id);
	} else if (before == key) {
		/* Another CPU was faster. */
		__sync_fetch_and_sub(used, 1);
	}
	return !before || before == key;
}

__noinline int container_take_part(__u32 from, __u64 key, __u64 id)
{
	int i;

#pragma unroll
	for (i = 0; i < LOOP_PART; i++)
		if (container_take(from + i, key, id))
			return (from + i) & container_mask();
	return -1;
}

__noinline int container_claim(__u64 key, __u64 id)
{
	__u32 distance = container_distance(key);
	__u64 *used = containers_count();
	__u32 home = container_home(key);
	int i;

	if (!used || !container_reserve(used)) {
		count_lost(VT_LOST_CONTAINER);
		return -1;
	}
#pragma unroll
	for (i = 0; i < VT_CONTAINER_PROBES / LOOP_PART; i++) {
		int taken = container_take_part(home + i * distance, key, id);

		if (taken >= 0)
			return taken;
	}
	__sync_fetch_and_sub(used, 1);
	count_lost(VT_LOST_CONTAINER);
	return -1;
}

/* The slot of a container, a new one if it was not seen before. */
static __always_inline struct vt_container *container_get(__u64 key, __u64 id)
{
	struct vt_container *c = container_find(key);

	return c ? c : container_at(container_claim(key, id));
}

static __always_inline void container_flag(struct vt_container *c, __u32 flags)
{
	if ((c->flags & flags) != flags)
		__sync_fetch_and_or(&c->flags, flags);
}

static __always_inline void container_caller(struct vt_container *c, __u32 pid)
{
	if (c->caller_pid == pid)
		return;
	c->caller_pid = pid;
	bpf_get_current_comm(c->caller_comm, sizeof(c->caller_comm));
}

/* Whether every total is known, so that none needs to be compared. */
#ifndef TOTALS_KNOWN
#define TOTALS_KNOWN false
#endif

static __always_inline bool is_total(__u64 total)
{
	return TOTALS_KNOWN || total != VT_UNKNOWN;
}

/* Adds up pages that were pinned or unpinned, and notes the kernel's own total if known. */
static __always_inline void container_pins(struct vt_container *c, __s64 pages, __u64 total)
{
	__s64 pinned;

	if (TOTALS_KNOWN) {
		__sync_fetch_and_add(&c->pinned, pages);
		vt_store(c->total_pinned, total);
		atomic_max((__u64 *)&c->pinned_peak, total);
		return;
	}
	pinned = __sync_fetch_and_add(&c->pinned, pages) + pages;
	if (is_total(total)) {
		vt_store(c->total_pinned, total);
		if (!(c->flags & VT_CONTAINER_OPEN_SEEN))
			pinned = total;
	}
	if (pinned > 0)
		atomic_max((__u64 *)&c->pinned_peak, pinned);
}

/* Likewise mappings. @flags: what is known with their total. Returns how many there are. */
static __always_inline __s64 container_mappings_with(struct vt_container *c, __s64 mappings,
						     __u64 total, __u32 flags)
{
	__s64 now = __sync_fetch_and_add(&c->mappings, mappings) + mappings;

	if (is_total(total)) {
		vt_store(c->total_mappings, total);
		container_flag(c, VT_CONTAINER_TOTALS | flags);
	}
	return now;
}

static __always_inline __s64 container_mappings(struct vt_container *c, __s64 mappings, __u64 total)
{
	return container_mappings_with(c, mappings, total, 0);
}

static __always_inline void on_container_open(__u64 key, __u64 id, __u32 pid)
{
	struct vt_container *c = container_get(key, id);

	if (!c)
		return;
	c->opened_ns = bpf_ktime_get_ns();
	c->opener_pid = pid;
	bpf_get_current_comm(c->opener_comm, sizeof(c->opener_comm));
	container_flag(c, VT_CONTAINER_OPEN_SEEN);
}

static __always_inline void on_iommu_set(__u64 key, __u64 id, __u32 type, const char *backend,
					 __s32 ret)
{
	struct vt_container *c;
	struct vt_failure *f;

	if (ret) {
		f = failure_new(VT_OP_SET_IOMMU, ret, bpf_get_current_pid_tgid() >> 32);
		if (!f)
			return;
		f->container = id;
		bpf_probe_read_kernel_str(f->name, sizeof(f->name), backend);
		failure_send(f);
		return;
	}
	c = container_get(key, id);
	if (!c)
		return;
	c->iommu_type = type;
	bpf_probe_read_kernel_str(c->backend, sizeof(c->backend), backend);
}

static __always_inline void on_container_release(__u64 key, __u64 id, __u64 pinned, __u64 mappings,
						 __s64 charged)
{
	struct vt_container *c = container_get(key, id);

	if (!c)
		return;
	c->left_pinned = pinned;
	c->left_mappings = mappings;
	c->left_charged = charged;
	__sync_fetch_and_add(&pages_kept, pinned);
	vt_store(c->released_ns, bpf_ktime_get_ns());
}

#endif /* VFIOTOP_CONTAINERS_BPF_H */
