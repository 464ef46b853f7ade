// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is mapped; see arena.h. */

#include "arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio_user.h"

enum {
	SMALL,
	READ_ONLY,
	NONE,
	SHARED,
	THP,
	HUGETLB
};

const struct arena_part arena_parts[] = {
	[SMALL] = { "4k", 0, SZ_1M, true, true },
	[READ_ONLY] = { "read-only", SZ_1M, SZ_1M, true, false },
	[NONE] = { "inaccessible", 2 * SZ_1M, SZ_1M, false, false },
	[SHARED] = { "shared", 3 * SZ_1M, SZ_1M, true, true },
	[THP] = { "thp", 4 * SZ_1M, 4 * SZ_1M, true, true },
	[HUGETLB] = { "hugetlb", 8 * SZ_1M, 4 * SZ_1M, true, true },
	{ NULL, 0, 0, false, false },
};

static char *part_at(int part)
{
	return (char *)(ARENA + arena_parts[part].offset);
}

static int part_mmap(int part, int flags, int fd)
{
	const void *addr = mmap(part_at(part), arena_parts[part].size, PROT_READ | PROT_WRITE,
				MAP_FIXED_NOREPLACE | flags, fd, 0);

	return addr == MAP_FAILED ? -errno : 0;
}

int arena_set_up(void)
{
	int private = MAP_PRIVATE | MAP_ANONYMOUS, memory = memfd_create("arena", MFD_CLOEXEC), ret;

	if (memory < 0 || ftruncate(memory, arena_parts[SHARED].size))
		return -errno;
	ret = part_mmap(SMALL, private, -1) ?:
	      part_mmap(READ_ONLY, private, -1) ?:
	      part_mmap(NONE, private, -1) ?:
	      part_mmap(SHARED, MAP_SHARED, memory) ?:
	      part_mmap(THP, private, -1) ?:
	      part_mmap(HUGETLB, private | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1);
	if (ret)
		return ret;
	close(memory);
	if (madvise(part_at(SMALL), arena_parts[SMALL].size, MADV_NOHUGEPAGE) ||
	    madvise(part_at(THP), arena_parts[THP].size, MADV_HUGEPAGE))
		return -errno;
	memset((void *)ARENA, 1, ARENA_SIZE);
	if (mprotect(part_at(READ_ONLY), arena_parts[READ_ONLY].size, PROT_READ) ||
	    mprotect(part_at(NONE), arena_parts[NONE].size, PROT_NONE))
		return -errno;
	return 0;
}

bool arena_allows(uint64_t vaddr, uint64_t size, bool write)
{
	const struct arena_part *part;
	uint64_t first = vaddr - ARENA, last = first + size - 1;

	if (vaddr < ARENA || last < first || last >= ARENA_SIZE)
		return false;
	for (part = arena_parts; part->name; part++) {
		if (part->offset > last || part->offset + part->size - 1 < first)
			continue;
		if (!(write ? part->writable : part->readable))
			return false;
	}
	return true;
}
