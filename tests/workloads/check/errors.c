// SPDX-License-Identifier: GPL-2.0-only
/* Row T5: a map that fails half-way leaves no pin, no charge and no IOMMU entry. */

#include <errno.h>
#include <sys/mman.h>

#include "check.h"

#define IOVA (256 * SZ_1M)
#define SIZE (8 * SZ_1M)

enum obstacle {
	HOLE,
	NO_ACCESS,
	READ_ONLY,
	OBSTACLES,
};

static const char *const obstacle_names[OBSTACLES] = {
	[HOLE] = "a hole",
	[NO_ACCESS] = "memory without access",
	[READ_ONLY] = "read-only memory",
};

static int put(enum obstacle obstacle, void *addr)
{
	switch (obstacle) {
	case HOLE:
		return munmap(addr, SZ_4K);
	case NO_ACCESS:
		return mprotect(addr, SZ_4K, PROT_NONE);
	default:
		return mprotect(addr, SZ_4K, PROT_READ);
	}
}

static void half_way(const struct vu *u, enum vu_kind kind, enum obstacle obstacle,
		     const char *where, uint64_t offset)
{
	const char *name = vu_kind_names[kind], *what = obstacle_names[obstacle];
	char *memory = need_memory(kind, SIZE);
	void *good = need_memory(kind, SIZE);
	struct ledger before;
	int64_t left;

	need(!put(obstacle, memory + offset), "mprotect");
	left = vu_mappings_left(u->container);
	before = ledger_now();
	returns(vu_map(u->container, memory, IOVA, SIZE, VU_RW), -EFAULT,
		"T5: map of %s memory with %s %s fails", name, what, where);
	ledger_same(&before, "T5: and leaves no pin and no charge");
	is(vu_mappings_left(u->container), left, "T5: and uses up no mapping");
	is(vu_unmap(u->container, IOVA, SIZE), 0, "T5: and leaves no mapping");
	/* The IOMMU driver complains loudly about an entry that is there already. */
	returns(vu_map(u->container, good, IOVA, SIZE, VU_RW), 0,
		"T5: and good memory can be mapped at the same IOVA");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T5: and unmapped");
	ledger_same(&before, "T5: and given back");
	vu_free(good, SIZE);
	vu_free(memory, SIZE);
}

static void read_only(const struct vu *u)
{
	char *memory = need_memory(VU_4K, SZ_64K);
	struct ledger before = ledger_now();

	need(!mprotect(memory, SZ_64K, PROT_READ), "mprotect");
	returns(vu_map(u->container, memory, IOVA, SZ_64K, VFIO_DMA_MAP_FLAG_READ), 0,
		"T1: read-only memory is mapped for reading");
	is(vu_pinned_pages() - before.pinned, SZ_64K / SZ_4K, "T1: and pinned");
	is(vu_unmap(u->container, IOVA, SZ_64K), SZ_64K, "T1: and unmapped");
	ledger_same(&before, "T1: and given back");
	vu_free(memory, SZ_64K);
}

static void nothing_there(const struct vu *u)
{
	void *addr = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ledger before = ledger_now();

	need(addr != MAP_FAILED, "mmap");
	returns(vu_map(u->container, addr, IOVA, SIZE, VU_RW), -EFAULT,
		"T5: map of reserved addresses fails");
	munmap(addr, SIZE);
	returns(vu_map(u->container, addr, IOVA, SIZE, VU_RW), -EFAULT,
		"T5: map of addresses without memory fails");
	returns(vu_map(u->container, NULL, IOVA, SIZE, VU_RW), -EFAULT,
		"T5: map of address 0 fails");
	ledger_same(&before, "T5: none of these leaves a pin or a charge");
}

void check_errors(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	enum obstacle obstacle;
	enum vu_kind kind;

	for (kind = 0; kind <= VU_THP; kind++) {
		for (obstacle = 0; obstacle < OBSTACLES; obstacle++) {
			half_way(&u, kind, obstacle, "at the start", 0);
			half_way(&u, kind, obstacle, "half-way", SIZE / 2 + SZ_4K);
			half_way(&u, kind, obstacle, "at the end", SIZE - SZ_4K);
		}
	}
	nothing_there(&u);
	read_only(&u);
	vu_close(&u);
}
