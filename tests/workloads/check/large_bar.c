// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row P1: a BAR of a gigabyte, which is memory; and row T9: part of it as DMA target of an
 * edu device.
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"

#define BAR_SIZE (1024 * SZ_1M)
/* As much of it as most tests are about. */
#define SIZE	 (64 * SZ_1M)
#define RAM_IOVA (32 * SZ_1M)
#define BAR_IOVA (64 * SZ_1M)
#define LAST	 (SIZE - 8)

static sigjmp_buf no_answer;

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(no_answer, 1);
}

/* Does a load from there raise SIGBUS? */
static bool faults(const volatile uint64_t *addr)
{
	struct sigaction action = { .sa_handler = on_sigbus }, old;
	volatile bool fault = true;

	sigaction(SIGBUS, &action, &old);
	if (!sigsetjmp(no_answer, 1)) {
		(void)*addr;
		fault = false;
	}
	sigaction(SIGBUS, &old, NULL);
	return fault;
}

static volatile uint64_t *at(char *bar, uint64_t offset)
{
	return (volatile uint64_t *)(bar + offset);
}

static long page_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/* Memory of this process's page tables, in KiB. */
static long page_tables(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	long kib = -1;
	char line[128];

	need(f, "open /proc/self/status");
	while (kib < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmPTE: %ld", &kib) != 1)
			kib = -1;
	fclose(f);
	return kib;
}

static void costs(char *bar)
{
	long before = page_faults(), tables = page_tables();
	struct utsname kernel;
	uint64_t offset;

	for (offset = 0; offset < SIZE; offset += SZ_4K)
		*at(bar, offset) = offset + 1;
	for (offset = 0; offset < SIZE && *at(bar, offset) == offset + 1; offset += SZ_4K)
		;
	is(offset, SIZE, "P1: every page of a large BAR keeps what was written");
	before = page_faults() - before;
	tables = page_tables() - tables;
	note("%ld faults, %ld KiB of page tables", before, tables);
	ok(before <= (long)(2 * SIZE / SZ_2M), "P1: with about one fault per 2 MiB");

	need(!uname(&kernel), "uname");
	if (!strncmp(kernel.release, "6.1.", 4))
		skip("since 6.12", "P1: large pages need no page tables");
	else
		ok(tables < (long)(SIZE / SZ_2M), "P1: large pages need no page tables");
}

static void revoked(int device, char *bar)
{
	need(!vu_pci_command(device, 0, PCI_COMMAND_MEMORY), "P5: turn the BAR off");
	ok(faults(at(bar, 0)), "P5: a page of a BAR that is off does not answer");
	ok(faults(at(bar, LAST)), "P5: nor does the last one");
	need(!vu_pci_command(device, PCI_COMMAND_MEMORY, 0), "P5: turn the BAR on");
	is(*at(bar, SZ_4K), SZ_4K + 1, "P5: it answers again when the BAR is on");

	munmap(bar + SZ_2M, SZ_4K);
	is(*at(bar, SZ_2M + SZ_4K), SZ_2M + SZ_4K + 1, "P1: behind a hole in it, the BAR works");
	is(*at(bar, SZ_2M - SZ_4K), SZ_2M - SZ_4K + 1, "P1: and before it");
	ok(!mprotect(bar + SIZE / 2, SZ_4K, PROT_READ), "P1: a page of it is made read-only");
	is(*at(bar, SIZE / 2), SIZE / 2 + 1, "P1: it can be read");
	*at(bar, SIZE / 2 + SZ_4K) = 7;
	is(*at(bar, SIZE / 2 + SZ_4K), 7, "P1: the next one can be written");
}

static void peer(const struct check_args *args, int device, char *bar)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	uint64_t *ram = need_memory(VU_4K, SZ_64K);
	struct edu edu;

	need(!edu_open(&edu, u.device), "P1: BAR 0 of edu");
	need(!vu_map(u.container, ram, RAM_IOVA, SZ_64K, VU_RW), "T1: map");
	returns(vu_map(u.container, bar, BAR_IOVA, SIZE, VU_RW), 0, "T9: map a large BAR");
	*ram = 0x1122334455667788;
	need(!edu_dma(&edu, RAM_IOVA, 0, 8, true), "T1: edu reads memory");
	need(!edu_dma(&edu, BAR_IOVA + LAST, 0, 8, false), "T1: edu writes");
	is(*at(bar, LAST), *ram, "T9: a device writes to its end");
	*at(bar, SIZE / 2 + SZ_2M) = 0x99;
	need(!edu_dma(&edu, BAR_IOVA + SIZE / 2 + SZ_2M, 0, 8, true), "T1: edu reads");
	need(!edu_dma(&edu, RAM_IOVA, 0, 8, false), "T1: edu writes memory");
	is(*ram, 0x99, "T9: and reads in its middle");

	need(!vu_pci_command(device, 0, PCI_COMMAND_MEMORY), "P5: turn the BAR off");
	need(!vu_pci_command(device, PCI_COMMAND_MEMORY, 0), "P5: turn the BAR on");
	/* What the engine holds is 0x99. */
	need(!edu_dma(&edu, BAR_IOVA + LAST, 0, 8, false), "T1: edu writes");
	is(*at(bar, LAST), 0x1122334455667788, "T9: writes do not arrive after a revocation");
	is(vu_unmap(u.container, BAR_IOVA, SIZE), SIZE, "T9: unmap it");
	edu_close(&edu);
	vu_free(ram, SZ_64K);
	vu_close(&u);
}

static bool both_ends(char *bar, uint64_t size, uint64_t value)
{
	return *at(bar, 0) == value && *at(bar, size - 8) == ~value;
}

/*
 * All of the BAR, mapped where a page of 1 GiB would fit. To cut such a page, or to move a part
 * of it, was too much for some kernels.
 */
static void giant(int device, uint64_t offset)
{
	const int rw = PROT_READ | PROT_WRITE, anon = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	char *room, *bar, *moved;

	room = mmap(NULL, 3 * BAR_SIZE, PROT_NONE, anon, -1, 0);
	need(room != MAP_FAILED, "room for 3 GiB");
	bar = room + (-(uintptr_t)room & (BAR_SIZE - 1));
	bar = mmap(bar, BAR_SIZE, rw, MAP_SHARED | MAP_FIXED, device, offset);
	need(bar != MAP_FAILED, "P1: map all of it");
	*at(bar, 0) = 5;
	*at(bar, BAR_SIZE - 8) = ~5UL;
	returns(munmap(bar + SZ_4K, SZ_4K), 0, "P1: all of it is mapped, and a hole is made");
	ok(both_ends(bar, BAR_SIZE, 5), "P1: before the hole and behind it, the BAR works");
	munmap(bar, BAR_SIZE);

	bar = mmap(bar, BAR_SIZE, rw, MAP_SHARED | MAP_FIXED, device, offset);
	need(bar != MAP_FAILED && both_ends(bar, BAR_SIZE, 5), "P1: map all of it");
	returns(mprotect(bar + SZ_4K, SZ_4K, PROT_READ), 0, "P1: a page of it is made read-only");
	ok(both_ends(bar, BAR_SIZE, 5), "P1: the BAR works");
	munmap(bar, BAR_SIZE);

	bar = mmap(bar, BAR_SIZE, rw, MAP_SHARED | MAP_FIXED, device, offset);
	need(bar != MAP_FAILED && both_ends(bar, BAR_SIZE, 5), "P1: map all of it");
	moved = bar + BAR_SIZE;
	ok(mremap(bar, BAR_SIZE / 2, BAR_SIZE / 2, MREMAP_MAYMOVE | MREMAP_FIXED, moved) == moved,
	   "P1: half of it moves");
	is(*at(moved, 0), 5, "P1: where it works");
	is(*at(bar, BAR_SIZE - 8), ~5UL, "P1: so does the other half, where it was");
	munmap(room, 3 * BAR_SIZE);
}

void check_large_bar(const struct check_args *args)
{
	const struct check_args second = { .group = args->group2, .device = args->device2 };
	struct vu u = need_open(&second, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info;
	char *bar;

	need(!vu_region_info(u.device, VFIO_PCI_BAR2_REGION_INDEX, &info) &&
		     !vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0),
	     "P1: BAR 2");
	is(info.size, BAR_SIZE, "P1: the size of a large BAR");
	bar = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, info.offset);
	need(bar != MAP_FAILED, "P1: map it");
	ok(!((uintptr_t)bar % SZ_2M), "P1: it is mapped where large pages fit");
	costs(bar);
	peer(args, u.device, bar);
	revoked(u.device, bar);
	munmap(bar, SIZE);
	giant(u.device, info.offset);
	vu_close(&u);
}
