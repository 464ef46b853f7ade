// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows T5, T7, T9: what happens in the middle of requests. A request is stopped at a page
 * fault, something is done meanwhile, and the kernel's events tell in which order what
 * reached the IOMMU.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "doorstop.h"
#include "edu.h"
#include "pci_user.h"
#include "trace.h"

#define IOVA	   (64 * SZ_1M)
#define BAR_SIZE   EDU_BAR_SIZE
#define RAM_SIZE   SZ_64K
#define MIXED_SIZE (RAM_SIZE + BAR_SIZE + RAM_SIZE)
#define BAR_IOVA   (IOVA + RAM_SIZE)
/* Beyond the aperture of every IOMMU. */
#define FAR_IOVA   (1ULL << 60)

/**
 * struct scene - a BAR of one device between memory, as the target of another
 * @u: the container in which it is mapped, and its device
 * @owner: whose BAR it is
 * @bar_offset: of the BAR in the fd of @owner
 * @memory: memory, the BAR at RAM_SIZE, memory
 */
struct scene {
	struct vu u;
	struct vu owner;
	uint64_t bar_offset;
	char *memory;
};

static char *bar_of(const struct scene *s)
{
	return s->memory + RAM_SIZE;
}

static void place_bar(const struct scene *s, char *where, uint64_t offset, size_t size)
{
	need(mmap(where, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, s->owner.device,
		  s->bar_offset + offset) == where,
	     "P5: mmap of BAR 0");
}

static void decode(const struct scene *s, bool on)
{
	need(!vu_pci_command(s->owner.device, on ? PCI_COMMAND_MEMORY : 0,
			     on ? 0 : PCI_COMMAND_MEMORY),
	     "P1: command register");
}

static struct scene scene_open(const struct check_args *first, const char *group,
			       const char *device)
{
	const struct check_args owner = { .group = group, .device = device };
	struct vfio_region_info info;
	struct scene s;

	s.u = need_open(first, VFIO_TYPE1v2_IOMMU);
	s.owner = need_open(&owner, VFIO_TYPE1v2_IOMMU);
	need(!vu_region_info(s.owner.device, VFIO_PCI_BAR0_REGION_INDEX, &info), "P1: region info");
	s.bar_offset = info.offset;
	decode(&s, true);
	s.memory = mmap(NULL, MIXED_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	need(s.memory != MAP_FAILED, "mmap");
	place_bar(&s, bar_of(&s), 0, BAR_SIZE);
	return s;
}

static void scene_close(struct scene *s)
{
	munmap(s->memory, MIXED_SIZE);
	vu_close(&s->u);
	vu_close(&s->owner);
}

/**
 * struct request - a request in a thread of its own
 * @container: of a map
 * @group: of an attach
 * @memory: of a map
 * @thread: the thread
 * @over: it has ended
 * @ret: with what
 */
struct request {
	int container;
	int group;
	char *memory;
	pthread_t thread;
	volatile bool over;
	int ret;
};

static void *run_map(void *arg)
{
	struct request *r = arg;

	r->ret = vu_map(r->container, r->memory, IOVA, MIXED_SIZE, VU_RW);
	r->over = true;
	return NULL;
}

static void *run_attach(void *arg)
{
	struct request *r = arg;

	r->ret = vu_set_container(r->group, r->container);
	r->over = true;
	return NULL;
}

static void request_start(struct request *r, void *(*run)(void *arg))
{
	r->over = false;
	need(!pthread_create(&r->thread, NULL, run, r), "thread");
}

static int request_end(struct request *r)
{
	pthread_join(r->thread, NULL);
	return r->ret;
}

/* The BAR's IOVAs in a trace: how often they entered the IOMMU. */
static size_t bar_maps(const struct trace *t)
{
	size_t count = 0, i = 0;

	while ((i = trace_next_iova(t, i, "map", BAR_IOVA, BAR_SIZE)) != TRACE_NONE) {
		count++;
		i++;
	}
	return count;
}

/* Device memory enters the IOMMU last, when all else has succeeded. */
static void order_of_map(struct scene *s)
{
	struct ledger before = ledger_now();
	size_t bar, ram, end;
	struct trace t;

	trace_begin("iommu/map", "iommu/unmap", "vfio/vfio_pin", "vfio/vfio_dma_map", NULL);
	returns(vu_map(s->u.container, s->memory, IOVA, MIXED_SIZE, VU_RW), 0,
		"T9: map memory, a BAR and memory as one");
	is(vu_unmap(s->u.container, IOVA, MIXED_SIZE), MIXED_SIZE, "T9: and unmap it");
	t = trace_end();
	bar = trace_next_iova(&t, 0, "map", BAR_IOVA, BAR_SIZE);
	ram = trace_next_iova(&t, 0, "map", BAR_IOVA + BAR_SIZE, RAM_SIZE);
	end = trace_next(&t, 0, "vfio_dma_map", NULL);
	if (!ok(ram < bar && bar < end && end != TRACE_NONE,
		"T9: device memory enters the IOMMU after all memory, and before the request ends"))
		trace_show(&t);
	ok(trace_next_iova(&t, bar + 1, "map", IOVA, MIXED_SIZE) == TRACE_NONE,
	   "T9: nothing enters after it");
	trace_free(&t);
	ledger_same(&before, "T9: and nothing stays");
}

/* A BAR is revoked while the map that it is part of still pins memory behind it. */
static void revoked_during_map(struct scene *s)
{
	struct request r = { .container = s->u.container, .memory = s->memory };
	struct ledger before = ledger_now();
	struct doorstop stop = doorstop_place(bar_of(s) + BAR_SIZE, RAM_SIZE);
	struct trace t;

	trace_begin("iommu/map", "iommu/unmap", "vfio/vfio_dma_map", NULL);
	request_start(&r, run_map);
	ok(doorstop_wait(&stop, &r.over), "T9: a map waits for the memory behind a BAR");
	decode(s, false);
	trace_mark("revoked");
	doorstop_release(&stop);
	returns(request_end(&r), -EFAULT, "T9: it fails if the BAR was revoked meanwhile");
	t = trace_end();
	if (!is(bar_maps(&t), 0, "T9: and the BAR was not in the IOMMU for a moment"))
		trace_show(&t);
	trace_free(&t);
	ledger_same(&before, "T9: nothing stays");
	doorstop_close(&stop);
	decode(s, true);
	need(mmap(bar_of(s) + BAR_SIZE, RAM_SIZE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1,
		  0) == bar_of(s) + BAR_SIZE,
	     "mmap");
}

/* The kernel's view of memory changes while a map is made, but not of the BAR's. */
static void memory_exchanged_during_map(struct scene *s)
{
	struct request r = { .container = s->u.container, .memory = s->memory };
	struct ledger before = ledger_now();
	struct doorstop stop = doorstop_place(bar_of(s) + BAR_SIZE, RAM_SIZE);
	struct trace t;

	trace_begin("iommu/map", "iommu/unmap", "vfio/vfio_dma_revoke", NULL);
	request_start(&r, run_map);
	ok(doorstop_wait(&stop, &r.over), "T9: a map waits for the memory behind a BAR");
	need(!madvise(s->memory, RAM_SIZE, MADV_DONTNEED), "madvise");
	doorstop_release(&stop);
	returns(request_end(&r), 0, "T9: it succeeds though memory before the BAR was exchanged");
	doorstop_close(&stop);

	need(!madvise(s->memory, RAM_SIZE, MADV_DONTNEED), "madvise");
	t = trace_end();
	ok(bar_maps(&t) && trace_next(&t, 0, "unmap", NULL) == TRACE_NONE &&
		   trace_next(&t, 0, "vfio_dma_revoke", NULL) == TRACE_NONE,
	   "T9: the BAR is in the IOMMU, and stays when that happens again");
	trace_free(&t);
	is(vu_unmap(s->u.container, IOVA, MIXED_SIZE), MIXED_SIZE, "T9: unmap it");
	ledger_same(&before, "T9: and nothing stays");
	need(mmap(bar_of(s) + BAR_SIZE, RAM_SIZE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1,
		  0) == bar_of(s) + BAR_SIZE,
	     "mmap");
}

/* Memory between two parts of a BAR goes, and the kernel asks which pages were written. */
static void memory_between(struct scene *s)
{
	struct ledger before = ledger_now();
	char *between = bar_of(s) + BAR_SIZE / 2;
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	struct trace t;

	need(mmap(between, SZ_64K, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0) == between,
	     "mmap");
	need(fd >= 0, "open clear_refs");
	need(!vu_map(s->u.container, s->memory, IOVA, MIXED_SIZE, VU_RW), "T9: map");
	trace_begin("iommu/map", "iommu/unmap", "vfio/vfio_dma_revoke", NULL);
	need(!madvise(between, SZ_64K, MADV_DONTNEED), "madvise");
	trace_mark("clear_refs");
	need(write(fd, "4", 1) == 1, "write clear_refs");
	t = trace_end();
	if (!ok(trace_next(&t, 0, "unmap", NULL) == TRACE_NONE &&
			trace_next(&t, 0, "vfio_dma_revoke", NULL) == TRACE_NONE,
		"T9: a BAR stays in the IOMMU when memory in its midst goes, and at clear_refs"))
		trace_show(&t);
	trace_free(&t);
	close(fd);

	trace_begin("iommu/unmap", "vfio/vfio_dma_revoke", NULL);
	need(!munmap(between + SZ_64K, SZ_4K), "munmap");
	t = trace_end();
	ok(trace_next_iova(&t, 0, "unmap", BAR_IOVA, BAR_SIZE / 2) == TRACE_NONE &&
		   trace_next_iova(&t, 0, "unmap", BAR_IOVA + BAR_SIZE / 2 + SZ_64K, SZ_64K) !=
			   TRACE_NONE,
	   "T9: a part that is unmapped leaves the IOMMU, the other one stays");
	is(trace_count(&t, "vfio_dma_revoke", NULL), 1, "T9: one event tells of the loss");
	trace_free(&t);
	is(vu_unmap(s->u.container, IOVA, MIXED_SIZE), MIXED_SIZE, "T9: unmap all");
	ledger_same(&before, "T9: and nothing stays");
	place_bar(s, bar_of(s), 0, BAR_SIZE);
}

/* A BAR in the reverse order of its pages: each is an area, and goes alone. */
static void many_areas(struct scene *s)
{
	struct ledger before = ledger_now();
	const size_t pages = BAR_SIZE / SZ_4K;
	struct trace t;
	size_t i;

	for (i = 0; i < pages; i++)
		place_bar(s, bar_of(s) + i * SZ_4K, BAR_SIZE - (i + 1) * SZ_4K, SZ_4K);
	returns(vu_map(s->u.container, s->memory, IOVA, MIXED_SIZE, VU_RW), 0,
		"T9: map a BAR whose pages are in reverse order");
	trace_begin("iommu/unmap", "vfio/vfio_dma_revoke", NULL);
	need(!munmap(bar_of(s), SZ_4K), "munmap");
	trace_mark("decoding");
	decode(s, false);
	t = trace_end();
	i = trace_next(&t, 0, "print", "decoding");
	is(trace_next(&t, 0, "unmap", NULL), 0, "T9: one of them is unmapped");
	is(i, 2, "T9: and only that leaves the IOMMU");
	is(trace_count(&t, "unmap", NULL), pages, "T9: each leaves it once when decoding ends");
	is(trace_count(&t, "vfio_dma_revoke", "size=0x1000 "), pages, "T9: and has an event");
	trace_free(&t);
	is(vu_unmap(s->u.container, IOVA, MIXED_SIZE), MIXED_SIZE, "T9: unmap all");
	ledger_same(&before, "T9: and nothing stays");
	decode(s, true);
	place_bar(s, bar_of(s), 0, BAR_SIZE);
}

/* In one container with a device, and a BAR of another one. */
void check_windows(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct scene s = scene_open(args, args->group2, args->device2);

	order_of_map(&s);
	revoked_during_map(&s);
	memory_exchanged_during_map(&s);
	memory_between(&s);
	many_areas(&s);
	scene_close(&s);
	ledger_same(&before, "T9: nothing stays");
}

static void turn_decoding_off(int device)
{
	need(!vu_pci_command(device, 0, PCI_COMMAND_MEMORY), "P1: command register");
	need(!vu_pci_command(device, PCI_COMMAND_MEMORY, 0), "P1: command register");
}

static void sleep_and_wake(int device)
{
	unsigned int control = pci_find_cap(device, PCI_CAP_ID_PM) + PCI_PM_CTRL;

	need(control > PCI_PM_CTRL && !pci_config_set(device, control, 2, 3), "P4: D3hot");
	need(!pci_config_set(device, control, 2, 0), "P4: D0");
}

static void reset(int device)
{
	need(!vu_ioctl(device, VFIO_DEVICE_RESET, NULL), "P4: function reset");
	need(!vu_pci_command(device, PCI_COMMAND_MEMORY, 0), "P1: command register");
}

/* The second device is one that can sleep and be reset: whatever takes its BAR away is told. */
void check_lost_bar(const struct check_args *args)
{
	static const struct {
		const char *what;
		void (*happen)(int device);
	} causes[] = {
		{ "its decoding is turned off", turn_decoding_off },
		{ "its device sleeps", sleep_and_wake },
		{ "its device is reset", reset },
	};
	const struct check_args second = { .group = args->group2, .device = args->device2 };
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vu owner = need_open(&second, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info;
	size_t i, unmap, revoke;
	struct trace t;
	void *bar;

	need(!vu_region_info(owner.device, VFIO_PCI_BAR0_REGION_INDEX, &info), "P1: region info");
	need(!vu_pci_command(owner.device, PCI_COMMAND_MEMORY, 0), "P1: command register");
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, owner.device, info.offset);
	need(bar != MAP_FAILED, "P5: mmap of BAR 0");
	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		returns(vu_map(u.container, bar, IOVA, info.size, VU_RW), 0, "T9: map a BAR");
		trace_begin("iommu/unmap", "vfio/vfio_dma_revoke", NULL);
		causes[i].happen(owner.device);
		t = trace_end();
		unmap = trace_next_iova(&t, 0, "unmap", IOVA, info.size);
		revoke = trace_next(&t, 0, "vfio_dma_revoke", NULL);
		if (ok(unmap < revoke && revoke != TRACE_NONE,
		       "T9: an event tells that it is lost when %s", causes[i].what)) {
			is(trace_field(&t.events[revoke], "iova", 0), IOVA, "T9: its IOVA");
			is(trace_field(&t.events[revoke], "size", 0), info.size, "T9: its size");
			is(trace_field(&t.events[revoke], "kept", 1), 0, "T9: all of it is gone");
			is(trace_count(&t, "vfio_dma_revoke", NULL), 1, "T9: there is one event");
		}
		trace_free(&t);
		is(vu_unmap(u.container, IOVA, info.size), info.size, "T9: unmap it");
	}
	munmap(bar, info.size);
	vu_close(&owner);
	vu_close(&u);
}

/* A BAR is revoked while a group joins, and its memory is looked up for the first time. */
static void revoked_during_attach(struct scene *s, int group)
{
	struct request r = { .container = s->u.container, .group = group };
	struct ledger before = ledger_now();
	struct doorstop stop = doorstop_place(bar_of(s) + BAR_SIZE, RAM_SIZE);
	struct trace t;

	need(!vu_map(s->u.container, s->memory, IOVA, MIXED_SIZE, VU_RW), "T11: map");
	trace_begin("iommu/map", "iommu/unmap", "vfio/vfio_group_attach", NULL);
	request_start(&r, run_attach);
	ok(doorstop_wait(&stop, &r.over),
	   "T7: a group that joins waits for the memory behind a BAR");
	decode(s, false);
	trace_mark("revoked");
	doorstop_release(&stop);
	returns(request_end(&r), 0, "T7: it joins though the BAR was revoked meanwhile");
	t = trace_end();
	ok(trace_next_iova(&t, 0, "map", IOVA, RAM_SIZE) != TRACE_NONE &&
		   trace_next_iova(&t, 0, "map", BAR_IOVA + BAR_SIZE, RAM_SIZE) != TRACE_NONE,
	   "T7: it gets the memory");
	if (!is(bar_maps(&t), 0, "T9: and the BAR was not in the IOMMU for a moment"))
		trace_show(&t);
	trace_free(&t);
	is(vu_unmap(s->u.container, IOVA, MIXED_SIZE), MIXED_SIZE,
	   "T9: unmap says the size of all");
	need(!vu_unset_container(group), "C6: UNSET_CONTAINER");
	ledger_same(&before, "T7: nothing stays");
	doorstop_close(&stop);
	decode(s, true);
	need(mmap(bar_of(s) + BAR_SIZE, RAM_SIZE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1,
		  0) == bar_of(s) + BAR_SIZE,
	     "mmap");
}

/* The group's IOMMU can have one mapping but not the other. */
static void failed_attach(struct scene *s, int group)
{
	struct ledger before = ledger_now();
	size_t map, away, unpin;
	struct trace t;

	need(!vu_map(s->u.container, s->memory, IOVA, MIXED_SIZE, VU_RW), "T11: map");
	need(!vu_map(s->u.container, s->memory, FAR_IOVA, RAM_SIZE, VU_RW), "T11: map far away");
	trace_begin("iommu/map", "iommu/unmap", "iommu/attach_device_to_domain", "vfio/vfio_unpin",
		    "vfio/vfio_group_attach", NULL);
	returns(vu_set_container(group, s->u.container), -EINVAL,
		"T7: a group does not join whose IOMMU cannot have a mapping");
	t = trace_end();
	map = trace_next_iova(&t, 0, "map", IOVA, MIXED_SIZE);
	unpin = trace_next(&t, 0, "vfio_unpin", NULL);
	ok(map != TRACE_NONE && unpin != TRACE_NONE && map < unpin,
	   "T7: when others were in its domain already");
	away = map == TRACE_NONE ? map : trace_next(&t, map, "attach_device_to_domain", NULL);
	if (!ok(away < unpin, "T5: its device leaves the domain before memory is unpinned"))
		trace_show(&t);
	trace_free(&t);
	ledger_same(&before, "T7: nothing stays");
	is(vu_unmap_all(s->u.container), MIXED_SIZE + RAM_SIZE, "T7: the mappings are still there");
}

/*
 * The first group is one of an emulated device, so its mappings are not pinned; the
 * second joins; the third has the BAR.
 */
void check_late_windows(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct scene s = scene_open(args, args->group3, args->device3);
	int group = vu_group_open(args->group2);

	need(group >= 0, "C5: second group opens");
	revoked_during_attach(&s, group);
	failed_attach(&s, group);
	close(group);
	scene_close(&s);
	ledger_same(&before, "T7: nothing stays");
}
