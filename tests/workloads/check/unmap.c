// SPDX-License-Identifier: GPL-2.0-only
/* Rows T1 and T4: what an unmap takes, in versions 1 and 2, and its arguments. */

#include <errno.h>

#include "check.h"

#define IOVA SZ_1M
#define SIZE SZ_64K

static void map_at(const struct vu *u, const void *memory, uint64_t iova)
{
	need(!vu_map(u->container, memory, iova, SIZE, VU_RW), "T1: map");
}

static void refused(const struct vu *u, const void *memory)
{
	static const struct {
		const char *what;
		struct vfio_iommu_type1_dma_unmap unmap;
		int want;
	} bad[] = {
#define UNMAP(iova_, size_, flags_)                                 \
	{                                                           \
		.argsz = sizeof(struct vfio_iommu_type1_dma_unmap), \
		.flags = flags_,                                    \
		.iova = iova_,                                      \
		.size = size_,                                      \
	}
		{ "of zero bytes", UNMAP(IOVA, 0, 0), -EINVAL },
		{ "of a page and a byte", UNMAP(IOVA, SZ_4K + 1, 0), -EINVAL },
		{ "at a misaligned IOVA", UNMAP(IOVA + 1, SIZE, 0), -EINVAL },
		{ "past the end of IOVAs", UNMAP(IOVA, -SZ_4K, 0), -EINVAL },
		{ "with an unknown flag", UNMAP(IOVA, SIZE, 1U << 3), -EINVAL },
		{ "with the last flag", UNMAP(IOVA, SIZE, 1U << 31), -EINVAL },
		{ "of all at an IOVA", UNMAP(IOVA, 0, VFIO_DMA_UNMAP_FLAG_ALL), -EINVAL },
		{ "of all with a size", UNMAP(0, SIZE, VFIO_DMA_UNMAP_FLAG_ALL), -EINVAL },
		{ "with a bitmap when no tracking is on",
		  UNMAP(IOVA, SIZE, VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP), -EINVAL },
		{ "that ends inside a mapping", UNMAP(IOVA, SIZE - SZ_4K, 0), -EINVAL },
		{ "that starts inside a mapping", UNMAP(IOVA + SZ_4K, SIZE, 0), -EINVAL },
		{ "in the middle of a mapping", UNMAP(IOVA + SZ_4K, SZ_4K, 0), -EINVAL },
		{ "that ends inside the second mapping", UNMAP(IOVA, SIZE + SZ_4K, 0), -EINVAL },
	};
	struct ledger before;
	/* Room for the bitmap's description, were it read. */
	uint64_t buf[16];
	struct vfio_iommu_type1_dma_unmap *unmap = (void *)buf;
	size_t i;

	map_at(u, memory, IOVA);
	map_at(u, memory, IOVA + SIZE);
	before = ledger_now();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t j = 0; j < sizeof(buf) / sizeof(buf[0]); j++)
			buf[j] = 0;
		*unmap = bad[i].unmap;
		if (unmap->flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)
			unmap->argsz = sizeof(buf);
		returns(vu_ioctl(u->container, VFIO_IOMMU_UNMAP_DMA, unmap), bad[i].want,
			"T4: unmap %s is refused", bad[i].what);
	}
	*unmap = bad[0].unmap;
	unmap->size = SIZE;
	unmap->argsz = sizeof(*unmap) - 1;
	returns(vu_ioctl(u->container, VFIO_IOMMU_UNMAP_DMA, unmap), -EINVAL,
		"T4: unmap with a short argsz is refused");
	returns(vu_ioctl(u->container, VFIO_IOMMU_UNMAP_DMA, NULL), -EFAULT,
		"T4: unmap from nowhere is refused");
	ledger_same(&before, "T4: none of these unpinned anything");
	is(vu_unmap(u->container, IOVA, 2 * SIZE), 2 * SIZE, "T1: one unmap takes both mappings");
}

static void ranges(const struct vu *u, const void *memory, uint64_t end)
{
	struct ledger before = ledger_now();

	is(vu_unmap(u->container, IOVA, SIZE), 0, "T1: unmap of nothing succeeds with 0 bytes");
	is(vu_unmap_all(u->container), 0, "T1: unmap all of nothing succeeds with 0 bytes");

	map_at(u, memory, IOVA);
	map_at(u, memory, IOVA + 3 * SIZE);
	is(vu_unmap(u->container, IOVA - SIZE, 6 * SIZE), 2 * SIZE,
	   "T1: a range with holes: the bytes that were mapped");
	ledger_same(&before, "T1: both are unpinned");

	map_at(u, memory, IOVA);
	map_at(u, memory, IOVA + SIZE);
	map_at(u, memory, IOVA + 2 * SIZE);
	is(vu_unmap(u->container, IOVA + SIZE, SIZE), SIZE, "T1: the middle one of three");
	is(vu_pinned_pages() - before.pinned, 2 * SIZE / SZ_4K, "T1: two are still pinned");
	is(vu_unmap(u->container, IOVA + SIZE, SIZE), 0, "T1: which is gone then");
	map_at(u, memory, IOVA + SIZE);
	is(vu_unmap_all(u->container), 3 * SIZE, "T1: unmap all takes all three");
	ledger_same(&before, "T1: and unpins them");

	map_at(u, memory, IOVA);
	map_at(u, memory, end - SIZE + 1);
	is(vu_unmap(u->container, IOVA, end - IOVA + 1), 2 * SIZE,
	   "T1: unmap of every IOVA from the first mapping on takes both ends");
	ledger_same(&before, "T1: and unpins them");
	map_at(u, memory, end - SIZE + 1);
	is(vu_unmap_all(u->container), SIZE, "T4: unmap all takes what ends at the top");
	ledger_same(&before, "T4: and unpins it");

	returns(vu_map(u->container, memory, IOVA, SIZE, VFIO_DMA_MAP_FLAG_READ), 0,
		"T1: map for reading only");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: and unmap it");
	returns(vu_map(u->container, memory, IOVA, SIZE, VFIO_DMA_MAP_FLAG_WRITE), 0,
		"T1: map for writing only");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: and unmap it");
	ledger_same(&before, "T1: nothing stays");
}

/* Version 1: where an unmap starts decides about the whole mapping. */
static void version1(const struct vu *u, const void *memory)
{
	struct ledger before = ledger_now(), mapped;

	map_at(u, memory, IOVA);
	mapped = ledger_now();
	is(vu_unmap(u->container, IOVA + SZ_4K, SZ_4K), 0,
	   "T1: v1: an unmap that starts inside a mapping takes nothing");
	is(vu_unmap(u->container, IOVA + SZ_4K, SIZE), 0, "T1: v1: nor if it goes beyond the end");
	ledger_same(&mapped, "T1: v1: the mapping is still pinned");
	returns(vu_map(u->container, memory, IOVA + SZ_4K, SZ_4K, VU_RW), -EEXIST,
		"T2: v1: and its IOVAs are taken");
	is(vu_unmap(u->container, IOVA, SZ_4K), SIZE,
	   "T1: v1: an unmap that starts with a mapping takes the whole of it");
	ledger_same(&before, "T1: v1: and unpins it");

	map_at(u, memory, IOVA);
	is(vu_unmap(u->container, IOVA - SZ_4K, 2 * SZ_4K), SIZE,
	   "T1: v1: an unmap that starts before a mapping takes the whole of it");
	ledger_same(&before, "T1: v1: and unpins it");

	map_at(u, memory, IOVA);
	map_at(u, memory, IOVA + SIZE);
	is(vu_unmap(u->container, IOVA, SIZE + SZ_4K), 2 * SIZE,
	   "T1: v1: an unmap that ends inside the second mapping takes both");
	ledger_same(&before, "T1: v1: and unpins both");
}

void check_unmap(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, SIZE);
	uint64_t end = vu_aperture_end(u.container);

	need(end, "T4: the IOMMU's last address");
	refused(&u, memory);
	ranges(&u, memory, end);
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1_IOMMU);
	version1(&u, memory);
	vu_close(&u);
	vu_free(memory, SIZE);
}
