// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: programs at entry and exit of its functions. An IOAS is an address space as a
 * container is; its key is its address.
 *
 * An IOAS_MAP runs four programs, an IOAS_UNMAP five; nothing runs per page.
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
#include "container_ids.bpf.h"
#include "containers.bpf.h"
#include "devices.bpf.h"
#include "in_flight.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "requests.bpf.h"
#include "tables.bpf.h"
#include "traced.bpf.h"
#include "vfiotop.h"

#define RLIMIT_MEMLOCK 8
#define FIXED_IOVA     1
#define ALL	       (~0ULL)

/* An argument as a number: the verifier forbids arithmetic on a typed pointer. */
static __always_inline __u64 argument(void *ctx, __u32 n)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, n, &value);
	return value;
}

/* --- Which IOAS ------------------------------------------------------------- */

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

/* Numbers of contexts, by their address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} contexts SEC(".maps");

static __u32 last_context;

static __always_inline __u32 context_number(__u64 context)
{
	__u32 *number = bpf_map_lookup_elem(&contexts, &context);
	__u32 fresh;

	if (number)
		return *number;
	fresh = __sync_fetch_and_add(&last_context, 1) + 1;
	bpf_map_update_elem(&contexts, &context, &fresh, BPF_NOEXIST);
	number = bpf_map_lookup_elem(&contexts, &context);
	return number ? *number : 0;
}

static __always_inline __u64 key_by_id(__u64 context, __u32 id)
{
	struct ioas_name name = { .context = context, .id = id };
	__u64 *key = bpf_map_lookup_elem(&ioases, &name);

	return key ? *key : 0;
}

static __always_inline __u64 key_by_table(__u64 iopt)
{
	return iopt - bpf_core_field_offset(struct iommufd_ioas, iopt);
}

/* An object can be used from here on. */
SEC("fentry/iommufd_object_finalize")
int BPF_PROG(iommufd_finalize, struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	struct ioas_name name = { .context = (__u64)ictx };
	__u64 key = argument(ctx, 1);
	struct vt_container *c;

	if (!watching || BPF_CORE_READ(obj, type) !=
				 bpf_core_enum_value(enum iommufd_object_type, IOMMUFD_OBJ_IOAS))
		return 0;
	name.id = BPF_CORE_READ(obj, id);
	c = container_get_with_id(key);
	if (!c)
		return 0;
	bpf_map_update_elem(&ioases, &name, &key, BPF_ANY);
	c->ioas = name.id;
	c->context = context_number(argument(ctx, 0));
	c->context_key = name.context;
	container_flag(c, VT_CONTAINER_IOAS);
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

/* The slot of this thread for what it does to an address space; NULL when that is unknown. */
static __noinline int request_begin(__u32 operation, __u64 key, __u64 iova, __u64 size)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct vt_container *c = key ? container_find(key) : NULL;
	struct vt_in_flight *f = c ? in_flight_take(pid_tgid) : NULL;

	if (!f)
		return 0;
	vt_store(f->key, key);
	f->removed = 0;
	f->done = 0;
	f->refunded = 0;
	f->source = 0;
	in_flight_start(f, operation, c->id, iova, size, pid_tgid, pid_tgid >> 32,
			bpf_ktime_get_ns());
	return 0;
}

/* The step at which a map failed, where request and errno imply it. */
static __always_inline __u32 map_stage(__s32 ret)
{
	switch (ret) {
	case 0:
		return VFIO_STAGE_DONE;
	case -EFAULT:
		return VFIO_STAGE_PIN;
	case -EEXIST:
		return VFIO_STAGE_OVERLAP;
	default:
		return VT_STAGE_UNKNOWN;
	}
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

/* The map that ends is to the address space @key. Its mappings and pins were counted. */
static __noinline int map_ends(__u64 key, __u64 iova, __u64 size, __s32 ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vt_container *c = key ? container_find(key) : NULL;
	struct vfio_dma_map_record r = {
		.iova = iova,
		.size = size,
		.ret = ret,
		.stage = map_stage(ret),
		.pid = current_pid(),
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.locked_limit = VT_UNKNOWN,
	};
	__u64 pages = VT_UNKNOWN;

	if (f && f->key == key) {
		r.total_ns = bpf_ktime_get_ns() - f->start_ns;
		pages = f->pages;
	}
	in_flight_end(f);
	if (!c)
		return request_unknown(VT_OP_MAP, iova, size, ret);
	r.container = c->id;
	if (ret)
		on_map_failed(c, &r);
	else
		on_map_done(c, &r);
	r.pages = ret ? 0 : pages;
	trace_map(c, &r);
	return 0;
}

static __noinline int unmap_ends(__u64 key, __u64 iova, __u64 size, __u64 done, __s32 ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vt_container *c = key ? container_find(key) : NULL;
	struct vfio_dma_unmap_record r = {
		.iova = iova,
		.size = size == ALL ? done : size,
		.done = ret ? 0 : done,
		.pid = current_pid(),
		.pinned = VT_UNKNOWN,
		.mappings = VT_UNKNOWN,
		.ret = ret,
	};

	if (f && f->key == key)
		r.total_ns = bpf_ktime_get_ns() - f->start_ns;
	in_flight_end(f);
	if (!c)
		return request_unknown(VT_OP_UNMAP, iova, size, ret);
	r.container = c->id;
	if (ret)
		on_unmap_failed(c, &r);
	else
		on_unmap_done(c, &r);
	/* Unpins are not told apart by request. */
	r.pages = VT_UNKNOWN;
	trace_removal(c, &r, VT_OP_UNMAP);
	return 0;
}

SEC("fentry/iommufd_ioas_map")
int BPF_PROG(iommufd_map, struct iommufd_ucmd *ucmd)
{
	struct ioas_map_request map;

	if (!watching)
		return 0;
	bpf_probe_read_kernel(&map, sizeof(map), ucmd->cmd);
	request_begin(VT_OP_MAP, key_by_id((__u64)ucmd->ictx, map.ioas_id), map.iova, map.length);
	return 0;
}

SEC("fexit/iommufd_ioas_map")
int BPF_PROG(iommufd_map_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct ioas_map_request map;

	if (!watching)
		return 0;
	/* The kernel has chosen the IOVA where it was not fixed. */
	bpf_probe_read_kernel(&map, sizeof(map), ucmd->cmd);
	map_ends(key_by_id((__u64)ucmd->ictx, map.ioas_id), map.iova, map.length, ret);
	return 0;
}

SEC("fentry/iommufd_ioas_copy")
int BPF_PROG(iommufd_copy, struct iommufd_ucmd *ucmd)
{
	struct ioas_copy_request copy;
	struct vt_in_flight *f;

	if (!watching)
		return 0;
	bpf_probe_read_kernel(&copy, sizeof(copy), ucmd->cmd);
	request_begin(VT_OP_MAP, key_by_id((__u64)ucmd->ictx, copy.dst_ioas_id), copy.dst_iova,
		      copy.length);
	f = in_flight_own(bpf_get_current_pid_tgid());
	if (f)
		f->source = key_by_id((__u64)ucmd->ictx, copy.src_ioas_id);
	return 0;
}

SEC("fexit/iommufd_ioas_copy")
int BPF_PROG(iommufd_copy_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct ioas_copy_request copy;

	if (!watching)
		return 0;
	bpf_probe_read_kernel(&copy, sizeof(copy), ucmd->cmd);
	map_ends(key_by_id((__u64)ucmd->ictx, copy.dst_ioas_id), copy.dst_iova, copy.length, ret);
	return 0;
}

SEC("fentry/iommufd_ioas_unmap")
int BPF_PROG(iommufd_unmap, struct iommufd_ucmd *ucmd)
{
	struct ioas_unmap_request unmap;

	if (!watching)
		return 0;
	bpf_probe_read_kernel(&unmap, sizeof(unmap), ucmd->cmd);
	request_begin(VT_OP_UNMAP, key_by_id((__u64)ucmd->ictx, unmap.ioas_id), unmap.iova,
		      unmap.length);
	return 0;
}

SEC("fexit/iommufd_ioas_unmap")
int BPF_PROG(iommufd_unmap_end, struct iommufd_ucmd *ucmd, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct ioas_unmap_request unmap;

	if (!watching)
		return 0;
	/* The kernel has replaced the size requested by the size unmapped. */
	bpf_probe_read_kernel(&unmap, sizeof(unmap), ucmd->cmd);
	unmap_ends(key_by_id((__u64)ucmd->ictx, unmap.ioas_id), unmap.iova,
		   f ? f->size : unmap.length, unmap.length, ret);
	return 0;
}

/* --- Requests of VFIO to iommufd -------------------------------------------- */

SEC("fentry/iommufd_vfio_ioctl")
int BPF_PROG(iommufd_vfio, struct iommufd_ctx *ictx, unsigned int cmd, unsigned long arg)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_iommu_type1_dma_map map = {};
	__u64 key;

	if (!watching || (cmd != VFIO_IOMMU_MAP_DMA && cmd != VFIO_IOMMU_UNMAP_DMA))
		return 0;
	key = (__u64)BPF_CORE_READ(ictx, vfio_ioas);
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
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_iommu_type1_dma_map map = {};
	__u64 key;

	if (!watching || (cmd != VFIO_IOMMU_MAP_DMA && cmd != VFIO_IOMMU_UNMAP_DMA))
		return 0;
	key = (__u64)BPF_CORE_READ(ictx, vfio_ioas);
	if (cmd == VFIO_IOMMU_MAP_DMA) {
		bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
		map_ends(key, map.iova, map.size, ret);
	} else {
		bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg);
		unmap_ends(key, unmap.iova, f ? f->size : unmap.size, unmap.size, ret);
	}
	return 0;
}

/* --- Pins ------------------------------------------------------------------- */

/*
 * Who has the pins of pages that were copied: in every other case it is the address space that
 * the request in flight is to. Whether there were any copies, which few do.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} shared_pages SEC(".maps");

static volatile __u32 any_shared;

static __always_inline __u64 *shared_holder(const struct iopt_pages *pages)
{
	__u64 address = (__u64)pages;

	return any_shared ? bpf_map_lookup_elem(&shared_pages, &address) : NULL;
}

static __noinline int pages_shared(__u64 address, __u64 key)
{
	any_shared = 1;
	if (bpf_map_update_elem(&shared_pages, &address, &key, BPF_NOEXIST) == -E2BIG)
		count_lost(VT_LOST_READ);
	return 0;
}

/* Charges follow pins: each page that is pinned is charged once, if anyone is charged. */
static __always_inline void pins_charged(struct vt_container *c, const struct iopt_pages *pages,
					 __s64 n)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct mm_struct___pinned *mm = (void *)task->mm;
	__u8 mode = BPF_CORE_READ(pages, account_mode);
	__u64 limit;

	if (mode == ACCOUNT_NONE) {
		c->locked_by = VT_LOCKED_BY_NONE;
		return;
	}
	__sync_fetch_and_add(&c->charged, n);
	if (mode == ACCOUNT_USER) {
		c->locked_by = VT_LOCKED_BY_USER;
		c->locked = BPF_CORE_READ(pages, source_user, locked_vm.counter);
	} else {
		c->locked_by = VT_LOCKED_BY_MM;
		c->locked = mm ? BPF_CORE_READ(mm, pinned_vm.counter) : 0;
	}
	limit = task->signal->rlim[RLIMIT_MEMLOCK].rlim_cur;
	c->locked_limit = limit == ~0ULL ? limit : limit >> page_shift;
	c->locked_pid = current_pid();
	container_flag(c, VT_CONTAINER_ACCOUNTED);
}

/* Called once all pages that a step of a request needs are pinned, or unpinned. */
SEC("fexit/do_update_pinned")
int BPF_PROG(iommufd_pinned, struct iopt_pages *pages, unsigned long npages, bool inc, void *user,
	     int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	__u64 *holder = shared_holder(pages);
	__s64 n = inc ? (__s64)npages : -(__s64)npages;
	struct vt_container *c;
	__u64 key = 0;

	if (!watching)
		return 0;
	if (f)
		key = vt_load(f->key);
	/* Pins that begin anew are of whoever makes them. */
	if (holder && key && n > 0 && !ret && BPF_CORE_READ(pages, npinned) == npages)
		vt_store(*holder, key);
	if (holder)
		key = vt_load(*holder);
	c = key ? container_find(key) : NULL;
	if (!c) {
		/* In the kernel's own use, or of an address space from before the watch. */
		count_lost(VT_LOST_READ);
		return 0;
	}
	if (ret) {
		__sync_fetch_and_add(&c->charge_errors, 1);
		return 0;
	}
	container_pins(c, n, VT_UNKNOWN);
	if (f && n > 0)
		f->pages += n;
	if (f && f->source && n > 0)
		pages_shared((__u64)pages, f->key);
	pins_charged(c, pages, n);
	return 0;
}

/* What is still pinned goes over to another address space that maps it. Nothing is locked. */
static __noinline int pins_hand_over(__u64 address, __u64 from)
{
	struct iopt_pages *pages = (void *)address;
	struct rb_node *node = BPF_CORE_READ(pages, domains_itree.rb_root.rb_node);
	__s64 pinned = BPF_CORE_READ(pages, npinned);
	struct vt_container *before = container_find(from), *after;
	struct iopt_area *area;
	__u64 key;

	if (!node || !pinned)
		return 0;
	area = (void *)node - bpf_core_field_offset(struct iopt_area, pages_node);
	key = key_by_table((__u64)BPF_CORE_READ(area, iopt));
	after = container_find(key);
	if (!after || !before || key == from)
		return 0;
	bpf_map_update_elem(&shared_pages, &address, &key, BPF_ANY);
	container_pins(before, -pinned, VT_UNKNOWN);
	container_pins(after, pinned, VT_UNKNOWN);
	if (before->locked_by != VT_LOCKED_BY_NONE) {
		__sync_fetch_and_sub(&before->charged, pinned);
		__sync_fetch_and_add(&after->charged, pinned);
		after->locked_by = before->locked_by;
	}
	return 0;
}

SEC("fentry/iopt_release_pages")
int BPF_PROG(iommufd_pages_end, struct kref *kref)
{
	__u64 address = (__u64)kref;

	if (any_shared)
		bpf_map_delete_elem(&shared_pages, &address);
	return 0;
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

/* --- Mappings --------------------------------------------------------------- */

SEC("fexit/iopt_area_fill_domains")
int BPF_PROG(iommufd_filled, struct iopt_area *area, struct iopt_pages *pages, int ret)
{
	struct vt_in_flight *f = in_flight_own(bpf_get_current_pid_tgid());
	struct vt_container *c;

	if (!watching || ret)
		return 0;
	c = container_find(key_by_table((__u64)BPF_CORE_READ(area, iopt)));
	if (c)
		container_mappings(c, 1, VT_UNKNOWN);
	if (f && f->source)
		pages_shared((__u64)pages, f->source);
	return 0;
}

SEC("fentry/iopt_area_unfill_domains")
int BPF_PROG(iommufd_unfill, struct iopt_area *area, struct iopt_pages *pages)
{
	struct vt_in_flight *f;
	struct vt_container *c;

	if (!watching)
		return 0;
	c = container_find(key_by_table((__u64)BPF_CORE_READ(area, iopt)));
	if (!c)
		return 0;
	container_mappings(c, -1, VT_UNKNOWN);
	f = in_flight_own(bpf_get_current_pid_tgid());
	if (f && f->key == c->key) {
		f->removed++;
		f->done += BPF_CORE_READ(area, node.last) - BPF_CORE_READ(area, node.start) + 1;
	}
	return 0;
}

static __always_inline void area_unfilled(struct iopt_area *area, struct iopt_pages *pages)
{
	__u64 *holder = shared_holder(pages);

	if (holder && *holder == key_by_table((__u64)BPF_CORE_READ(area, iopt)))
		pins_hand_over((__u64)pages, *holder);
}

SEC("fexit/iopt_area_unfill_domains")
int BPF_PROG(iommufd_unfilled, struct iopt_area *area, struct iopt_pages *pages)
{
	area_unfilled(area, pages);
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
	const struct vfio_device *device = BPF_CORE_READ(file, device);
	struct call call = {};

	/* VFIO can be built without groups. */
	if (bpf_core_field_exists(device->group))
		call.group = BPF_CORE_READ(device, group, iommu_group, id);
	bpf_probe_read_kernel_str(call.name, sizeof(call.name),
				  BPF_CORE_READ(device, dev, kobj.name));
	if (watching)
		call_begin(&call);
	return 0;
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
	on_device_open(&r);
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

/* The kernel replaces the ID of the address space by that of its page table. */
SEC("fentry/vfio_df_ioctl_attach_pt")
int BPF_PROG(iommufd_attach, struct vfio_device_file *file, void *arg)
{
	struct attach_request attach = {};
	struct call call = {};

	if (!watching || bpf_probe_read_user(&attach, sizeof(attach), arg))
		return 0;
	call.key = key_by_id((__u64)BPF_CORE_READ(file, iommufd), attach.pt_id);
	call_begin(&call);
	return 0;
}

SEC("fexit/vfio_df_ioctl_attach_pt")
int BPF_PROG(iommufd_attach_end, struct vfio_device_file *file, void *arg, int ret)
{
	struct call call = {};

	/* Of a request that was not seen to begin, the address space is unknown. */
	call_end(&call);
	if (watching && !ret)
		device_moves(file, call.key);
	return 0;
}

SEC("fexit/vfio_df_ioctl_detach_pt")
int BPF_PROG(iommufd_detach, struct vfio_device_file *file, void *arg, int ret)
{
	if (watching && !ret)
		device_moves(file, 0);
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
	struct ioas_name name = {};

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
	if (!watching || !c)
		return 0;
	name.context = c->context_key;
	name.id = c->ioas;
	bpf_map_delete_elem(&ioases, &name);
	on_container_release(key, c->id, 0, 0, 0);
	vt_store(c->key, key | 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
