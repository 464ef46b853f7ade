// SPDX-License-Identifier: GPL-2.0-only
/* Rows T1 and T3: what a mapping pins, for each kind of memory, and that it is given back. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define IOVA (256 * SZ_1M)
#define SIZE (8 * SZ_1M)

static void kind_of_memory(const struct vu *u, enum vu_kind kind)
{
	const char *name = vu_kind_names[kind];
	char *memory = need_memory(kind, SIZE);
	struct ledger before = ledger_now();
	uint64_t offset;
	int i, good;

	returns(vu_map(u->container, memory, IOVA, SIZE, VU_RW), 0, "T1: map %s memory", name);
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "T1: each page of %s is pinned", name);
	is(vu_locked_kib() - before.locked, SIZE / 1024, "T1: each page of %s is charged", name);
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: unmap %s memory", name);
	ledger_same(&before, "T1: all of %s is given back", name);

	/* Neither address has to be aligned to the hugepage, nor the same way. */
	offset = SZ_4K * 3;
	returns(vu_map(u->container, memory + offset, IOVA + SZ_4K * 5, SZ_2M * 2, VU_RW), 0,
		"T1: map a part of %s memory at another alignment", name);
	is(vu_pinned_pages() - before.pinned, SZ_2M * 2 / SZ_4K, "T1: only the part is pinned");
	is(vu_unmap(u->container, IOVA + SZ_4K * 5, SZ_2M * 2), SZ_2M * 2, "T1: unmap it");
	ledger_same(&before, "T1: all of it is given back");

	for (good = i = 0; i < 20; i++)
		good += !vu_map(u->container, memory, IOVA, SIZE, VU_RW) &&
			vu_unmap(u->container, IOVA, SIZE) == (int64_t)SIZE;
	is(good, 20, "T1: twenty rounds with %s memory", name);
	ledger_same(&before, "T1: give everything back");

	returns(vu_map(u->container, memory, IOVA, SIZE, VU_RW), 0, "T1: map %s memory and free it",
		name);
	vu_free(memory, SIZE);
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "T1: it stays pinned");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: and is unmapped");
	ledger_same(&before, "T1: and is given back");
}

static void twice(const struct vu *u)
{
	void *memory = need_memory(VU_4K, SZ_64K);
	struct ledger before = ledger_now();

	need(!vu_map(u->container, memory, IOVA, SZ_64K, VU_RW), "T1: map");
	returns(vu_map(u->container, memory, IOVA + SIZE, SZ_64K, VU_RW), 0,
		"T1: the same memory at a second IOVA");
	is(vu_pinned_pages() - before.pinned, 2 * SZ_64K / SZ_4K, "T1: is pinned twice");
	is(vu_unmap(u->container, IOVA, SZ_64K), SZ_64K, "T1: unmap the first");
	is(vu_pinned_pages() - before.pinned, SZ_64K / SZ_4K, "T1: it stays pinned once");
	is(vu_unmap(u->container, IOVA + SIZE, SZ_64K), SZ_64K, "T1: unmap the second");
	ledger_same(&before, "T1: and nothing stays");
	vu_free(memory, SZ_64K);
}

static void shared(const struct vu *u)
{
	struct ledger before = ledger_now();
	void *memory;
	int fd;

	fd = memfd_create("check", MFD_CLOEXEC);
	need(fd >= 0 && !ftruncate(fd, SZ_2M), "memfd");
	memory = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(memory != MAP_FAILED, "mmap");
	returns(vu_map(u->container, memory, IOVA, SZ_2M, VU_RW), 0,
		"T1: shared memory that nobody touched");
	is(vu_pinned_pages() - before.pinned, SZ_2M / SZ_4K, "T1: is pinned");
	is(vu_unmap(u->container, IOVA, SZ_2M), SZ_2M, "T1: and unmapped");
	ledger_same(&before, "T1: and given back");
	vu_free(memory, SZ_2M);
	close(fd);
}

/* Never written to: every page is the zero page, or becomes a page of its own. */
static void untouched(const struct vu *u)
{
	struct ledger before = ledger_now();
	volatile char *memory;
	size_t i;

	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(memory != MAP_FAILED, "mmap");
	madvise((void *)memory, SIZE / 2, MADV_NOHUGEPAGE);
	for (i = 0; i < SIZE; i += SZ_4K)
		(void)memory[i];
	returns(vu_map(u->container, (void *)memory, IOVA, SIZE, VFIO_DMA_MAP_FLAG_READ), 0,
		"T5: map memory of zero pages for reading");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T5: unmap it");
	ledger_same(&before, "T5: zero pages leave no pin and no charge");

	returns(vu_map(u->container, (void *)memory, IOVA, SIZE, VU_RW), 0,
		"T5: map the same for writing");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "T5: each page is pinned");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T5: unmap it");
	ledger_same(&before, "T5: and nothing stays");
	vu_free((void *)memory, SIZE);
}

static void left_behind(const struct check_args *args)
{
	struct ledger before = ledger_now();
	void *memory = need_memory(VU_THP, SIZE);
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "T1: map");
	need(!vu_map(u.container, memory, IOVA + SIZE, SIZE / 2, VU_RW), "T1: map");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K * 3 / 2, "T5: two mappings are pinned");
	vu_close(&u);
	ledger_same(&before, "T5: closing everything releases mappings that were not unmapped");
	vu_free(memory, SIZE);
}

void check_map(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	enum vu_kind kind;

	for (kind = 0; kind < VU_KINDS; kind++)
		kind_of_memory(&u, kind);
	twice(&u);
	shared(&u);
	untouched(&u);
	vu_close(&u);
	left_behind(args);
}
