// SPDX-License-Identifier: GPL-2.0-only
/*
 * Front end for the distribution's VFIO modules, which have no tracepoints: programs
 * at entry and exit of their functions.
 *
 * A container is known by the address of its struct vfio_container and gets a
 * number when it is first seen. A map or unmap costs two programs, its ioctl, and
 * one more for each mapping that ends; nothing is done per page unless the watch
 * was asked to look at runs.
 */
#include "aggregate.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "kernel.bpf.h"
#include "numbers.bpf.h"

#define RLIMIT_MEMLOCK 8
#define CAP_IPC_LOCK   14
#define TREE_DEPTH     64
#define LEAF_SLOTS     32 /* for VFIO_LEAF_SIZES, as a power of two */
#define PAGE_BYTES     (1ULL << VT_PAGE_SHIFT)

#define MAP_FLAGS   (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define MAP_ARGSZ   (sizeof(struct vfio_iommu_type1_dma_map))
#define UNMAP_ARGSZ (sizeof(struct vfio_iommu_type1_dma_unmap))

/* Whether runs are counted; set before loading. */
const volatile __u32 count_runs = 0;

/* Whether mappings are seen to end; set before loading. */
const volatile __u32 sees_removals = 1;

/*
 * What a thread's map, unmap or teardown has done so far. Its slot belongs to the
 * thread as long as the slot of the same index in flights does.
 */
struct work {
	__u64 key;	/* of the container */
	__u64 removed;	/* mappings */
	__u64 done;	/* bytes of these */
	__u64 charged;	/* pages that these were charged */
	__u64 released; /* pages unpinned, if runs are counted */
	__u64 pgsizes;
	__u64 runs;
	__u64 leaf_bytes[LEAF_SLOTS];
	__u32 leaf_mask;
	__u32 all; /* an unmap of all */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} works SEC(".maps");

/* What a thread's call was about, for the calls that are rare. */
struct call {
	__u64 start_ns;
	__u64 key; /* of its container, 0 when there is none */
	__u32 group;
	__u32 users;
	char name[VFIO_RECORD_NAME_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/* Holders of a container: its file and its groups; the key is that of the container. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __s64);
} holders SEC(".maps");

static __always_inline __u32 current_pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* --- Containers ------------------------------------------------------------- */

static __always_inline __u64 number_of(__u64 key)
{
	struct vt_container *c = key ? numbered_container(key) : NULL;

	return c ? c->id : 0;
}

/* Before a holder lets go of a container that was there before the watch. */
static __noinline int count_holders(struct vfio_container *container)
{
	__u64 key = (__u64)container;
	__s64 count = BPF_CORE_READ(container, kref.refcount.refs.counter);

	bpf_map_update_elem(&holders, &key, &count, BPF_NOEXIST);
	return 0;
}

static __noinline int hold(__u64 key)
{
	__s64 *count = bpf_map_lookup_elem(&holders, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

/* The last holder's end is the container's: its address may be another's from then on. */
static __noinline int let_go(__u64 key)
{
	__s64 *count = bpf_map_lookup_elem(&holders, &key);
	struct vt_container *c = numbered_container(key);
	bool exact;

	if (!count || __sync_fetch_and_add(count, -1) > 1)
		return 0;
	bpf_map_delete_elem(&holders, &key);
	if (!c)
		return 0;
	exact = count_runs && c->flags & VT_CONTAINER_OPEN_SEEN;
	on_container_release(key, c->id, exact ? c->pinned : 0, exact ? c->mappings : 0, 0);
	vt_store(c->key, key | 1);
	return 0;
}

SEC("fexit/vfio_fops_open")
int BPF_PROG(stock_container_open, struct inode *inode, struct file *filep, int ret)
{
	__u64 key = (__u64)data_of(filep);
	__s64 one = 1;

	if (!watching || ret)
		return 0;
	bpf_map_update_elem(&holders, &key, &one, BPF_ANY);
	on_container_open(key, number_of(key), current_pid());
	return 0;
}

SEC("fentry/vfio_fops_release")
int BPF_PROG(stock_container_release, struct inode *inode, struct file *filep)
{
	struct vfio_container *container = data_of(filep);

	if (!watching)
		return 0;
	count_holders(container);
	return let_go((__u64)container);
}

/* --- What an operation has done --------------------------------------------- */

/* Of the flight that is this thread's own. */
static __always_inline struct work *work_of(struct vt_flight *f)
{
	__u32 index = (__u32)bpf_get_current_pid_tgid() & flight_mask;

	return f ? bpf_map_lookup_elem(&works, &index) : NULL;
}

static __always_inline struct vt_flight *own_flight(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct vt_flight *f = flight_slot(tid);

	return f && f->holder == tid ? f : NULL;
}

static __always_inline void begin(enum vt_operation operation, struct vfio_container *container,
				  __u64 id, __u64 iova, __u64 size, bool all)
{
	struct vfio_iommu *iommu;
	struct work *w;

	on_begin(operation, id, iova, size, current_pid(), bpf_ktime_get_ns());
	w = work_of(flight_find(id));
	if (!w)
		return;
	w->key = (__u64)container;
	w->all = all;
	w->removed = 0;
	w->done = 0;
	w->charged = 0;
	w->released = 0;
	w->runs = 0;
	w->leaf_mask = 0;
	if (!count_runs || operation != VT_OP_MAP)
		return;
	iommu = BPF_CORE_READ(container, iommu_data);
	w->pgsizes = BPF_CORE_READ(iommu, pgsize_bitmap);
}

static __always_inline __u64 time_since_begin(__u64 id)
{
	struct vt_flight *f = flight_find(id);

	return f ? bpf_ktime_get_ns() - f->start_ns : 0;
}

/* Pages of a mapping that ends with no operation of this thread under way. */
static __noinline int removed_apart(__u64 iommu, __u64 pages)
{
	__u64 *key = bpf_map_lookup_elem(&backends, &iommu);
	struct vt_container *c = key ? container_find(*key) : NULL;

	if (!c)
		return 0;
	container_pins(c, -(__s64)pages, VT_UNKNOWN);
	container_mappings(c, -1, VT_UNKNOWN);
	return 0;
}

SEC("fentry/vfio_remove_dma")
int BPF_PROG(stock_remove_dma, struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct vt_flight *f = own_flight();
	struct work *w = work_of(f);
	__u64 pages = dma->locked_vm;

	if (!watching)
		return 0;
	if (!w)
		return removed_apart((__u64)iommu, pages);
	/* A map that failed takes back what never counted. */
	if (f->operation == VT_OP_MAP)
		return 0;
	w->removed++;
	w->done += dma->size;
	w->charged += pages;
	return 0;
}

/* --- Runs, on request ---------------------------------------------------------- */

/* What is left of a run whose leaves are being counted. */
struct run {
	struct work *work;
	__u64 iova;
	__u64 phys;
	__u64 size;
	__u32 top;
};

static __always_inline void take_leaves(struct run *run, __u32 index, __u64 bytes)
{
	struct work *w = run->work;

	index &= LEAF_SLOTS - 1;
	if (!bytes)
		return;
	if (!(w->leaf_mask & (1U << index)))
		w->leaf_bytes[index] = 0;
	w->leaf_bytes[index] += bytes;
	w->leaf_mask |= 1U << index;
	run->iova += bytes;
	run->phys += bytes;
	run->size -= bytes;
}

/*
 * Smallest leaves first, up to where the next size takes over: where both addresses
 * are multiples of it, and as much as that is left.
 */
static int leaves_up(__u32 index, struct run *run)
{
	__u64 pgsizes = run->work->pgsizes & ((PAGE_BYTES << VFIO_LEAF_SIZES) - 1);
	__u64 leaf = PAGE_BYTES << index, larger, next, head;

	if (!(pgsizes & leaf))
		return 0;
	run->top = index;
	larger = pgsizes & ~((leaf << 1) - 1);
	next = larger & -larger;
	head = -run->iova & (next - 1);
	if (!next || (run->iova ^ run->phys) & (next - 1) || head > run->size ||
	    run->size - head < next)
		return 1;
	take_leaves(run, index, head);
	return 0;
}

/* Then the largest, and what is too small for them by smaller ones. */
static int leaves_down(__u32 step, struct run *run)
{
	__u32 index = run->top - step;
	__u64 leaf = PAGE_BYTES << (index & (LEAF_SLOTS - 1));

	if (step > run->top)
		return 1;
	if (run->work->pgsizes & leaf)
		take_leaves(run, index, run->size & ~(leaf - 1));
	return 0;
}

SEC("fexit/vfio_pin_pages_remote")
int BPF_PROG(stock_pin_run, struct vfio_dma *dma, unsigned long vaddr, long npage,
	     unsigned long *pfn_base, unsigned long limit, void *batch, long ret)
{
	struct vt_flight *f = own_flight();
	struct run run = { .work = work_of(f) };
	unsigned long pfn = 0;

	if (!watching || !run.work || f->operation != VT_OP_MAP || ret <= 0)
		return 0;
	f->pages += ret;
	run.work->runs++;
	bpf_probe_read_kernel(&pfn, sizeof(pfn), pfn_base);
	run.iova = dma->iova + (vaddr - dma->vaddr);
	run.phys = (__u64)pfn << VT_PAGE_SHIFT;
	run.size = (__u64)ret << VT_PAGE_SHIFT;
	bpf_loop(VFIO_LEAF_SIZES, leaves_up, &run, 0);
	bpf_loop(VFIO_LEAF_SIZES, leaves_down, &run, 0);
	return 0;
}

SEC("fexit/vfio_unpin_pages_remote")
int BPF_PROG(stock_unpin_run, struct vfio_dma *dma, __u64 iova, unsigned long pfn, long npage,
	     bool do_accounting, long ret)
{
	struct vt_flight *f = own_flight();
	struct work *w = work_of(f);

	if (!watching || !w || f->operation == VT_OP_MAP || ret <= 0)
		return 0;
	w->released += ret;
	return 0;
}

/* --- Locked memory --------------------------------------------------------------- */

static __always_inline __u64 lock_limit(struct task_struct *task)
{
	__u64 limit = task->signal->rlim[RLIMIT_MEMLOCK].rlim_cur;

	return limit == ~0ULL ? limit : limit >> VT_PAGE_SHIFT;
}

/* What a map has done to the locked memory of the current process, which pays. */
static __always_inline void charge(struct vfio_dma_map_record *r, struct vfio_dma *dma)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (dma) {
		r->charged = BPF_CORE_READ(dma, locked_vm);
		r->ipc_lock = BPF_CORE_READ(dma, lock_cap);
	}
	r->locked = task->mm->locked_vm;
	r->locked_limit = lock_limit(task);
}

/* What a removal gave back, to the process that was charged last. */
static __always_inline void refund(struct vfio_dma_unmap_record *r, const struct vt_container *c,
				   __u64 pages)
{
	struct task_struct *task = bpf_get_current_task_btf();

	r->refunded = pages;
	r->locked_pid = c->locked_pid;
	r->locked = c->locked;
	/* Without memory, at its end, it has none that is locked. Others are not at hand. */
	if (c->locked_pid == current_pid())
		r->locked = task->mm ? task->mm->locked_vm : 0;
}

static __always_inline bool may_lock(struct task_struct *task)
{
	__u64 capabilities = 0;

	bpf_probe_read_kernel(&capabilities, sizeof(capabilities), &task->cred->cap_effective);
	return capabilities & (1ULL << CAP_IPC_LOCK);
}

/* With so many pages more the current process would be over its limit. */
static __always_inline bool over_limit(__u64 pages)
{
	struct task_struct *task = bpf_get_current_task_btf();
	return task->mm->locked_vm + pages > lock_limit(task) && !may_lock(task);
}

/* --- Maps ---------------------------------------------------------------------------- */

/* The mapping that begins at @iova, NULL when there is none. Nothing is locked. */
static __noinline struct vfio_dma *mapping_find(struct vfio_iommu *iommu, __u64 iova)
{
	struct rb_node *node = BPF_CORE_READ(iommu, dma_list.rb_node);
	int i;

	for (i = 0; i < TREE_DEPTH && node; i++) {
		struct vfio_dma *dma = (void *)node - bpf_core_field_offset(struct vfio_dma, node);
		__u64 start = BPF_CORE_READ(dma, iova);

		if (start == iova)
			return dma;
		if (iova < start)
			node = BPF_CORE_READ(node, rb_left);
		else
			node = BPF_CORE_READ(node, rb_right);
	}
	return NULL;
}

/* The step at which a map failed, where that follows from what is known. */
static __always_inline __u32 stage_of(const struct vfio_iommu_type1_dma_map *map, __s32 ret,
				      bool full)
{
	switch (ret) {
	case 0:
		return VFIO_STAGE_DONE;
	case -EFAULT:
		return map->argsz ? VFIO_STAGE_PIN : VFIO_STAGE_ARGUMENT;
	case -EEXIST:
		return VFIO_STAGE_OVERLAP;
	case -ENOSPC:
		return full ? VFIO_STAGE_LIMIT : VT_STAGE_UNKNOWN;
	case -ENOMEM:
		return over_limit(map->size >> VT_PAGE_SHIFT) ? VFIO_STAGE_ACCOUNT
							      : VT_STAGE_UNKNOWN;
	case -EINVAL:
	case -EOVERFLOW:
		break;
	default:
		return VT_STAGE_UNKNOWN;
	}
	if (map->argsz < MAP_ARGSZ || !map->flags || map->flags & ~MAP_FLAGS)
		return VFIO_STAGE_ARGUMENT;
	if (!map->size || (map->iova | map->vaddr | map->size) & (PAGE_BYTES - 1))
		return VFIO_STAGE_ALIGNMENT;
	if (map->iova + map->size - 1 < map->iova || map->vaddr + map->size - 1 < map->vaddr)
		return VFIO_STAGE_OVERFLOW;
	return VT_STAGE_UNKNOWN;
}

static __always_inline void map_begin(struct vfio_container *container, unsigned long arg)
{
	struct vfio_iommu_type1_dma_map map = {};

	bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
	if (map.flags & VFIO_DMA_MAP_FLAG_VADDR)
		return;
	begin(VT_OP_MAP, container, number_of((__u64)container), map.iova, map.size, false);
}

static __always_inline void map_leaves_of(struct vfio_dma_map_record *r, struct work *w)
{
	int i;

	r->runs = w->runs;
	r->leaf_mask = w->leaf_mask;
#pragma unroll
	for (i = 0; i < VFIO_LEAF_SIZES; i++)
		r->leaf_bytes[i] = w->leaf_bytes[i];
}

static __always_inline void map_end(struct vfio_container *container, unsigned long arg, __s32 ret)
{
	struct vfio_iommu *iommu = BPF_CORE_READ(container, iommu_data);
	__u64 key = (__u64)container;
	struct vt_container *c = numbered_container(key);
	struct vfio_iommu_type1_dma_map map = {};
	struct vfio_dma_map_record r = {};
	struct vt_flight *f;
	struct work *w;
	__u32 left;

	if (!c)
		return;
	f = flight_find(c->id);
	w = work_of(f);
	/* Reading the user's memory again is dear. */
	if (f && !ret) {
		map.iova = f->iova;
		map.size = f->size;
	} else {
		bpf_probe_read_user(&map, MAP_ARGSZ, (void *)arg);
		if (map.flags & VFIO_DMA_MAP_FLAG_VADDR)
			return;
	}
	left = BPF_CORE_READ(iommu, dma_avail);
	r.container = c->id;
	r.iova = map.iova;
	r.size = map.size;
	r.total_ns = time_since_begin(c->id);
	r.mappings_limit = c->mappings_limit;
	r.mappings = c->mappings_limit ? c->mappings_limit - left : VT_UNKNOWN;
	r.pinned = VT_UNKNOWN;
	r.pid = current_pid();
	r.ret = ret;
	r.stage = stage_of(&map, ret, c->mappings_limit && !left);
	/* The pages that a mapping was charged are those that it has pinned. */
	charge(&r, ret ? NULL : mapping_find(iommu, map.iova));
	r.pages = r.charged;
	if (count_runs && w && !ret)
		map_leaves_of(&r, w);
	flight_end(c->id);
	on_map_end(key, &r);
}

/* --- Unmaps ------------------------------------------------------------------------- */

static __always_inline void unmap_begin(struct vfio_container *container, unsigned long arg)
{
	struct vfio_iommu_type1_dma_unmap unmap = {};

	bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg);
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_VADDR)
		return;
	begin(VT_OP_UNMAP, container, number_of((__u64)container), unmap.iova, unmap.size,
	      unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL);
}

/* The end of all that takes mappings away: fills in what was done. */
static __always_inline void removal_end(struct vt_container *c, __u64 key,
					struct vfio_dma_unmap_record *r)
{
	struct work *w = work_of(flight_find(c->id));

	r->container = c->id;
	r->total_ns = time_since_begin(c->id);
	r->pinned = VT_UNKNOWN;
	r->mappings = VT_UNKNOWN;
	r->pid = current_pid();
	if (w && sees_removals) {
		r->removed = w->removed;
		r->done = w->done;
		r->expected = w->charged;
		r->pages = count_runs ? w->released : w->charged;
		refund(r, c, w->charged);
	}
	flight_end(c->id);
	on_unmap_end(key, r);
}

static __always_inline void unmap_end(struct vfio_container *container, unsigned long arg,
				      __s32 ret)
{
	__u64 key = (__u64)container;
	struct vt_container *c = numbered_container(key);
	struct vfio_iommu_type1_dma_unmap unmap = {};
	struct vfio_dma_unmap_record r = {};
	struct vt_flight *f;
	struct work *w;

	if (!c)
		return;
	f = flight_find(c->id);
	w = work_of(f);
	if (w) {
		r.iova = f->iova;
		r.size = w->all ? w->done : f->size;
		r.cause = w->all ? VFIO_CAUSE_ALL : VFIO_CAUSE_USER;
	}
	if (!w || !sees_removals) {
		bpf_probe_read_user(&unmap, UNMAP_ARGSZ, (void *)arg);
		if (unmap.flags & VFIO_DMA_UNMAP_FLAG_VADDR)
			return;
		/* The kernel has put what it unmapped in the place of what was asked for. */
		r.iova = unmap.iova;
		r.done = unmap.size;
		if (!w || w->all)
			r.size = unmap.size;
	}
	r.ret = ret;
	removal_end(c, key, &r);
}

/* --- The backend ----------------------------------------------------------------------- */

static __always_inline void iommu_set(struct vfio_container *container, unsigned long type,
				      __s32 ret)
{
	struct vfio_iommu *iommu = BPF_CORE_READ(container, iommu_data);
	__u64 backend = (__u64)iommu, key = (__u64)container;
	struct vt_container *c = numbered_container(key);

	if (!c)
		return;
	on_iommu_set(key, c->id, type, BPF_CORE_READ(container, iommu_driver, ops, name), ret);
	if (ret)
		return;
	/* Nothing was mapped before: what is counted from here on is all there is. */
	container_flag(c, VT_CONTAINER_OPEN_SEEN);
	c->mappings_limit = BPF_CORE_READ(iommu, dma_avail);
	bpf_map_update_elem(&backends, &backend, &key, BPF_ANY);
}

SEC("fentry/vfio_fops_unl_ioctl")
int BPF_PROG(stock_container_ioctl, struct file *filep, unsigned int cmd, unsigned long arg)
{
	if (!watching)
		return 0;
	if (cmd == VFIO_IOMMU_MAP_DMA)
		map_begin(data_of(filep), arg);
	else if (cmd == VFIO_IOMMU_UNMAP_DMA)
		unmap_begin(data_of(filep), arg);
	return 0;
}

/* What this thread's map or unmap works on. */
static __always_inline struct vfio_container *container_under_way(struct file *filep)
{
	struct work *w = work_of(own_flight());

	return w ? (void *)w->key : data_of(filep);
}

SEC("fexit/vfio_fops_unl_ioctl")
int BPF_PROG(stock_container_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	if (!watching)
		return 0;
	if (cmd == VFIO_IOMMU_MAP_DMA)
		map_end(container_under_way(filep), arg, ret);
	else if (cmd == VFIO_IOMMU_UNMAP_DMA)
		unmap_end(container_under_way(filep), arg, ret);
	else if (cmd == VFIO_SET_IOMMU)
		iommu_set(data_of(filep), arg, ret);
	return 0;
}

static __noinline int pinned_apart(__u64 iommu, __s64 pages)
{
	__u64 *key = bpf_map_lookup_elem(&backends, &iommu);

	if (key)
		on_pin_apart(*key, pages, VT_UNKNOWN);
	return 0;
}

SEC("fexit/vfio_iommu_type1_pin_pages")
int BPF_PROG(stock_pin, void *iommu_data, struct iommu_group *group, __u64 iova, int npage,
	     int prot, void *pages, int ret)
{
	return watching && ret > 0 ? pinned_apart((__u64)iommu_data, ret) : 0;
}

SEC("fexit/vfio_iommu_type1_unpin_pages")
int BPF_PROG(stock_unpin, void *iommu_data, __u64 iova, int npage)
{
	return watching && npage > 0 ? pinned_apart((__u64)iommu_data, -(__s64)npage) : 0;
}

/* --- Groups ------------------------------------------------------------------------------ */

static __always_inline __u32 group_number(struct vfio_group *group)
{
	return BPF_CORE_READ(group, iommu_group, id);
}

static __always_inline __u32 group_holder(__u32 number)
{
	struct vt_group *g = bpf_map_lookup_elem(&groups, &number);

	return g && g->state == VT_STATE_OPEN ? g->pid : 0;
}

SEC("fexit/vfio_group_fops_open")
int BPF_PROG(stock_group_open, struct inode *inode, struct file *filep, int ret)
{
	struct vfio_group *group =
		(void *)inode->i_cdev - bpf_core_field_offset(struct vfio_group, cdev);
	struct vfio_group_open_record r = {
		.group = group_number(group),
		.pid = current_pid(),
		.ret = ret,
	};

	if (!watching)
		return 0;
	if (ret == -EBUSY)
		r.holder_pid = group_holder(r.group);
	on_group_open(&r);
	return 0;
}

SEC("fentry/vfio_group_fops_release")
int BPF_PROG(stock_group_release, struct inode *inode, struct file *filep)
{
	if (watching)
		on_group_release(group_number(data_of(filep)));
	return 0;
}

static __always_inline void call_begin(struct call *call)
{
	__u32 tid = bpf_get_current_pid_tgid();

	call->start_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&calls, &tid, call, BPF_ANY);
}

/* The call that is about to end, if its begin was seen. */
static __always_inline bool call_end(struct call *call)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call *begun = bpf_map_lookup_elem(&calls, &tid);

	if (!begun)
		return false;
	*call = *begun;
	bpf_map_delete_elem(&calls, &tid);
	return true;
}

SEC("fentry/vfio_group_detach_container")
int BPF_PROG(stock_detach, struct vfio_group *group)
{
	struct vfio_container *container = BPF_CORE_READ(group, container);
	struct call call = {
		.key = (__u64)container,
		.group = group_number(group),
	};
	__u64 id;

	if (!watching)
		return 0;
	id = number_of(call.key);
	count_holders(container);
	call_begin(&call);
	begin(VT_OP_TEARDOWN, container, id, 0, 0, true);
	return 0;
}

SEC("fexit/vfio_group_detach_container")
int BPF_PROG(stock_detach_end, struct vfio_group *group)
{
	struct vfio_dma_unmap_record r = { .cause = VFIO_CAUSE_DETACH };
	struct vt_container *c;
	struct call call;
	struct work *w;

	if (!watching || !call_end(&call))
		return 0;
	c = numbered_container(call.key);
	if (!c)
		return 0;
	w = work_of(flight_find(c->id));
	if (w && w->removed) {
		r.size = w->done;
		removal_end(c, call.key, &r);
	} else {
		flight_end(c->id);
	}
	on_group_detach(call.group, c->id, 0);
	return let_go(call.key);
}

/* --- Devices ----------------------------------------------------------------------------- */

static __always_inline void device_open_begin(struct vfio_group *group, unsigned long arg)
{
	struct call call = {
		.group = group_number(group),
		.key = (__u64)BPF_CORE_READ(group, container),
	};

	bpf_probe_read_user_str(call.name, sizeof(call.name), (void *)arg);
	call_begin(&call);
}

static __always_inline void device_open_end(__s32 ret)
{
	struct vfio_device_open_record r = {};
	struct call call;

	if (!call_end(&call))
		return;
	r.container = number_of(call.key);
	r.ns = bpf_ktime_get_ns() - call.start_ns;
	r.group = call.group;
	r.pid = current_pid();
	r.ret = ret < 0 ? ret : 0;
	__builtin_memcpy(r.name, call.name, sizeof(r.name));
	on_device_open(&r);
}

SEC("fentry/vfio_group_fops_unl_ioctl")
int BPF_PROG(stock_group_ioctl, struct file *filep, unsigned int cmd, unsigned long arg)
{
	if (watching && cmd == VFIO_GROUP_GET_DEVICE_FD)
		device_open_begin(data_of(filep), arg);
	return 0;
}

static __always_inline void attach_end(struct vfio_group *group, __s32 ret)
{
	__u64 key = ret ? 0 : (__u64)BPF_CORE_READ(group, container);

	if (key)
		hold(key);
	on_group_attach(group_number(group), number_of(key), ret);
}

SEC("fexit/vfio_group_fops_unl_ioctl")
int BPF_PROG(stock_group_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	struct vfio_group *group = data_of(filep);

	if (!watching)
		return 0;
	if (cmd == VFIO_GROUP_GET_DEVICE_FD)
		device_open_end(ret);
	else if (cmd == VFIO_GROUP_SET_CONTAINER)
		attach_end(group, ret);
	else if (cmd == VFIO_GROUP_UNSET_CONTAINER && ret)
		on_group_detach(group_number(group),
				number_of((__u64)BPF_CORE_READ(group, container)), ret);
	return 0;
}

static __noinline int device_call_begin(void *private_data)
{
	struct vfio_device *device = private_data;
	struct call call = {};

	if (bpf_core_type_exists(struct vfio_device_file))
		device = BPF_CORE_READ((struct vfio_device_file *)private_data, device);
	call.group = BPF_CORE_READ(device, group, iommu_group, id);
	call.key = (__u64)BPF_CORE_READ(device, group, container);
	call.users = BPF_CORE_READ(device, open_count);
	bpf_probe_read_kernel_str(call.name, sizeof(call.name),
				  BPF_CORE_READ(device, dev, kobj.name));
	call_begin(&call);
	return 0;
}

SEC("fentry/vfio_device_fops_release")
int BPF_PROG(stock_device_release, struct inode *inode, struct file *filep)
{
	return watching ? device_call_begin(data_of(filep)) : 0;
}

SEC("fexit/vfio_device_fops_release")
int BPF_PROG(stock_device_release_end, struct inode *inode, struct file *filep)
{
	struct call call;

	if (watching && call_end(&call))
		on_device_release(call.name, call.group, number_of(call.key),
				  bpf_ktime_get_ns() - call.start_ns, call.users - 1);
	return 0;
}

SEC("fentry/vfio_device_fops_unl_ioctl")
int BPF_PROG(stock_device_ioctl, struct file *filep, unsigned int cmd, unsigned long arg)
{
	if (!watching || (cmd != VFIO_DEVICE_RESET && cmd != VFIO_DEVICE_PCI_HOT_RESET))
		return 0;
	return device_call_begin(data_of(filep));
}

SEC("fexit/vfio_device_fops_unl_ioctl")
int BPF_PROG(stock_device_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	struct vfio_device_reset_record r = {};
	struct call call;

	if (!watching || (cmd != VFIO_DEVICE_RESET && cmd != VFIO_DEVICE_PCI_HOT_RESET))
		return 0;
	if (!call_end(&call))
		return 0;
	r.container = number_of(call.key);
	r.ns = bpf_ktime_get_ns() - call.start_ns;
	r.group = call.group;
	r.pid = current_pid();
	r.ret = ret;
	r.kind = cmd == VFIO_DEVICE_PCI_HOT_RESET ? VFIO_RESET_BUS : VFIO_RESET_FUNCTION;
	__builtin_memcpy(r.name, call.name, sizeof(r.name));
	on_device_reset(&r);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
