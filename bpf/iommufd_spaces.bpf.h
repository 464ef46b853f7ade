/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces of iommufd, by the names that requests and files have for them: objects of a
 * context by their ID, and who has the pins of pages that several of them map.
 */
#ifndef VFIOTOP_IOMMUFD_SPACES_BPF_H
#define VFIOTOP_IOMMUFD_SPACES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "iommufd_contexts.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/* --- Objects of a context ------------------------------------------------------ */

#define XA_DEPTH 11 /* 64 bits */
#define XA_SLOTS (bpf_core_field_size(struct xa_node, slots) / sizeof(void *))
#define XA_TAG	 3
#define XA_NODE	 2
#define NO_ID	 (~0ULL)

/* Other tagged entries are small numbers. */
static __always_inline bool is_node(__u64 entry)
{
	return (entry & XA_TAG) == XA_NODE && entry > 4096;
}

/*
 * What has a number in an array whose head is @entry, 0 when nothing has; @next is set to the next
 * number that something may have. Nodes that are removed meanwhile stay until the program ends, as it runs
 * under RCU.
 */
static __always_inline __u64 xarray_look(__u64 entry, __u64 id, __u64 *next)
{
	__u32 slots = bpf_core_field_offset(struct xa_node, slots);
	int depth;

	*next = NO_ID;
	/* Number 0 needs no node as long as it is alone. */
	if (!is_node(entry))
		return id || entry & XA_TAG ? 0 : entry;
	for (depth = 0; depth < XA_DEPTH && is_node(entry); depth++) {
		const struct xa_node *node = (void *)(entry - XA_NODE);
		__u32 shift = BPF_CORE_READ(node, shift) & 63;
		__u64 slot = id >> shift;

		if (!depth && slot >= XA_SLOTS)
			return 0;
		slot = ((slot & (XA_SLOTS - 1)) * sizeof(void *)) + slots;
		*next = ((id >> shift) + 1) << shift;
		if (bpf_probe_read_kernel(&entry, sizeof(entry), (void *)node + slot))
			return 0;
		if (!shift)
			break;
	}
	/* A number that is reserved has nothing. */
	return entry & XA_TAG ? 0 : entry;
}

/* The object that has an ID, 0 when none has; @next is set to the next ID that one may have. */
static __always_inline __u64 object_look(__u64 context, __u64 id, __u64 *next)
{
	return xarray_look((__u64)BPF_CORE_READ((struct iommufd_ctx *)context, objects.xa_head), id,
			   next);
}

__noinline __u64 object_at(__u64 context, __u32 id)
{
	__u64 next;

	return object_look(context, id, &next);
}

static __always_inline bool object_is(const struct iommufd_object *object, __u32 type)
{
	return BPF_CORE_READ(object, type) == type;
}

#define type_value(type) bpf_core_enum_value(enum iommufd_object_type, type)

static __always_inline bool is_ioas(__u64 object)
{
	return object && object_is((void *)object, type_value(IOMMUFD_OBJ_IOAS));
}

/* The IOAS that an object is, or that a page table maps; 0 when it is unknown. */
static __always_inline __u64 ioas_of_object(__u64 object)
{
	const struct iommufd_hwpt_nested *nested = (void *)object;

	if (!object || is_ioas(object))
		return object;
	if (!bpf_core_enum_value_exists(enum iommufd_object_type, IOMMUFD_OBJ_HWPT_PAGING))
		return 0;
	if (object_is((void *)object, type_value(IOMMUFD_OBJ_HWPT_NESTED)))
		object = (__u64)BPF_CORE_READ(nested, parent);
	if (!object_is((void *)object, type_value(IOMMUFD_OBJ_HWPT_PAGING)))
		return 0;
	return (__u64)BPF_CORE_READ((struct iommufd_hwpt_paging *)object, ioas);
}

/* The page table that the devices of a group use, 0 when that is none or unknown. */
static __always_inline __u64 table_of_group(const struct iommufd_group *group)
{
	const struct iommufd_attach *attach;
	__u64 next;

	if (bpf_core_field_exists(group->hwpt))
		return (__u64)BPF_CORE_READ(group, hwpt);
	if (!bpf_core_field_exists(group->pasid_attach))
		return 0;
	/* What has no PASID is number 0. */
	attach = (void *)xarray_look((__u64)BPF_CORE_READ(group, pasid_attach.xa_head), 0, &next);
	return (__u64)BPF_CORE_READ(attach, hwpt);
}

/* The IOAS that it is attached to, 0 when that is none or unknown. */
static __always_inline __u64 ioas_of_device(const struct vfio_device *device)
{
	const struct iommufd_device *physical = BPF_CORE_READ(device, iommufd_device);
	const struct iommufd_access *emulated = BPF_CORE_READ(device, iommufd_access);

	if (!physical)
		return emulated ? (__u64)BPF_CORE_READ(emulated, ioas) : 0;
	return ioas_of_object(table_of_group(BPF_CORE_READ(physical, igroup)));
}

/* --- Address spaces ------------------------------------------------------------ */

struct ioas_name {
	__u64 context;
	__u64 id;
};

/* Keys of address spaces by context and ID, as requests name them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct ioas_name);
	__type(value, __u64);
} ioases SEC(".maps");

static __always_inline __u64 key_by_table(__u64 iopt)
{
	return iopt - bpf_core_field_offset(struct iommufd_ioas, iopt);
}

/* The row of an IOAS, with its names. */
static __always_inline struct vt_container *ioas_row(__u64 context, __u32 id, __u64 key)
{
	struct ioas_name name = { .context = context, .id = id };
	struct vt_container *c = container_get_with_id(key);

	if (!c)
		return NULL;
	bpf_map_update_elem(&ioases, &name, &key, BPF_ANY);
	c->ioas = id;
	c->context = context_number(context);
	c->context_key = context;
	container_flag(c, VT_CONTAINER_IOAS);
	return c;
}

/* What was released keeps its slot until it was read, under another key. */
#define RELEASED 1

static __always_inline bool is_released(__u64 key)
{
	return key & RELEASED;
}

static __always_inline void ioas_release(struct vt_container *c)
{
	struct ioas_name name = { .context = c->context_key, .id = c->ioas };
	__u64 key = c->key;

	bpf_map_delete_elem(&ioases, &name);
	on_container_release(key, c->id, 0, 0, 0);
	vt_store(c->key, key | RELEASED);
}

/* The row of an IOAS that was there before the watch: its key, 0 when there is none. */
__noinline __u64 ioas_adopt(__u64 context, __u32 id)
{
	__u64 key = object_at(context, id);
	struct vt_container *c;

	if (!is_ioas(key))
		return 0;
	c = ioas_row(context, id, key);
	if (!c)
		return 0;
	/* It may have ended before it had this row. */
	if (object_at(context, id) == key || c->flags & VT_CONTAINER_OPEN_SEEN)
		return key;
	ioas_release(c);
	return 0;
}

static __always_inline __u64 key_by_id(__u64 context, __u32 id)
{
	struct ioas_name name = { .context = context, .id = id };
	__u64 *key = bpf_map_lookup_elem(&ioases, &name);

	return key ? *key : ioas_adopt(context, id);
}

#define RECENT 256

/* Slots of those that were looked up last; whether one is right, it tells itself. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RECENT);
	__type(key, __u32);
	__type(value, __u32);
} recent_slots SEC(".maps");

/* Its slot, -1 when there is none: it is the recent one at @place from now on. */
static __noinline int ioas_look_up(__u64 context, __u32 id, __u32 place)
{
	__u32 *recent = bpf_map_lookup_elem(&recent_slots, &place);
	__u64 key = key_by_id(context, id);
	int slot = -1;

	if (key && container_find_at(key, &slot) && recent)
		vt_store(*recent, slot);
	return slot;
}

/*
 * The IOAS that a request of process @pid names: its row, NULL when there is none, and the @slot of
 * that.
 */
static __always_inline struct vt_container *ioas_named(struct iommufd_ucmd *ucmd, __u32 id,
						       __u32 pid, int *slot)
{
	__u32 place = (pid * 31 + id) & (RECENT - 1);
	const __u32 *recent = bpf_map_lookup_elem(&recent_slots, &place);
	struct vt_container *c;

	if (!recent)
		return NULL;
	*slot = vt_load(*recent);
	c = container_at(*slot);
	if (c && c->ioas == id && c->context_key == (__u64)ucmd->ictx && !is_released(c->key))
		return c;
	*slot = ioas_look_up((__u64)BPF_CORE_READ(ucmd, ictx), id, place);
	return container_at(*slot);
}

/* Who is charged for pages. */
static __always_inline __u32 locked_by(__u8 account_mode)
{
	switch (account_mode) {
	case ACCOUNT_NONE:
		return VT_LOCKED_BY_NONE;
	case ACCOUNT_USER:
		return VT_LOCKED_BY_USER;
	default:
		return VT_LOCKED_BY_MM;
	}
}

/* --- Pages in several mappings ------------------------------------------------- */

/*
 * Who has the pins of pages that were copied: in every other case it is the address space that
 * the request in flight is to.
 */
struct shared {
	__u64 key;
	__u64 counted; /* by which walk of the census */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct shared);
} shared_pages SEC(".maps");

static __always_inline bool any_shared(void)
{
	const struct iommufd_state *state = iommufd_state();

	return state && state->any_shared;
}

static __always_inline struct shared *shared_find(const struct iopt_pages *pages)
{
	__u64 address = (__u64)pages;

	return any_shared() ? bpf_map_lookup_elem(&shared_pages, &address) : NULL;
}

static __noinline int pages_shared(__u64 address, __u64 key)
{
	struct iommufd_state *state = iommufd_state();
	struct shared shared = { .key = key };

	if (state)
		state->any_shared = 1;
	if (bpf_map_update_elem(&shared_pages, &address, &shared, BPF_NOEXIST) == -E2BIG)
		count_lost(VT_LOST_READ);
	return 0;
}

/* Pages that were unpinned and not refunded: of each, how many. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} unrefunded SEC(".maps");

/*
 * Who paid for @npages is gone with its charge, so the kernel fails to refund what it has unpinned,
 * and tries again with the next that it unpins. Returns how many of these are new.
 */
static __noinline __attribute__((unused)) __u64 pages_unrefunded(__u64 address, __u64 npages)
{
	__u64 *before = bpf_map_lookup_elem(&unrefunded, &address);
	struct iommufd_state *state = iommufd_state();
	__u64 fresh = before && *before <= npages ? npages - *before : npages;

	if (state)
		state->any_shared = 1;
	bpf_map_update_elem(&unrefunded, &address, &npages, BPF_ANY);
	return fresh;
}

/* The address space of a mapping that has these pages in an IOMMU, 0 when none has. */
static __always_inline __u64 pages_mapped_by(const struct iopt_pages *pages)
{
	const struct rb_node *node = BPF_CORE_READ(pages, domains_itree.rb_root.rb_node);
	const struct iopt_area *area =
		(void *)node - bpf_core_field_offset(struct iopt_area, pages_node);

	return node ? key_by_table((__u64)BPF_CORE_READ(area, iopt)) : 0;
}

#endif /* VFIOTOP_IOMMUFD_SPACES_BPF_H */
