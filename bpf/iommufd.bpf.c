// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: programs at entry and exit of its functions. An IOAS is an address space as a
 * container is; its key is its address.
 *
 * An IOAS_MAP runs three programs, an IOAS_UNMAP four; nothing runs per page.
 *
 * iommufd pins a page once, however many mappings of whichever IOAS it is in, and charges it
 * once. The IOAS that a request pins pages through has them, until it unmaps them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "calls.bpf.h"
#include "containers.bpf.h"
#include "devices.bpf.h"
#include "file_calls.bpf.h"
#include "in_flight.bpf.h"
#include "iommufd_causes.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "iommufd_runs.bpf.h"
#include "iommufd_spaces.bpf.h"
#include "requests.bpf.h"
#include "tables.bpf.h"
#include "tasks.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"
#include "words.bpf.h"

#define FIXED_IOVA 1
#define ALL	   (~0ULL)

/* The programs that measure phases of maps are attached; set before loading. */
const volatile __u32 has_phases = 0;

/* An argument as a number: the verifier forbids arithmetic on a typed pointer. */
static __always_inline __u64 argument(void *ctx, __u32 n)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, n, &value);
	return value;
}

/* --- Which IOAS ------------------------------------------------------------- */

/* An object can be used from here on. */
SEC("fentry/iommufd_object_finalize")
int BPF_PROG(iommufd_finalize, struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	__u64 key = argument(ctx, 1);
	struct vt_container *c;

	if (!watching || !is_ioas(key))
		return 0;
	c = ioas_row(argument(ctx, 0), BPF_CORE_READ(obj, id), key);
	if (c)
		on_container_open(key, c->id, current_pid());
	return 0;
}

SEC("fentry/iommufd_fops_release")
int BPF_PROG(iommufd_close, struct inode *inode, struct file *filep)
{
	__u64 context = (__u64)data_of(filep);

	bpf_map_delete_elem(&contexts, &context);
	return 0;
}

/* --- Requests --------------------------------------------------------------- */

/* A request to an address space begins; not if that is unknown. */
static __always_inline int request_start(struct vt_container *c, int slot, __u32 operation,
					 __u64 iova, __u64 size, __u64 pid_tgid)
{
	struct vt_in_flight *f = c ? in_flight_take(pid_tgid) : NULL;

	if (!f)
		return 0;
	vt_store(f->key, c->key);
	f->container_slot = slot;
	f->removed = 0;
	f->done = 0;
	f->refunded = 0;
	f->refused = 0;
	f->source = 0;
	f->made = 1;
	if (has_phases) {
		f->step_ns = 0;
		f->pin_ns = 0;
		f->iommu_ns = 0;
		filled_begins(f);
	}
	in_flight_start(f, operation, c->id, iova, size, pid_tgid, pid_tgid >> 32,
			bpf_ktime_get_ns());
	return 0;
}

static __noinline int request_begin(__u32 operation, __u64 key, __u64 iova, __u64 size)
{
	struct vt_container *c = NULL;
	int slot = -1;

	if (key && watching)
		c = container_find_at(key, &slot);
	return request_start(c, slot, operation, iova, size, bpf_get_current_pid_tgid());
}

/* Of an address space that does not exist, or was there before the watch. */
static __noinline int request_unknown(__u32 operation, __u64 iova, __u64 size, __s32 ret)
{
	struct vt_failure *f;

	if (!ret) {
		count_lost(VT_LOST_CONTAINER);
		return 0;
	}
	f = failure_new(operation, ret, current_pid());
	if (!f)
		return 0;
	f->iova = iova;
	f->size = size;
	f->stage = VT_STAGE_UNKNOWN;
	f->locked_limit = VT_UNKNOWN;
	failure_send(f);
	return 0;
}

/* The map that ends is to the address space @key. Its pins were counted. */
static __noinline int map_ends(__u64 key, __u64 iova, __u64 size, __s32 ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vt_container *c = key ? container_find(key) : NULL;
	struct vfio_dma_map_record r = {
		.iova = iova,
		.size = size,
		.ret = ret,
		.stage = ret ? VT_STAGE_UNKNOWN : VFIO_STAGE_DONE,
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.locked_limit = VT_UNKNOWN,
	};
	struct io_pagetable *iopt = (void *)key + bpf_core_field_offset(struct iommufd_ioas, iopt);
	bool refused = false;
	__u64 pages = VT_UNKNOWN;

	if (!watching)
		return 0;
	if (c && ret == -EFAULT && is_mapped(&r, iopt)) {
		ret = 0;
		r.ret = 0;
		r.stage = VFIO_STAGE_DONE;
	}
	/* Without a slot, it was none of a copy that would make several. */
	r.made = ret ? 0 : 1;
	if (f && f->key == key) {
		r.total_ns = bpf_ktime_get_ns() - f->start_ns;
		refused = ret && f->refused;
		pages = f->pages;
		r.made = ret ? 0 : f->made;
		r.pin_ns = has_phases ? f->pin_ns : 0;
		r.iommu_ns = has_phases ? f->iommu_ns : 0;
	}
	r.pid = f ? f->pid : current_pid();
	if (has_phases && !ret)
		on_map_filled(c, f && f->key == key ? f : NULL, size);
	in_flight_end(f);
	if (!c)
		return request_unknown(VT_OP_MAP, iova, size, ret);
	r.container = c->id;
	if (ret && !refused)
		cause_find(&r, iopt);
	if (refused) {
		r.stage = VFIO_STAGE_ACCOUNT;
		r.locked = c->locked;
		r.locked_limit = c->locked_limit;
	}
	if (ret)
		on_map_failed(c, &r);
	else
		on_map_done(c, &r);
	if (has_phases && !ret) {
		on_map_phases(c, &r);
		container_flag(c, VT_CONTAINER_PHASES);
	}
	r.pages = ret ? 0 : pages;
	trace_map(c, &r);
	return 0;
}

/* Likewise. What was asked for is in flight, @done is what was unmapped. */
static __noinline int unmap_ends(__u64 key, __u64 iova, __u64 done, __s32 ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vt_container *c = key ? container_find(key) : NULL;
	__u64 size = f && f->size != ALL ? f->size : done;
	struct vfio_dma_unmap_record r = {
		.iova = iova,
		.size = size,
		.done = ret ? 0 : done,
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.ret = ret,
	};
	__u64 removed = 0;

	if (!watching)
		return 0;
	if (f && f->key == key) {
		r.total_ns = bpf_ktime_get_ns() - f->start_ns;
		removed = f->done;
	}
	r.pid = f ? f->pid : current_pid();
	in_flight_end(f);
	if (!c)
		return request_unknown(VT_OP_UNMAP, iova, size, ret);
	r.container = c->id;
	/* What it had removed until then, or before its answer could not be written. */
	if (ret) {
		__sync_fetch_and_add(&c->unmap.bytes, removed);
		on_unmap_failed(c, &r);
	} else {
		on_unmap_done(c, &r);
	}
	/* Unpins are not told apart by request. */
	r.pages = VT_UNKNOWN;
	trace_removal(c, &r, VT_OP_UNMAP);
	return 0;
}

/*
 * The address space of a request @f, or NULL, that has nothing to tell but that it was done; else
 * NULL.
 */
static __always_inline struct vt_container *plain_container(const struct vt_in_flight *f, __s32 ret)
{
	bool more = ret || has_phases || traced_ns != VT_UNKNOWN;

	return f && !more ? container_of_operation(f) : NULL;
}

/*
 * What the ioctl was asked, and has answered in place: the address of the kernel's copy of its
 * argument, and fields of that.
 */
static __always_inline __u64 request_of(const struct iommufd_ucmd *ucmd)
{
	return (__u64)ucmd->cmd;
}

#define ASKED(request, type, field) word_read((request) + __builtin_offsetof(struct type, field))

#define ASKED_HALF(request, type, field)                                                  \
	word_half(word_read((request) + (__builtin_offsetof(struct type, field) & ~7UL)), \
		  __builtin_offsetof(struct type, field) & 4)

/* Whether it was such a map, which has ended then. */
static __always_inline bool map_was_plain(struct vt_in_flight *f, __s32 ret)
{
	struct vt_container *c = plain_container(f, ret);

	if (!c)
		return false;
	container_caller(c, f->pid);
	container_mappings(c, f->made, VT_UNKNOWN);
	map_counted(c, f->size, f->made, bpf_ktime_get_ns() - f->start_ns);
	in_flight_end(f);
	return true;
}

/* Likewise an unmap: its mappings were counted as they went. */
static __always_inline bool unmap_was_plain(struct vt_in_flight *f, __s32 ret)
{
	struct vt_container *c = plain_container(f, ret);

	if (!c)
		return false;
	container_caller(c, f->pid);
	if (f->size != ALL)
		unmap_differs(c, f->size, f->done);
	requests_count(&c->unmap, f->done, bpf_ktime_get_ns() - f->start_ns);
	in_flight_end(f);
	return true;
}

/* The request that begins names an IOAS by its ID. */
#define REQUEST_START(ucmd, operation, id, iova, size)                                    \
	({                                                                                \
		__u64 pid_tgid = bpf_get_current_pid_tgid();                              \
		int slot = -1;                                                            \
		struct vt_container *named = ioas_named(ucmd, id, pid_tgid >> 32, &slot); \
                                                                                          \
		request_start(named, slot, operation, iova, size, pid_tgid);              \
	})

/* The one of this thread that ends is @f, or NULL: the key of its IOAS, 0 when it is unknown. */
#define KEY_NAMED(f, ucmd, id)                                              \
	({                                                                  \
		struct vt_container *named = NULL;                          \
		int slot;                                                   \
                                                                            \
		if (!(f) && watching)                                       \
			named = ioas_named(ucmd, id, current_pid(), &slot); \
		(f) ? vt_load((f)->key) : named ? named->key : 0;           \
	})

/* Before the watch, the end of what gets a row now would go unnoticed. */
SEC("fentry/iommufd_ioas_map")
int BPF_PROG(iommufd_map, struct iommufd_ucmd *ucmd)
{
	__u64 map;

	if (!watching)
		return 0;
	map = request_of(ucmd);
	return REQUEST_START(ucmd, VT_OP_MAP, ASKED_HALF(map, ioas_map_request, ioas_id),
			     ASKED(map, ioas_map_request, iova),
			     ASKED(map, ioas_map_request, length));
}

/* The kernel has chosen the IOVA where it was not fixed. */
SEC("fexit/iommufd_ioas_map")
int BPF_PROG(iommufd_map_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 map;

	if (map_was_plain(f, ret))
		return 0;
	map = request_of(ucmd);
	return map_ends(KEY_NAMED(f, ucmd, ASKED_HALF(map, ioas_map_request, ioas_id)),
			ASKED(map, ioas_map_request, iova), ASKED(map, ioas_map_request, length),
			ret);
}

SEC("fentry/iommufd_ioas_map_file")
int BPF_PROG(iommufd_map_file, struct iommufd_ucmd *ucmd)
{
	__u64 map;

	if (!watching)
		return 0;
	map = request_of(ucmd);
	return REQUEST_START(ucmd, VT_OP_MAP, ASKED_HALF(map, ioas_map_file_request, ioas_id),
			     ASKED(map, ioas_map_file_request, iova),
			     ASKED(map, ioas_map_file_request, length));
}

SEC("fexit/iommufd_ioas_map_file")
int BPF_PROG(iommufd_map_file_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 map;

	if (map_was_plain(f, ret))
		return 0;
	map = request_of(ucmd);
	return map_ends(KEY_NAMED(f, ucmd, ASKED_HALF(map, ioas_map_file_request, ioas_id)),
			ASKED(map, ioas_map_file_request, iova),
			ASKED(map, ioas_map_file_request, length), ret);
}

SEC("fentry/iommufd_ioas_copy")
int BPF_PROG(iommufd_copy, struct iommufd_ucmd *ucmd)
{
	struct vt_in_flight *f;
	struct vt_container *c;
	__u64 copy;
	int source;

	if (!watching)
		return 0;
	copy = request_of(ucmd);
	c = ioas_named(ucmd, ASKED_HALF(copy, ioas_copy_request, src_ioas_id), current_pid(),
		       &source);
	REQUEST_START(ucmd, VT_OP_MAP, ASKED_HALF(copy, ioas_copy_request, dst_ioas_id),
		      ASKED(copy, ioas_copy_request, dst_iova),
		      ASKED(copy, ioas_copy_request, length));
	f = in_flight_own(bpf_get_current_pid_tgid());
	if (f && c)
		f->source = c->key;
	return 0;
}

/* The mappings that a copy is of: it makes as many. */
struct copied {
	__u64 head;
	__u64 next;
	__u64 source;
	__u64 n;
};

static long copied_step(__u32 index, void *data)
{
	struct copied *copied = data;
	struct iopt_pages_list *item =
		(void *)copied->next - bpf_core_field_offset(struct iopt_pages_list, next);

	if (copied->next == copied->head)
		return 1;
	copied->n++;
	if (copied->source)
		pages_shared((__u64)BPF_CORE_READ(item, pages), copied->source);
	copied->next = (__u64)BPF_CORE_READ(item, next.next);
	return !copied->next;
}

#define COPIED_MOST (1U << 20)

static __always_inline void mappings_unknown(struct vt_container *c)
{
	if (c)
		container_flag(c, VT_CONTAINER_CUT);
}

SEC("fexit/iopt_get_pages")
int BPF_PROG(iommufd_copied, struct io_pagetable *iopt, unsigned long iova, unsigned long length,
	     struct list_head *pages_list, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct list_head *head = (void *)argument(ctx, 3);
	struct copied copied = { .head = (__u64)head };

	if (!f || ret)
		return 0;
	copied.next = (__u64)BPF_CORE_READ(head, next);
	copied.source = f->source;
	bpf_loop(COPIED_MOST, copied_step, &copied, 0);
	f->made = copied.n;
	if (copied.next != copied.head)
		mappings_unknown(container_of_operation(f));
	return 0;
}

SEC("fexit/iommufd_ioas_copy")
int BPF_PROG(iommufd_copy_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 copy;
	__u32 id;
	int slot;

	if (map_was_plain(f, ret))
		return 0;
	copy = request_of(ucmd);
	id = ASKED_HALF(copy, ioas_copy_request, dst_ioas_id);
	/* Nobody counted them. */
	if (watching && !ret && !f)
		mappings_unknown(ioas_named(ucmd, id, current_pid(), &slot));
	return map_ends(KEY_NAMED(f, ucmd, id), ASKED(copy, ioas_copy_request, dst_iova),
			ASKED(copy, ioas_copy_request, length), ret);
}

SEC("fentry/iommufd_ioas_unmap")
int BPF_PROG(iommufd_unmap, struct iommufd_ucmd *ucmd)
{
	__u64 unmap;

	if (!watching)
		return 0;
	unmap = request_of(ucmd);
	return REQUEST_START(ucmd, VT_OP_UNMAP, ASKED_HALF(unmap, ioas_unmap_request, ioas_id),
			     ASKED(unmap, ioas_unmap_request, iova),
			     ASKED(unmap, ioas_unmap_request, length));
}

SEC("fexit/iommufd_ioas_unmap")
int BPF_PROG(iommufd_unmap_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 unmap;

	if (unmap_was_plain(f, ret))
		return 0;
	unmap = request_of(ucmd);
	return unmap_ends(KEY_NAMED(f, ucmd, ASKED_HALF(unmap, ioas_unmap_request, ioas_id)),
			  ASKED(unmap, ioas_unmap_request, iova),
			  ASKED(unmap, ioas_unmap_request, length), ret);
}

/* --- Requests of VFIO to iommufd -------------------------------------------- */

/* The key of an IOAS; NULL has none. */
static __always_inline __u64 key_of_ioas(__u64 context, const struct iommufd_ioas *ioas)
{
	return ioas ? key_by_id(context, BPF_CORE_READ(ioas, obj.id)) : 0;
}

/* The IOAS that these use. */
static __always_inline __u64 compat_key(__u64 context)
{
	return key_of_ioas(context, BPF_CORE_READ((struct iommufd_ctx *)context, vfio_ioas));
}

SEC("fentry/iommufd_vfio_ioctl")
int BPF_PROG(iommufd_vfio, struct iommufd_ctx *ictx, unsigned int cmd, unsigned long arg)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_iommu_type1_dma_map map = {};
	__u64 key;

	if (!watching || (cmd != VFIO_IOMMU_MAP_DMA && cmd != VFIO_IOMMU_UNMAP_DMA))
		return 0;
	key = compat_key(argument(ctx, 0));
	if (cmd == VFIO_IOMMU_MAP_DMA) {
		bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
		request_begin(VT_OP_MAP, key, map.iova, map.size);
	} else {
		bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg);
		request_begin(VT_OP_UNMAP, key, unmap.iova,
			      unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL ? ALL : unmap.size);
	}
	return 0;
}

SEC("fexit/iommufd_vfio_ioctl")
int BPF_PROG(iommufd_vfio_end, struct iommufd_ctx *ictx, unsigned int cmd, unsigned long arg,
	     int ret)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_iommu_type1_dma_map map = {};
	__u64 key;

	if (!watching || (cmd != VFIO_IOMMU_MAP_DMA && cmd != VFIO_IOMMU_UNMAP_DMA))
		return 0;
	key = compat_key(argument(ctx, 0));
	if (cmd == VFIO_IOMMU_MAP_DMA) {
		bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
		map_ends(key, map.iova, map.size, ret);
	} else {
		bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg);
		unmap_ends(key, unmap.iova, unmap.size, ret);
	}
	return 0;
}

/* --- Pins ------------------------------------------------------------------- */

/*
 * Drivers pin pages of an IOAS for themselves, or access them, where no request is in flight.
 * The IOAS of an access changes only while that has no pins.
 */
static __always_inline int access_begins(const struct iommufd_access *access, bool unpins)
{
	struct call call = {};

	if (!watching)
		return 0;
	call.key = unpins ? (__u64)BPF_CORE_READ(access, ioas_unpin)
			  : (__u64)BPF_CORE_READ(access, ioas);
	call_begin(&call);
	return 0;
}

static __always_inline int access_ends(void)
{
	struct call call;

	call_end(&call);
	return 0;
}

SEC("fentry/iommufd_access_pin_pages")
int BPF_PROG(iommufd_access_pin, struct iommufd_access *access)
{
	return access_begins(access, false);
}

SEC("fexit/iommufd_access_pin_pages")
int BPF_PROG(iommufd_access_pin_end, struct iommufd_access *access)
{
	return access_ends();
}

SEC("fentry/iommufd_access_unpin_pages")
int BPF_PROG(iommufd_access_unpin, struct iommufd_access *access)
{
	return access_begins(access, true);
}

SEC("fexit/iommufd_access_unpin_pages")
int BPF_PROG(iommufd_access_unpin_end, struct iommufd_access *access)
{
	return access_ends();
}

SEC("fentry/iommufd_access_rw")
int BPF_PROG(iommufd_access_begin, struct iommufd_access *access)
{
	return access_begins(access, false);
}

SEC("fexit/iommufd_access_rw")
int BPF_PROG(iommufd_access_end, struct iommufd_access *access)
{
	return access_ends();
}

/* Which address space the pins that this thread makes now are of; 0 when that is unknown. */
static __always_inline __u64 pinning_key(const struct vt_in_flight *f)
{
	const struct call *call = f ? NULL : call_find();

	if (f)
		return vt_load(f->key);
	return call ? call->key : 0;
}

/*
 * The address space that has the pins of @pages, NULL when it is unknown. @anew: all that there are
 * were made just now.
 */
static __noinline struct vt_container *pins_owner(const struct vt_in_flight *f,
						  struct shared *shared, bool anew)
{
	__u64 key = pinning_key(f);

	/* They are of whoever makes them. */
	if (shared && key && anew)
		vt_store(shared->key, key);
	if (shared)
		key = vt_load(shared->key);
	return key ? container_find(key) : NULL;
}

/* Charges follow pins: each page that is pinned is charged once, if anyone is charged. */
static __always_inline void pins_charged(struct vt_container *c, const struct iopt_pages *pages)
{
	__u8 mode = pages->account_mode;
	const struct task_struct *task;

	c->locked_by = locked_by(mode);
	if (mode == ACCOUNT_NONE)
		return;
	/* It may be another process that maps or unmaps. */
	task = pages->source_task;
	if (mode == ACCOUNT_USER)
		c->locked = pages->source_user->locked_vm.counter;
	else
		c->locked = pages->source_mm->locked_vm;
	c->locked_limit = task_lock_limit(task);
	c->locked_pid = task->tgid;
	container_flag(c, VT_CONTAINER_ACCOUNTED);
}

/* All pages that a step of a request needs were pinned, or unpinned. */
static __always_inline int pins_updated(struct iopt_pages *pages, __u64 npages, bool inc, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct shared *shared = shared_find(pages);
	__s64 n = inc ? (__s64)npages : -(__s64)npages;
	struct vt_container *c;

	if (!watching)
		return 0;
	if (f && !shared)
		c = container_of_operation(f);
	else
		c = pins_owner(f, shared, inc && !ret && pages->npinned == npages);
	if (!c) {
		/* Of an address space from before the watch, which the census has not seen yet. */
		count_lost(VT_LOST_READ);
		return 0;
	}
	if (ret && !inc)
		n = -(__s64)pages_unrefunded((__u64)pages, npages);
	else
		pins_charged(c, pages);
	if (ret && inc) {
		/* The map that fails for it counts it. */
		if (f)
			f->refused = 1;
		return 0;
	}
	if (c->locked_by != VT_LOCKED_BY_NONE)
		__sync_fetch_and_add(&c->charged, n);
	container_pins(c, n, VT_UNKNOWN);
	if (!f)
		__sync_fetch_and_add(&c->pins_standalone, 1);
	if (f && n > 0)
		f->pages += n;
	return 0;
}

SEC("fexit/do_update_pinned")
int BPF_PROG(iommufd_pinned, struct iopt_pages *pages, unsigned long npages, bool inc, void *user,
	     int ret)
{
	return pins_updated(pages, npages, inc, ret);
}

/* Its name on later kernels; only one of both is attached. */
SEC("fexit/iopt_pages_update_pinned")
int BPF_PROG(iommufd_pinned_later, struct iopt_pages *pages, unsigned long npages, bool inc,
	     void *user, int ret)
{
	return pins_updated(pages, npages, inc, ret);
}

/* What is still pinned goes over to another address space that maps it. Nothing is locked. */
static __always_inline void pins_hand_over(const struct iopt_pages *pages, struct shared *shared)
{
	__u64 from = vt_load(shared->key);
	__u64 key = pages_mapped_by(pages);
	__s64 pinned = BPF_CORE_READ(pages, npinned);
	struct vt_container *before = container_find(from), *after;

	if (!key || !pinned)
		return;
	after = container_find(key);
	if (!after || !before || key == from)
		return;
	vt_store(shared->key, key);
	container_pins(before, -pinned, VT_UNKNOWN);
	container_pins(after, pinned, VT_UNKNOWN);
	if (before->locked_by != VT_LOCKED_BY_NONE) {
		__sync_fetch_and_sub(&before->charged, pinned);
		__sync_fetch_and_add(&after->charged, pinned);
		after->locked_by = before->locked_by;
	}
}

/* A device comes to an address space, and what is mapped there is pinned; or it goes. */
SEC("fentry/iopt_table_add_domain")
int BPF_PROG(iommufd_add_domain, struct io_pagetable *iopt, void *domain)
{
	return watching ? request_begin(VT_OP_ATTACH, key_by_table(argument(ctx, 0)), 0, 0) : 0;
}

SEC("fexit/iopt_table_add_domain")
int BPF_PROG(iommufd_add_domain_end, struct io_pagetable *iopt, void *domain, int ret)
{
	in_flight_end(in_flight_own(bpf_get_current_pid_tgid()));
	return 0;
}

SEC("fentry/iopt_table_remove_domain")
int BPF_PROG(iommufd_remove_domain, struct io_pagetable *iopt, void *domain)
{
	return watching ? request_begin(VT_OP_DETACH, key_by_table(argument(ctx, 0)), 0, 0) : 0;
}

SEC("fexit/iopt_table_remove_domain")
int BPF_PROG(iommufd_remove_domain_end, struct io_pagetable *iopt, void *domain)
{
	in_flight_end(in_flight_own(bpf_get_current_pid_tgid()));
	return 0;
}

/* --- Phases ----------------------------------------------------------------- */

/* Steps of a request, each of as many pages as a batch of the kernel's has room for. */
static __always_inline int step_begins(void)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());

	if (f)
		f->step_ns = bpf_ktime_get_ns();
	return 0;
}

/* What the step that ends took; 0 when it was not seen to begin. */
static __always_inline __u64 step_ends(struct vt_in_flight *f)
{
	__u64 start = f->step_ns;

	f->step_ns = 0;
	return start ? bpf_ktime_get_ns() - start : 0;
}

SEC("fentry/pfn_reader_user_pin")
int BPF_PROG(iommufd_pin_step)
{
	return step_begins();
}

SEC("fexit/pfn_reader_user_pin")
int BPF_PROG(iommufd_pin_step_end)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());

	if (f)
		f->pin_ns += step_ends(f);
	return 0;
}

SEC("fentry/batch_to_domain")
int BPF_PROG(iommufd_iommu_step, struct pfn_batch *batch, struct iommu_domain *domain,
	     struct iopt_area *area, unsigned long start_index)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());

	if (!f)
		return 0;
	batch_filled(f, batch, domain, area, start_index);
	f->step_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/batch_to_domain")
int BPF_PROG(iommufd_iommu_step_end)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());

	if (f)
		f->iommu_ns += step_ends(f);
	return 0;
}

/* --- Mappings --------------------------------------------------------------- */

static __always_inline void area_unfilled(struct iopt_area *area, struct iopt_pages *pages)
{
	struct shared *shared = shared_find(pages);

	if (shared && shared->key == key_by_table((__u64)BPF_CORE_READ(area, iopt)))
		pins_hand_over(pages, shared);
}

/*
 * No other mapping has them. Where two threads remove the last two at once, none may see that;
 * then pages that get the same address have an entry, too, which is as good as none.
 */
static __always_inline void pages_unmapped(struct iopt_pages *pages)
{
	__u64 address = (__u64)pages;

	if (pages->kref.refcount.refs.counter != 1)
		return;
	bpf_map_delete_elem(&shared_pages, &address);
	bpf_map_delete_elem(&unrefunded, &address);
}

/* It is removed. A thread that is in a request removes mappings of that address space only. */
SEC("fexit/iopt_area_unfill_domains")
int BPF_PROG(iommufd_unfilled, struct iopt_area *area, struct iopt_pages *pages)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 size = area->node.last - area->node.start + 1;
	struct vt_container *c;

	if (!watching)
		return 0;
	if (f)
		c = container_of_operation(f);
	else
		c = container_find(key_by_table((__u64)BPF_CORE_READ(area, iopt)));
	if (c) {
		container_mappings(c, -1, VT_UNKNOWN);
		requests_size(&c->unmap, size);
	}
	if (f) {
		f->removed++;
		f->done += size;
	}
	if (any_shared()) {
		area_unfilled(area, pages);
		pages_unmapped(pages);
	}
	return 0;
}

/* The last device of its address space went; the mapping stays. */
SEC("fexit/iopt_area_unfill_domain")
int BPF_PROG(iommufd_unfilled_last, struct iopt_area *area, struct iopt_pages *pages)
{
	area_unfilled(area, pages);
	return 0;
}

/* VFIO_IOMMU_UNMAP_DMA of type 1 cuts mappings in pieces, at addresses that it is asked for. */
SEC("fentry/iopt_cut_iova")
int BPF_PROG(iommufd_cut, struct io_pagetable *iopt)
{
	struct vt_container *c = container_find(key_by_table(argument(ctx, 0)));

	if (watching && c)
		container_flag(c, VT_CONTAINER_CUT);
	return 0;
}

/* --- Devices ---------------------------------------------------------------- */

SEC("fentry/vfio_df_ioctl_bind_iommufd")
int BPF_PROG(iommufd_bind, struct vfio_device_file *file)
{
	return watching ? device_call(BPF_CORE_READ(file, device)) : 0;
}

SEC("fexit/vfio_df_ioctl_bind_iommufd")
int BPF_PROG(iommufd_bind_end, struct vfio_device_file *file, void *arg, long ret)
{
	struct vfio_device_open_record r = { .pid = current_pid(), .ret = ret };
	struct call call;

	if (!watching || !call_end(&call))
		return 0;
	r.ns = bpf_ktime_get_ns() - call.start_ns;
	r.group = call.group;
	__builtin_memcpy(r.name, call.name, sizeof(r.name));
	device_opened(&r);
	return 0;
}

/*
 * A group has this context in place of a container: its device comes to an IOAS as it is opened.
 * Who watches the call says then that it is open.
 */
SEC("fexit/vfio_iommufd_compat_attach_ioas")
int BPF_PROG(iommufd_compat_attach, struct vfio_device *device, struct iommufd_ctx *ictx, int ret)
{
	struct call *call = call_find();

	if (watching && call && !ret)
		call->key = key_of_ioas(argument(ctx, 1), (void *)ioas_of_device(device));
	return 0;
}

/* The device is in this address space now, or in none that is known. */
static __always_inline void device_moves(struct vfio_device_file *file, __u64 key)
{
	struct vt_container *c = key ? container_find(key) : NULL;
	struct vt_device *d = device_get(BPF_CORE_READ(file, device, dev, kobj.name), 0);

	if (d)
		vt_store(d->container, c ? c->id : 0);
}

SEC("fexit/vfio_df_ioctl_attach_pt")
int BPF_PROG(iommufd_attach, struct vfio_device_file *file, void *arg, int ret)
{
	if (watching && !ret)
		device_moves(file, ioas_of_device(BPF_CORE_READ(file, device)));
	return 0;
}

SEC("fexit/vfio_df_ioctl_detach_pt")
int BPF_PROG(iommufd_detach, struct vfio_device_file *file, void *arg, int ret)
{
	struct detach_request detach = {};

	if (!watching || ret || bpf_probe_read_user(&detach, sizeof(detach), arg))
		return 0;
	/* What a PASID of it was attached to does not count. */
	if (!(detach.flags & DETACH_PASID))
		device_moves(file, 0);
	return 0;
}

/*
 * This and the programs of file_calls.bpf.h are left out where another source watches the files of
 * groups and devices.
 */
SEC("fexit/vfio_group_fops_unl_ioctl")
int BPF_PROG(iommufd_group_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	if (watching && cmd == VFIO_GROUP_GET_DEVICE_FD)
		device_open_end(ret);
	return 0;
}

/* --- The end ---------------------------------------------------------------- */

SEC("fentry/iommufd_ioas_destroy")
int BPF_PROG(iommufd_destroy, struct iommufd_object *obj)
{
	return watching ? request_begin(VT_OP_TEARDOWN, argument(ctx, 0), 0, 0) : 0;
}

SEC("fexit/iommufd_ioas_destroy")
int BPF_PROG(iommufd_destroy_end, struct iommufd_object *obj)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 key = argument(ctx, 0);
	struct vt_container *c = container_find(key);
	struct vfio_dma_unmap_record r = {
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.pid = current_pid(),
	};

	if (f && f->key == key && f->removed) {
		/* Each mapping that went was counted as it did. */
		r.done = f->done;
		r.total_ns = bpf_ktime_get_ns() - f->start_ns;
		if (c) {
			on_teardown_end(c, &r);
			__sync_fetch_and_add(&c->teardown_mappings, f->removed);
			r.size = r.done;
			r.pages = VT_UNKNOWN;
			trace_removal(c, &r, VT_OP_TEARDOWN);
		}
	}
	in_flight_end(f);
	if (watching && c)
		ioas_release(c);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
