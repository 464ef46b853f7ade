/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the type1 backend.
 *
 * A container's state is a tree of mappings and a list of domains. Every
 * mapping is in every domain. Three rules keep that true without a lock that is
 * held for long:
 *
 * - The core lets ioctls (map, unmap, info) run at the same time as each other
 *   but never at the same time as attach, detach or release. So domains and
 *   groups are constant while an ioctl runs and need no lock here.
 * - A mapping that is being built or torn down is in the tree, marked busy, and
 *   belongs to one task alone. It keeps others from its IOVA range. A task that
 *   needs this range waits; tasks using other ranges are unaffected.
 * - The mutex protects the tree, the busy marks and the count, and is never
 *   held while memory is pinned or the IOMMU is programmed.
 *
 * Ends of ranges are inclusive ("last"), so that a mapping may end at the very
 * top of the address space. Counts of pages are counts of PAGE_SIZE.
 */
#ifndef VFIO_TYPE1_H
#define VFIO_TYPE1_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/sizes.h>
#include <linux/wait.h>

#include "../vfio.h"
#include "stopwatch.h"
#include "vfio_records.h"

/**
 * struct vfio_run - physically contiguous pages, mapped one after the other
 * @bits: from the lowest: how many in 23 bits; whether they are device memory, which is
 *	not pinned, and revoked when the device closes; the first page
 */
struct vfio_run {
	u64 bits;
};

#define VFIO_RUN_NPAGES	   GENMASK_ULL(22, 0)
#define VFIO_RUN_DEVICE	   BIT_ULL(23)
#define VFIO_RUN_PFN_SHIFT 24

static inline unsigned long vfio_run_pfn(const struct vfio_run *run)
{
	return run->bits >> VFIO_RUN_PFN_SHIFT;
}

static inline unsigned long vfio_run_npages(const struct vfio_run *run)
{
	return run->bits & VFIO_RUN_NPAGES;
}

static inline size_t vfio_run_size(const struct vfio_run *run)
{
	return vfio_run_npages(run) << PAGE_SHIFT;
}

static inline bool vfio_run_is_device(const struct vfio_run *run)
{
	return run->bits & VFIO_RUN_DEVICE;
}

struct vfio_run_chunk;

/**
 * struct vfio_runs - the pages of a mapping in the order of its IOVAs
 * @count: runs
 * @npages: pages in all of them
 * @pinned: thereof pinned, so not of a device
 * @first: the first run; most hugepage mappings have no other, and need no memory
 * @last: the run that grows, NULL while there is none
 * @end: the last run that there is room for without more memory
 * @chunks: the other runs
 */
struct vfio_runs {
	unsigned long count;
	unsigned long npages;
	unsigned long pinned;
	struct vfio_run first;
	struct vfio_run *last;
	struct vfio_run *end;
	struct list_head chunks;
};

/**
 * struct vfio_runs_iter - a walk along the runs of a mapping
 * @runs: the runs
 * @run: the one that was returned last, NULL at the start
 * @end: the last one that is known to follow it without a gap
 * @chunk: the chunk that it is in, NULL for the first
 */
struct vfio_runs_iter {
	const struct vfio_runs *runs;
	const struct vfio_run *run;
	const struct vfio_run *end;
	const struct vfio_run_chunk *chunk;
};

/**
 * struct vfio_emulated_pin - a page that the driver of an emulated device holds
 * @node: in vfio_dma.pins, by @iova and @device
 * @idle: in vfio_dma.idle_pins without @users
 * @device: the device
 * @iova: of the page
 * @page: the page
 * @users: how often it was asked for and not given back
 */
struct vfio_emulated_pin {
	struct rb_node node;
	struct list_head idle;
	struct vfio_device *device;
	dma_addr_t iova;
	struct page *page;
	unsigned int users;
};

/**
 * struct vfio_dma - one mapping, made by one VFIO_IOMMU_MAP_DMA
 * @node: in vfio_iommu.mappings
 * @list: in the list of whoever tears it down
 * @iova: first I/O virtual address
 * @size: bytes, at least a page
 * @vaddr: user address of @iova
 * @prot: IOMMU_READ and IOMMU_WRITE
 * @busy: being built or torn down by one task
 * @going: to be torn down as soon as drivers have given its pages back; no more are
 *	pinned for them
 * @lost: a domain kept some of its memory, which is never unpinned
 * @requested: that task's event of a map or unmap tells of its pins and charges
 * @ipc_lock: whoever made it had CAP_IPC_LOCK, which lifts the limit
 * @mm: the address space that @vaddr is in, and that pays for it; mmgrab()bed
 * @pid: thread group id of the process that made it
 * @task: of that process, whose RLIMIT_MEMLOCK is the limit
 * @charged: pages charged to @mm
 * @pinned: pages pinned, of @runs and for drivers; never more than @charged
 * @kept: bytes of pinned memory that a domain failed to unmap
 * @runs: the pages
 * @pfnmaps: struct vfio_pfnmap: the areas of device memory among them
 * @pins: struct vfio_emulated_pin; changes while @busy and under vfio_iommu.lock
 * @idle_pins: those that were given back; under vfio_iommu.lock
 */
struct vfio_dma {
	struct rb_node node;
	struct list_head list;
	dma_addr_t iova;
	size_t size;
	unsigned long vaddr;
	int prot;
	bool busy;
	bool going;
	bool lost;
	bool requested;
	bool ipc_lock;
	struct mm_struct *mm;
	pid_t pid;
	struct task_struct *task;
	unsigned long charged;
	unsigned long pinned;
	size_t kept;
	struct vfio_runs runs;
	struct hlist_head pfnmaps;
	struct rb_root pins;
	struct list_head idle_pins;
};

/**
 * struct vfio_domain - a translation table of the IOMMU
 * @next: in vfio_iommu.domains
 * @domain: the kernel's domain
 * @groups: struct vfio_iommu_group that use it
 * @prot: added to every mapping: IOMMU_CACHE where DMA is coherent
 * @enforced_coherent: the IOMMU ignores no-snoop of the devices
 */
struct vfio_domain {
	struct list_head next;
	struct iommu_domain *domain;
	struct list_head groups;
	int prot;
	bool enforced_coherent;
};

/**
 * struct vfio_iommu_group - a group in the container
 * @next: in vfio_domain.groups
 * @domain: the domain that it uses
 * @group: the kernel's group
 * @reserved: struct iommu_resv_region: IOVAs that are not the user's
 */
struct vfio_iommu_group {
	struct list_head next;
	struct vfio_domain *domain;
	struct iommu_group *group;
	struct list_head reserved;
};

/**
 * struct vfio_iommu - the type1 state of one container
 * @ledger: what the container holds
 * @v2: unmap must not cut a mapping
 * @lock: protects @mappings, every vfio_dma.busy, @available and @dirty_tracking
 * @mappings: struct vfio_dma by IOVA; they never overlap
 * @available: mappings that may still be made
 * @dirty_tracking: the user follows dirty pages
 * @idle: woken whenever a mapping stops being busy
 * @domains: struct vfio_domain, changed only while no ioctl runs and under
 *	@revoke_lock
 * @emulated_groups: groups without an IOMMU, changed like @domains
 * @emulated_lock: protects @emulated_devices
 * @emulated_devices: open devices whose drivers may hold pages
 * @revoke_lock: excludes programming of device memory from its revocation, which comes
 *	at any time, from reclaim too: no memory is waited for while it is held
 */
struct vfio_iommu {
	struct vfio_ledger *ledger;
	bool v2;
	struct mutex lock;
	struct rb_root mappings;
	unsigned int available;
	bool dirty_tracking;
	wait_queue_head_t idle;
	struct list_head domains;
	unsigned int emulated_groups;
	struct mutex emulated_lock;
	struct list_head emulated_devices;
	struct mutex revoke_lock;
};

/**
 * struct vfio_map_trace - how far a map request came: what its event tells
 * @stage: the step that it is at
 * @conflict_iova: see struct vfio_dma_map_record; valid in the stages that have one
 * @conflict_size: likewise
 * @watch: when it began
 * @began: the same in ticks, see vfio_map_ticks(); 0 when nobody was watching, like those that follow
 * @charged: tick when its pages were charged
 * @pinned: tick when they were pinned
 */
struct vfio_map_trace {
	enum vfio_map_stage stage;
	u64 conflict_iova;
	u64 conflict_size;
	struct vfio_stopwatch watch;
	u64 began;
	u64 charged;
	u64 pinned;
};

/**
 * struct vfio_pin_mark - the host's count of pages unpinned, at some moment
 * @released: the count, as this CPU knows it
 * @migrations: how often the task had gone to another CPU
 * @switches: how often it had left its CPU to another task
 * @nodes: nodes that were counted
 */
struct vfio_pin_mark {
	unsigned long released;
	unsigned long migrations;
	unsigned long switches;
	unsigned int nodes;
};

#define VFIO_IOVA_MAX (~(dma_addr_t)0)

static inline dma_addr_t vfio_dma_last(const struct vfio_dma *dma)
{
	return dma->iova + dma->size - 1;
}

/* mappings.c */
/**
 * enum vfio_take - what a mapping is wanted for
 * @VFIO_TAKE_TO_COPY: to reach its memory
 * @VFIO_TAKE_TO_PIN: to hold its memory, so not when it is about to go
 */
enum vfio_take {
	VFIO_TAKE_TO_COPY,
	VFIO_TAKE_TO_PIN,
};

typedef int (*vfio_claim_fn)(struct vfio_iommu *iommu, void *data);
struct vfio_dma *vfio_mappings_first(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last);
struct vfio_dma *vfio_mappings_next(struct vfio_dma *dma, dma_addr_t last);
int vfio_mappings_reserve(struct vfio_iommu *iommu, struct vfio_dma *dma,
			  struct vfio_map_trace *trace);
int vfio_mappings_claim(struct vfio_iommu *iommu, vfio_claim_fn attempt, void *data, long timeout);
void vfio_mappings_claim_always(struct vfio_iommu *iommu, vfio_claim_fn attempt, void *data);
struct vfio_dma *vfio_mappings_take(struct vfio_iommu *iommu, dma_addr_t iova,
				    enum vfio_take purpose);
void vfio_mappings_own(struct vfio_iommu *iommu, struct vfio_dma *dma);
bool vfio_mappings_publish(struct vfio_iommu *iommu, struct vfio_dma *dma);
void vfio_mappings_keep(struct vfio_iommu *iommu, struct list_head *kept);
void vfio_mappings_remove(struct vfio_iommu *iommu, struct list_head *removed);

/* Every mapping that touches a range, lowest first; the body must not remove any. */
#define vfio_for_each_dma(dma, iommu, first, last)                         \
	for ((dma) = vfio_mappings_first((iommu), (first), (last)); (dma); \
	     (dma) = vfio_mappings_next((dma), (last)))

/* runs.c */
void vfio_runs_init(struct vfio_runs *runs);
void vfio_runs_destroy(struct vfio_runs *runs);
int vfio_runs_add(struct vfio_runs *runs, unsigned long pfn, u32 npages, bool device);
int vfio_runs_append(struct vfio_runs *runs, unsigned long pfn, u32 npages, bool device);
unsigned long vfio_runs_append_pages(struct vfio_runs *runs, struct page **pages,
				     unsigned long npages);
struct vfio_runs_iter vfio_runs_end(const struct vfio_runs *runs);
const struct vfio_run *vfio_runs_next_chunk(struct vfio_runs_iter *iter);

/**
 * vfio_runs_next - the next run of a walk
 * @iter: the walk; start with { .runs = ... }
 *
 * Return: the run, NULL behind the last.
 */
static inline const struct vfio_run *vfio_runs_next(struct vfio_runs_iter *iter)
{
	return iter->run != iter->end ? ++iter->run : vfio_runs_next_chunk(iter);
}

const struct vfio_run *vfio_runs_find(const struct vfio_runs *runs, unsigned long index,
				      unsigned long *pfn);

/* emulated_pins.c */
struct vfio_emulated_pin *vfio_emulated_pin_find(const struct vfio_dma *dma, dma_addr_t iova,
						 const struct vfio_device *device);
struct vfio_emulated_pin *vfio_emulated_pin_from(const struct vfio_dma *dma, dma_addr_t iova);
void vfio_emulated_pin_insert(struct vfio_dma *dma, struct vfio_emulated_pin *new);
void vfio_emulated_pin_idle(struct vfio_dma *dma, struct vfio_emulated_pin *pin);

/* account.c */
int vfio_account_add(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long npages);
int vfio_account_charge(struct vfio_iommu *iommu, struct vfio_dma *dma);
unsigned long vfio_account_refund(struct vfio_iommu *iommu, struct vfio_dma *dma);

/* pin_count.c */
void vfio_pin_mark(struct vfio_pin_mark *mark);
unsigned long vfio_pin_missing(const struct vfio_pin_mark *mark, unsigned long expected);
unsigned long vfio_unpin_watched(struct vfio_iommu *iommu, struct vfio_dma *dma);

/* pin.c */
long vfio_pin_user(struct vfio_dma *dma, unsigned long vaddr, unsigned long npages,
		   struct page **pages);
int vfio_pin(struct vfio_iommu *iommu, struct vfio_dma *dma);
unsigned long vfio_unpin(struct vfio_iommu *iommu, struct vfio_dma *dma);

/* pfnmap.c */
long vfio_pfnmap_append(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long vaddr,
			unsigned long npages);
int vfio_pfnmaps_map(struct vfio_dma *dma);
size_t vfio_pfnmaps_unmap(struct vfio_dma *dma);
int vfio_pfnmaps_join(struct vfio_dma *dma, struct vfio_domain *domain);
void vfio_pfnmaps_joined(struct vfio_dma *dma);
void vfio_pfnmaps_unjoin(struct vfio_dma *dma);
void vfio_pfnmaps_forget(struct vfio_dma *dma);

/* dma.c */
struct vfio_dma *vfio_dma_alloc(const struct vfio_iommu_type1_dma_map *map);
void vfio_dma_free(struct vfio_dma *dma);
int vfio_dma_populate(struct vfio_iommu *iommu, struct vfio_dma *dma);
unsigned long vfio_dma_depopulate(struct vfio_iommu *iommu, struct vfio_dma *dma);
int vfio_dma_map(struct vfio_iommu *iommu, struct vfio_dma *dma);
size_t vfio_dmas_unmap(struct vfio_iommu *iommu, struct list_head *dmas);

/* domain.c */
int vfio_domains_map(struct vfio_iommu *iommu, struct vfio_dma *dma);
void vfio_domains_unmap(struct vfio_iommu *iommu, struct list_head *dmas);
unsigned long vfio_domains_pgsizes(struct vfio_iommu *iommu);
bool vfio_domains_coherent(struct vfio_iommu *iommu);
int vfio_domain_map(struct vfio_domain *domain, struct vfio_dma *dma);
size_t vfio_domain_map_run(struct vfio_domain *domain, dma_addr_t iova, const struct vfio_run *run,
			   int prot, int *ret);
size_t vfio_domain_unmap(struct vfio_domain *domain, dma_addr_t iova, size_t size);

/* leaves.c */
extern bool vfio_disable_hugepages;
void vfio_count_leaves_of_runs(unsigned long pgsizes, const struct vfio_dma *dma,
			       struct vfio_dma_map_record *record);

/**
 * vfio_count_leaves - fill in the leaf sizes of a mapping
 * @iommu: the container
 * @dma: the mapping
 * @record: gets leaf_mask, pgsizes, and leaf_bytes: of a page only the one in leaf_mask
 */
static inline void vfio_count_leaves(struct vfio_iommu *iommu, const struct vfio_dma *dma,
				     struct vfio_dma_map_record *record)
{
	const unsigned int page = PAGE_SHIFT - VFIO_LEAF_SHIFT_MIN;

	if (dma->size > PAGE_SIZE || !dma->runs.count) {
		vfio_count_leaves_of_runs(vfio_domains_pgsizes(iommu), dma, record);
		return;
	}
	/* A page has one leaf, wherever it is. */
	record->leaf_bytes[page] = PAGE_SIZE;
	record->leaf_mask = BIT(page);
	record->pgsizes = 0;
}

/* attach.c */
int vfio_type1_attach_group(void *iommu_data, struct iommu_group *group, bool emulated);
void vfio_type1_detach_group(void *iommu_data, struct iommu_group *group, bool emulated);

/* emulated.c */
int vfio_type1_pin_pages(void *iommu_data, struct vfio_device *device, dma_addr_t iova, int npages,
			 int prot, struct page **pages);
void vfio_type1_unpin_pages(void *iommu_data, struct vfio_device *device, dma_addr_t iova,
			    int npages);
int vfio_type1_dma_rw(void *iommu_data, dma_addr_t iova, void *data, size_t len, bool write);
int vfio_type1_register_device(void *iommu_data, struct vfio_device *device);
void vfio_type1_unregister_device(void *iommu_data, struct vfio_device *device);
void vfio_emulated_publish(struct vfio_iommu *iommu, struct vfio_dma *dma);
void vfio_emulated_recall(struct vfio_iommu *iommu, struct list_head *dmas);
void vfio_emulated_release(struct vfio_iommu *iommu, struct vfio_dma *dma);

/* iova.c */
int vfio_iova_check(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last,
		    struct vfio_map_trace *trace);
bool vfio_iova_next_range(struct vfio_iommu *iommu, dma_addr_t *from, dma_addr_t *last);
const struct iommu_resv_region *vfio_reserved_find(const struct list_head *reserved,
						   dma_addr_t first, dma_addr_t last);

/* dirty.c */
#define VFIO_DIRTY_BITMAP_MAX SZ_256M /* 8 TiB of 4 KiB pages */
void vfio_dirty_track(struct vfio_iommu *iommu, bool on);
int vfio_dirty_report(struct vfio_iommu *iommu, dma_addr_t iova, u64 size,
		      const struct vfio_bitmap *bitmap);

/* map.c, unmap.c */
int vfio_dma_do_map(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_map *map);
int vfio_dma_do_unmap(struct vfio_iommu *iommu, struct vfio_iommu_type1_dma_unmap *unmap,
		      const struct vfio_bitmap *bitmap);
void vfio_dma_unmap_all(struct vfio_iommu *iommu, enum vfio_unmap_cause cause);

/* ioctl.c */
long vfio_type1_ioctl(void *iommu_data, unsigned int cmd, unsigned long arg);

#endif /* VFIO_TYPE1_H */
