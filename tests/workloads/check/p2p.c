// SPDX-License-Identifier: GPL-2.0-only
/* Row T9: the BAR of one device as the DMA target of another, and its revocation. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"

#define RAM_IOVA    (32 * SZ_1M)
#define BAR_IOVA    (64 * SZ_1M)
#define RAM_SIZE    SZ_64K
#define BAR_SIZE    EDU_BAR_SIZE
#define NOTHING	    0x5a5a5a5aU
#define LIMIT	    SZ_64K
#define RACE_ROUNDS 100

/**
 * struct p2p - two devices, each in a container of its own
 * @args: which
 * @from: the one that does DMA
 * @to: the one whose BAR is the target
 * @edu: of @from
 * @ram: memory mapped at RAM_IOVA for @from
 * @bar_offset: of BAR 0 in the fd of @to
 * @bar: BAR 0 of @to, MAP_FAILED while it is not mapped
 */
struct p2p {
	const struct check_args *args;
	struct vu from;
	struct vu to;
	struct edu edu;
	volatile uint32_t *ram;
	uint64_t bar_offset;
	char *bar;
};

static void open_target(struct p2p *p)
{
	const struct check_args second = { .group = p->args->group2, .device = p->args->device2 };
	struct vfio_region_info info;

	p->to = need_open(&second, VFIO_TYPE1v2_IOMMU);
	need(!vu_region_info(p->to.device, VFIO_PCI_BAR0_REGION_INDEX, &info), "P1: region info");
	need(!vu_pci_command(p->to.device, PCI_COMMAND_MEMORY, 0), "P1: command register");
	p->bar_offset = info.offset;
}

static char *mmap_bar(const struct p2p *p, void *where, int prot)
{
	return mmap(where, BAR_SIZE, prot, MAP_SHARED | (where ? MAP_FIXED : 0), p->to.device,
		    p->bar_offset);
}

static void need_bar(struct p2p *p)
{
	p->bar = mmap_bar(p, NULL, PROT_READ | PROT_WRITE);
	need(p->bar != MAP_FAILED, "P5: mmap of BAR 0");
}

static void drop_bar(struct p2p *p)
{
	munmap(p->bar, BAR_SIZE);
	p->bar = MAP_FAILED;
}

static int map_bar(const struct p2p *p, uint32_t flags)
{
	return vu_map(p->from.container, p->bar, BAR_IOVA, BAR_SIZE, flags);
}

static int64_t unmap_bar(const struct p2p *p)
{
	return vu_unmap(p->from.container, BAR_IOVA, BAR_SIZE);
}

/* A register of the target, as the first device reads it at @iova. */
static uint32_t dma_read(struct p2p *p, uint64_t iova)
{
	/* What is in the engine's buffer first is what stays if nothing arrives. */
	*p->ram = NOTHING;
	need(!edu_dma(&p->edu, RAM_IOVA, 0, 4, true), "T1: edu reads memory");
	need(!edu_dma(&p->edu, iova, 0, 4, true), "T1: edu reads");
	*p->ram = 0;
	need(!edu_dma(&p->edu, RAM_IOVA, 0, 4, false), "T1: edu writes memory");
	return *p->ram;
}

static void dma_write(struct p2p *p, uint64_t iova, uint32_t value)
{
	*p->ram = value;
	need(!edu_dma(&p->edu, RAM_IOVA, 0, 4, true), "T1: edu reads memory");
	need(!edu_dma(&p->edu, iova, 0, 4, false), "T1: edu writes");
}

/* The target's inverting register, without a mapping. */
static uint32_t liveness(const struct p2p *p)
{
	uint32_t value = 0;

	need(pread(p->to.device, &value, 4, p->bar_offset + EDU_LIVENESS) == 4,
	     "P5: read a register");
	return value;
}

static bool reads_arrive(struct p2p *p, uint64_t iova)
{
	return dma_read(p, iova + EDU_ID) == EDU_ID_VALUE;
}

static bool writes_arrive(struct p2p *p, uint64_t iova)
{
	static uint32_t value = 0x01234567;
	uint32_t before = liveness(p);

	value = value * 5 + 3;
	dma_write(p, iova + EDU_LIVENESS, value);
	if (liveness(p) == ~value)
		return true;
	if (liveness(p) != before)
		note("the register has 0x%x, had 0x%x, was written 0x%x", liveness(p), before,
		     value);
	return false;
}

static void mapped(struct p2p *p)
{
	struct ledger before = ledger_now();
	int64_t left = vu_mappings_left(p->from.container);

	need_bar(p);
	returns(map_bar(p, VU_RW), 0, "T9: map a BAR of another device that nobody touched");
	ledger_same(&before, "T9: which pins nothing and locks nothing");
	is(vu_mappings_left(p->from.container), left - 1, "T9: it counts as one mapping");
	returns(map_bar(p, VU_RW), -EEXIST, "T9: its IOVAs are taken");
	ok(reads_arrive(p, BAR_IOVA), "T9: a device reads a register of the other");
	ok(writes_arrive(p, BAR_IOVA), "T9: a device writes a register of the other");
	is(unmap_bar(p), BAR_SIZE, "T9: unmap says the size of the BAR");
	ok(!reads_arrive(p, BAR_IOVA), "T9: then reads do not arrive");
	ok(!writes_arrive(p, BAR_IOVA), "T9: nor do writes");
	ledger_same(&before, "T9: and nothing stays");

	returns(map_bar(p, VFIO_DMA_MAP_FLAG_READ), 0, "T9: map the BAR for reading only");
	ok(reads_arrive(p, BAR_IOVA), "T9: reads arrive");
	ok(!writes_arrive(p, BAR_IOVA), "T9: writes do not");
	is(unmap_bar(p), BAR_SIZE, "T9: unmap it");

	returns(vu_map(p->from.container, p->bar, BAR_IOVA + SZ_64K, SZ_4K, VU_RW), 0,
		"T9: map one page of the BAR");
	ok(reads_arrive(p, BAR_IOVA + SZ_64K), "T9: reads of the page arrive");
	ok(!reads_arrive(p, BAR_IOVA + SZ_64K + SZ_4K), "T9: reads beyond it do not");
	is(vu_unmap_all(p->from.container), RAM_SIZE + SZ_4K, "T9: unmap all");
	need(!vu_map(p->from.container, (void *)p->ram, RAM_IOVA, RAM_SIZE, VU_RW), "T1: map");
	ledger_same(&before, "T9: nothing stays");
	drop_bar(p);
}

static void refused(struct p2p *p)
{
	struct ledger before = ledger_now();

	p->bar = mmap_bar(p, NULL, PROT_READ);
	need(p->bar != MAP_FAILED, "P5: mmap of BAR 0 for reading");
	returns(map_bar(p, VU_RW), -EFAULT,
		"T9: a BAR that the user may only read is not mapped for writing");
	ledger_same(&before, "T9: and nothing stays");
	returns(map_bar(p, VFIO_DMA_MAP_FLAG_READ), 0, "T9: it is mapped for reading");
	is(unmap_bar(p), BAR_SIZE, "T9: and unmapped");
	drop_bar(p);

	need_bar(p);
	need(!vu_pci_command(p->to.device, 0, PCI_COMMAND_MEMORY), "P1: command register");
	returns(map_bar(p, VU_RW), -EFAULT, "T9: a BAR whose decoding is off is not mapped");
	ledger_same(&before, "T9: and nothing stays");
	need(!vu_pci_command(p->to.device, PCI_COMMAND_MEMORY, 0), "P1: command register");
	munmap(p->bar + BAR_SIZE / 2, SZ_4K);
	returns(map_bar(p, VU_RW), -EFAULT, "T9: a BAR with a hole in it is not mapped");
	ledger_same(&before, "T9: and nothing stays");
	drop_bar(p);
}

/* --- Revocation ------------------------------------------------------------------------------ */

static void by_munmap(struct p2p *p)
{
	drop_bar(p);
}

static void by_munmap_of_one_page(struct p2p *p)
{
	munmap(p->bar + BAR_SIZE - SZ_4K, SZ_4K);
}

static void by_other_memory(struct p2p *p)
{
	void *over = mmap(p->bar, BAR_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);

	need(over == p->bar, "mmap over the BAR");
	*(uint32_t *)(p->bar + EDU_ID) = EDU_ID_VALUE;
}

static void by_decoding(struct p2p *p)
{
	need(!vu_pci_command(p->to.device, 0, PCI_COMMAND_MEMORY), "P1: command register");
	need(!vu_pci_command(p->to.device, PCI_COMMAND_MEMORY, 0), "P1: command register");
}

static void by_close(struct p2p *p)
{
	drop_bar(p);
	vu_close(&p->to);
	open_target(p);
}

static void revoked(struct p2p *p)
{
	static const struct {
		const char *what;
		void (*revoke)(struct p2p *p);
	} causes[] = {
		{ "munmap", by_munmap },
		{ "munmap of its last page", by_munmap_of_one_page },
		{ "mmap of other memory in its place", by_other_memory },
		{ "turning its decoding off and on", by_decoding },
		{ "munmap and close of its device", by_close },
	};
	struct ledger before = ledger_now();
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		need_bar(p);
		/* With entries in the page table, and some that a fault has to make. */
		need(*(volatile uint32_t *)(p->bar + EDU_ID) == EDU_ID_VALUE, "P5: BAR 0 of edu");
		need(!map_bar(p, VU_RW), "T9: map a BAR");
		ok(reads_arrive(p, BAR_IOVA), "T9: reads arrive before %s", causes[i].what);
		causes[i].revoke(p);
		ok(!reads_arrive(p, BAR_IOVA), "T9: reads do not arrive after %s", causes[i].what);
		ok(!writes_arrive(p, BAR_IOVA), "T9: writes do not arrive after %s",
		   causes[i].what);
		returns(vu_map(p->from.container, (void *)p->ram, BAR_IOVA, SZ_4K, VU_RW), -EEXIST,
			"T9: the mapping is still there after %s", causes[i].what);
		is(unmap_bar(p), BAR_SIZE, "T9: unmap says the size of the BAR after %s",
		   causes[i].what);
		if (p->bar != MAP_FAILED)
			drop_bar(p);
		ledger_same(&before, "T9: and nothing stays after %s", causes[i].what);
	}
}

/* Memory, then a BAR, then memory again, in one mapping. */
static void mixed(struct p2p *p)
{
	struct ledger before = ledger_now();
	const size_t size = BAR_SIZE + 2 * RAM_SIZE;
	const uint64_t bar_iova = BAR_IOVA + RAM_SIZE;
	volatile uint32_t *last;
	char *memory;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(memory != MAP_FAILED, "mmap");
	p->bar = mmap_bar(p, memory + RAM_SIZE, PROT_READ | PROT_WRITE);
	need(p->bar == memory + RAM_SIZE, "mmap of BAR 0 between memory");
	last = (uint32_t *)(memory + size - 4);
	*last = 0x11223344;

	returns(vu_map(p->from.container, memory, BAR_IOVA, size, VU_RW), 0,
		"T9: map memory, a BAR, and memory as one");
	is(vu_pinned_pages() - before.pinned, 2 * RAM_SIZE / SZ_4K, "T9: the memory is pinned");
	is(vu_locked_kib() - before.locked, 2 * RAM_SIZE / 1024, "T9: and locked");
	ok(reads_arrive(p, bar_iova) && writes_arrive(p, bar_iova), "T9: DMA to the BAR arrives");
	is(dma_read(p, BAR_IOVA + size - 4), 0x11223344, "T9: and to the memory behind it");
	by_decoding(p);
	ok(!reads_arrive(p, bar_iova) && !writes_arrive(p, bar_iova),
	   "T9: DMA to the BAR does not arrive after its revocation");
	is(dma_read(p, BAR_IOVA + size - 4), 0x11223344, "T9: DMA to the memory does");
	dma_write(p, BAR_IOVA, 0x55667788);
	is(*(volatile uint32_t *)memory, 0x55667788, "T9: on both sides");
	is(vu_unmap(p->from.container, BAR_IOVA, size), size, "T9: unmap says the size of all");
	ledger_same(&before, "T9: and nothing stays");
	munmap(memory, size);
	p->bar = MAP_FAILED;
}

/* --- Others who map a BAR -------------------------------------------------------------------- */

struct user {
	const struct check_args *args;
	int became;
	int opened;
	int bar;
	long locked_bar;
	int mixed;
	long locked_mixed;
	int past;
};

static int live(const void *arg)
{
	struct user *s = *(struct user *const *)arg;
	const struct rlimit limit = { LIMIT, LIMIT };
	struct p2p p = { .args = s->args };
	struct vfio_region_info info;
	char *memory;

	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return 1;
	s->became = become_nobody();
	s->opened = vu_open(&p.from, s->args->group, s->args->device, VFIO_TYPE1v2_IOMMU);
	if (!s->opened)
		s->opened = vu_open(&p.to, s->args->group2, s->args->device2, VFIO_TYPE1v2_IOMMU);
	if (s->opened)
		return 0;
	if (vu_region_info(p.to.device, VFIO_PCI_BAR0_REGION_INDEX, &info) ||
	    vu_pci_command(p.to.device, PCI_COMMAND_MEMORY, 0))
		return 2;
	p.bar_offset = info.offset;
	memory = mmap(NULL, BAR_SIZE + LIMIT + SZ_4K, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p.bar = mmap_bar(&p, memory, PROT_READ | PROT_WRITE);
	if (memory == MAP_FAILED || p.bar == MAP_FAILED)
		return 3;
	s->bar = map_bar(&p, VU_RW);
	s->locked_bar = vu_locked_kib();
	if (!s->bar && unmap_bar(&p) != BAR_SIZE)
		return 4;
	s->mixed = vu_map(p.from.container, memory, BAR_IOVA, BAR_SIZE + LIMIT, VU_RW);
	s->locked_mixed = vu_locked_kib();
	if (!s->mixed && vu_unmap_all(p.from.container) != BAR_SIZE + LIMIT)
		return 5;
	s->past = vu_map(p.from.container, memory, BAR_IOVA, BAR_SIZE + LIMIT + SZ_4K, VU_RW);
	/* The exit takes what is mapped. */
	s->bar = s->bar ?: map_bar(&p, VU_RW);
	return 0;
}

static void hand_over(const struct check_args *args, uid_t owner)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s", args->group);
	need(!chown(path, owner, owner), "chown of %s", path);
	snprintf(path, sizeof(path), "/dev/vfio/%s", args->group2);
	need(!chown(path, owner, owner), "chown of %s", path);
}

static void unprivileged(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct user *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(s != MAP_FAILED, "mmap");
	*s = (struct user){ .args = args };
	hand_over(args, NOBODY);
	is(status_of(spawn(live, &s)), 0, "T9: a child without privilege");
	hand_over(args, 0);
	returns(s->became, 0, "T9: gives up its privileges");
	returns(s->opened, 0, "T9: opens both devices");
	returns(s->bar, 0, "T9: maps a BAR that is larger than RLIMIT_MEMLOCK");
	is(s->locked_bar, 0, "T9: and nothing is locked");
	returns(s->mixed, 0, "T9: maps a BAR and as much memory as RLIMIT_MEMLOCK");
	is(s->locked_mixed, LIMIT / 1024, "T9: of which the memory is locked");
	returns(s->past, -ENOMEM, "T9: and not a page more");
	ok(pinned_becomes(before.pinned), "T9: its end takes its mappings");
	munmap(s, sizeof(*s));
}

struct victim {
	const struct check_args *args;
	atomic_int *mapped;
};

static int map_and_stay(const void *arg)
{
	const struct victim *v = arg;
	struct p2p p = { .args = v->args };

	if (vu_open(&p.from, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	open_target(&p);
	need_bar(&p);
	if (map_bar(&p, VU_RW))
		return 2;
	*v->mapped = 1;
	for (;;)
		pause();
}

static void killed(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct victim v = { .args = args };
	pid_t child;

	v.mapped = mmap(NULL, sizeof(*v.mapped), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	need(v.mapped != MAP_FAILED, "mmap");
	child = spawn(map_and_stay, &v);
	while (!*v.mapped && !kill(child, 0))
		usleep(1000);
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "T9: a process is killed while it has a BAR mapped");
	ok(*v.mapped, "T9: it had");
	ledger_same(&before, "T9: and nothing stays");
	munmap(v.mapped, sizeof(*v.mapped));
}

/* --- Revocation while maps are being made ---------------------------------------------------- */

struct race {
	struct p2p *p;
	atomic_bool over;
	atomic_int maps;
	atomic_int faults;
	atomic_int strange;
	atomic_int strange_ret;
};

static void *map_often(void *arg)
{
	struct race *r = arg;
	int ret;

	while (!r->over) {
		ret = map_bar(r->p, VU_RW);
		if (!ret) {
			r->maps++;
			r->strange += unmap_bar(r->p) != BAR_SIZE;
		} else if (ret == -EFAULT) {
			r->faults++;
		} else {
			r->strange++;
			r->strange_ret = ret;
		}
	}
	return NULL;
}

static void race(struct p2p *p)
{
	struct ledger before = ledger_now();
	struct race r = { .p = p };
	pthread_t thread;
	int i;

	need_bar(p);
	need(!pthread_create(&thread, NULL, map_often, &r), "thread");
	/* Both outcomes of a map must have been seen, so long as that may take. */
	for (i = 0; i < RACE_ROUNDS || (i < RACE_ROUNDS * 100 && !r.maps); i++) {
		if (vu_pci_command(p->to.device, 0, PCI_COMMAND_MEMORY) ||
		    vu_pci_command(p->to.device, PCI_COMMAND_MEMORY, 0))
			r.strange++;
		usleep(i % 7 * 500);
	}
	r.over = true;
	pthread_join(thread, NULL);
	is(r.strange, 0, "T9: map and unmap against revocation: only expected results");
	if (r.strange)
		note("the last of the others was %d", r.strange_ret);
	ok(r.maps, "T9: at times the map succeeded");
	note("%d maps, %d failed", r.maps, r.faults);
	ledger_same(&before, "T9: and nothing stays");
	returns(map_bar(p, VU_RW), 0, "T9: the BAR can be mapped after that");
	ok(reads_arrive(p, BAR_IOVA) && writes_arrive(p, BAR_IOVA), "T9: and DMA arrives");
	is(unmap_bar(p), BAR_SIZE, "T9: unmap it");
	drop_bar(p);
}

/*
 * A group joins after the revocation: it must not get what the others have lost. With
 * a domain of its own it gets all mappings anew; see tests/vm/suites/fault_inject.sh.
 */
void check_late_revoked(const struct check_args *args)
{
	struct p2p p = { .args = args, .to = VU_CLOSED };
	struct ledger before = ledger_now();
	struct p2p late;

	p.from = need_open(args, VFIO_TYPE1v2_IOMMU);
	p.ram = need_memory(VU_4K, RAM_SIZE);
	need(!vu_map(p.from.container, (void *)p.ram, RAM_IOVA, RAM_SIZE, VU_RW), "T1: map");
	open_target(&p);
	need_bar(&p);
	need(!map_bar(&p, VU_RW), "T9: map a BAR");
	drop_bar(&p);
	vu_close(&p.to);

	late = p;
	late.from.group = vu_group_open(args->group2);
	need(late.from.group >= 0, "C5: second group opens");
	returns(vu_set_container(late.from.group, p.from.container), 0,
		"T7: a group joins after a BAR was revoked");
	late.from.device = vu_device_open(late.from.group, args->device2);
	need(late.from.device >= 0 && !edu_open(&late.edu, late.from.device),
	     "C7: GET_DEVICE_FD of the second device");
	ok(!reads_arrive(&late, BAR_IOVA), "T9: its device does not reach the BAR");
	is(unmap_bar(&p), BAR_SIZE, "T9: unmap says the size of the BAR");
	returns(vu_map(p.from.container, (void *)p.ram, BAR_IOVA, SZ_4K, VU_RW), 0,
		"T1: map memory in its place");
	*late.ram = EDU_ID_VALUE;
	is(dma_read(&late, BAR_IOVA + 4), late.ram[1], "T1: its device reaches that");

	edu_close(&late.edu);
	close(late.from.device);
	close(late.from.group);
	vu_close(&p.from);
	vu_free((void *)p.ram, RAM_SIZE);
	ledger_same(&before, "T9: and nothing stays");
}

void check_p2p(const struct check_args *args)
{
	struct p2p p = { .args = args, .bar = MAP_FAILED };
	struct ledger before = ledger_now();

	need(args->group2, "T9: two devices");
	p.from = need_open(args, VFIO_TYPE1v2_IOMMU);
	open_target(&p);
	need(!edu_open(&p.edu, p.from.device), "P1: BAR 0 of edu");
	p.ram = need_memory(VU_4K, RAM_SIZE);
	need(!vu_map(p.from.container, (void *)p.ram, RAM_IOVA, RAM_SIZE, VU_RW), "T1: map");

	mapped(&p);
	refused(&p);
	revoked(&p);
	mixed(&p);
	race(&p);

	/* Closing the container with a BAR mapped in it. */
	need_bar(&p);
	need(!map_bar(&p, VU_RW), "T9: map a BAR");
	edu_close(&p.edu);
	vu_close(&p.from);
	is(*(volatile uint32_t *)(p.bar + EDU_ID), EDU_ID_VALUE,
	   "T9: the BAR is still its user's when the container is gone");
	drop_bar(&p);
	vu_close(&p.to);
	vu_free((void *)p.ram, RAM_SIZE);
	ledger_same(&before, "T9: nothing stays");

	unprivileged(args);
	killed(args);
}
