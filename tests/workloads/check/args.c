// SPDX-License-Identifier: GPL-2.0-only
/* Rows T2 and T4: the arguments of map, overlaps, and the number of mappings. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "check.h"

#define IOVA	  SZ_1M
#define SIZE	  SZ_64K
#define MANY	  600
#define LIMIT_MAX 64

/* Where the device's interrupts go on x86. */
#define MSI_FIRST 0xfee00000UL
#define MSI_LAST  0xfeefffffUL

struct bad_map {
	const char *what;
	struct vfio_iommu_type1_dma_map map;
	int want;
};

#define MAP(vaddr_, iova_, size_, flags_)                                          \
	{                                                                          \
		.argsz = sizeof(struct vfio_iommu_type1_dma_map), .flags = flags_, \
		.vaddr = vaddr_, .iova = iova_, .size = size_,                     \
	}

static void refused(int container, const void *memory)
{
	const uint64_t va = (uintptr_t)memory;
	const struct bad_map bad[] = {
		{ "of zero bytes", MAP(va, IOVA, 0, VU_RW), -EINVAL },
		{ "of less than a page", MAP(va, IOVA, 512, VU_RW), -EINVAL },
		{ "of a page and a byte", MAP(va, IOVA, SZ_4K + 1, VU_RW), -EINVAL },
		{ "to a misaligned IOVA", MAP(va, IOVA + 1, SIZE, VU_RW), -EINVAL },
		{ "of a misaligned address", MAP(va + 8, IOVA, SIZE, VU_RW), -EINVAL },
		{ "past the end of IOVAs", MAP(va, -SZ_4K, SIZE, VU_RW), -EINVAL },
		{ "past the end of addresses", MAP(-SZ_4K, IOVA, SIZE, VU_RW), -EINVAL },
		{ "of everything", MAP(va, IOVA, -SZ_4K, VU_RW), -EINVAL },
		{ "of 2^63 bytes", MAP(va, 0, 1UL << 63, VU_RW), -EINVAL },
		{ "with neither read nor write", MAP(va, IOVA, SIZE, 0), -EINVAL },
		{ "with an unknown flag", MAP(va, IOVA, SIZE, VU_RW | 1U << 3), -EINVAL },
		{ "with the last flag", MAP(va, IOVA, SIZE, VU_RW | 1U << 31), -EINVAL },
		{ "into the interrupt window", MAP(va, MSI_FIRST, SIZE, VU_RW), -EINVAL },
		{ "over the interrupt window's start", MAP(va, MSI_FIRST - SZ_4K, SIZE, VU_RW),
		  -EINVAL },
		{ "over the interrupt window's end", MAP(va, MSI_LAST - SZ_4K + 1, SIZE, VU_RW),
		  -EINVAL },
		{ "of the kernel's addresses", MAP(0xffff888000000000UL, IOVA, SIZE, VU_RW),
		  -EFAULT },
		{ "of non-canonical addresses", MAP(1UL << 62, IOVA, SIZE, VU_RW), -EFAULT },
	};
	int64_t left = vu_mappings_left(container);
	struct ledger before = ledger_now();
	struct vfio_iommu_type1_dma_map map;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		map = bad[i].map;
		returns(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map), bad[i].want,
			"T4: map %s is refused", bad[i].what);
	}
	map = (struct vfio_iommu_type1_dma_map)MAP(va, IOVA, SIZE, VU_RW);
	map.argsz = sizeof(map) - 1;
	returns(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map), -EINVAL,
		"T4: map with a short argsz is refused");
	map.argsz = 0;
	returns(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map), -EINVAL,
		"T4: map with argsz 0 is refused");
	returns(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, NULL), -EFAULT,
		"T4: map from nowhere is refused");
	ledger_same(&before, "T4: none of these changed anything that is pinned or locked");
	is(vu_mappings_left(container), left, "T4: none of these used up a mapping");
	is(vu_unmap_all(container), 0, "T4: none of these left a mapping behind");

	map.argsz = sizeof(map) + 64;
	returns(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map), 0,
		"T4: map with an argsz of tomorrow works");
	is(vu_unmap(container, IOVA, SIZE), SIZE, "T4: and is unmapped");
}

static void beyond(int container, const void *memory, uint64_t end)
{
	struct ledger before = ledger_now();

	returns(vu_map(container, memory, end - SZ_4K + 1, SIZE, VU_RW), -EINVAL,
		"T4: map over the aperture's end is refused");
	if (end < UINT64_MAX)
		returns(vu_map(container, memory, end + 1, SIZE, VU_RW), -EINVAL,
			"T4: map after the aperture is refused");
	else
		skip("it has all 64 bits", "T4: map after the aperture is refused");
	ledger_same(&before, "T4: and nothing stays");
}

static void top(int container, const void *memory, uint64_t end)
{
	struct ledger before = ledger_now();

	returns(vu_map(container, memory, end - SIZE + 1, SIZE, VU_RW), 0,
		"T4: a mapping that ends at the last address of the aperture works");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "T4: it is pinned");
	returns(vu_map(container, memory, end - SZ_4K + 1, SZ_4K, VU_RW), -EEXIST,
		"T2: its last page is taken");
	is(vu_unmap(container, end - SIZE + 1, SIZE), SIZE, "T4: it is unmapped");
	ledger_same(&before, "T4: and nothing of it stays");

	returns(vu_map(container, memory, 0, SIZE, VU_RW), 0, "T4: a mapping at IOVA 0 works");
	returns(vu_map(container, memory, end - SIZE + 1, SIZE, VU_RW), 0,
		"T4: together with one at the end");
	/* The size of all of 64 bits is not a number of 64 bits. */
	is(end < UINT64_MAX ? vu_unmap(container, 0, end + 1) : vu_unmap_all(container), 2 * SIZE,
	   "T4: one unmap takes both");
	ledger_same(&before, "T4: and nothing of them stays");
}

static void overlaps(int container, const void *memory)
{
	static const struct {
		const char *what;
		int64_t offset;
		uint64_t size;
		int want;
	} tries[] = {
		{ "exactly", 0, SIZE, -EEXIST },
		{ "at its first page", 0, SZ_4K, -EEXIST },
		{ "at its last page", SIZE - SZ_4K, SZ_4K, -EEXIST },
		{ "in its middle", SZ_4K * 4, SZ_4K, -EEXIST },
		{ "over its start", -(int64_t)SZ_4K, SZ_4K * 2, -EEXIST },
		{ "over its end", SIZE - SZ_4K, SZ_4K * 2, -EEXIST },
		{ "over all of it", -(int64_t)SZ_4K, SIZE + SZ_4K * 2, -EEXIST },
		{ "right before it", -(int64_t)SZ_4K, SZ_4K, 0 },
		{ "right after it", SIZE, SZ_4K, 0 },
	};
	struct ledger before = ledger_now(), mapped;
	int64_t left = vu_mappings_left(container);
	size_t i;

	need(!vu_map(container, memory, IOVA, SIZE, VU_RW), "T1: map");
	mapped = ledger_now();
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (!tries[i].want)
			ledger_same(&mapped, "T2: what is refused %s pins nothing",
				    tries[i - 1].what);
		returns(vu_map(container, memory, IOVA + tries[i].offset, tries[i].size, VU_RW),
			tries[i].want, "T2: map into a mapping %s %s", tries[i].what,
			tries[i].want ? "is refused" : "works");
		if (!tries[i].want)
			mapped = ledger_now();
	}
	is(vu_mappings_left(container), left - 3, "T2: three mappings fewer are left");
	is(vu_unmap(container, IOVA - SZ_4K, SIZE + 2 * SZ_4K), SIZE + 2 * SZ_4K,
	   "T2: all three are unmapped");
	is(vu_mappings_left(container), left, "T2: as many mappings are left as at first");
	ledger_same(&before, "T2: and nothing of them stays");
}

/* A permutation of 0 to MANY - 1, since 271 and MANY have no common divisor. */
static int shuffled(int i)
{
	return i * 271 % MANY;
}

static void many(int container, const void *memory)
{
	int64_t left = vu_mappings_left(container);
	struct ledger before = ledger_now();
	int i, good = 0;

	for (i = 0; i < MANY; i++)
		good += !vu_map(container, memory, IOVA + 2 * SZ_4K * shuffled(i), SZ_4K, VU_RW);
	is(good, MANY, "T2: %d mappings in no order", MANY);
	is(vu_mappings_left(container), left - MANY, "T2: each counts");
	for (good = i = 0; i < MANY; i++)
		good += vu_map(container, memory, IOVA + 2 * SZ_4K * i, SZ_4K, VU_RW) == -EEXIST;
	is(good, MANY, "T2: each is found");
	for (good = i = 0; i < MANY; i++)
		good += vu_unmap(container, IOVA + 2 * SZ_4K * shuffled(i * 7), SZ_4K) == SZ_4K;
	is(good, MANY, "T2: each is unmapped, in another order");
	is(vu_mappings_left(container), left, "T2: as many mappings are left as at first");
	ledger_same(&before, "T2: and nothing of them stays");
}

static void info(int container)
{
	const struct vfio_iommu_type1_info_cap_iova_range *ranges;
	struct vfio_iommu_type1_info *info = vu_iommu_info(container);
	struct vfio_iommu_type1_info small = { .argsz = 8 };
	bool msi = false, ordered = true;
	uint32_t i;

	need(info, "T2: GET_INFO");
	ok(info->flags & VFIO_IOMMU_INFO_PGSIZES && info->iova_pgsizes & SZ_4K,
	   "T4: GET_INFO says that 4 KiB pages are possible");
	ranges = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	need(ranges && ranges->nr_iovas, "T4: GET_INFO tells the ranges of IOVAs");
	for (i = 0; i < ranges->nr_iovas; i++) {
		msi |= ranges->iova_ranges[i].start <= MSI_LAST &&
		       ranges->iova_ranges[i].end >= MSI_FIRST;
		ordered &= ranges->iova_ranges[i].start < ranges->iova_ranges[i].end;
		ordered &= !i || ranges->iova_ranges[i - 1].end < ranges->iova_ranges[i].start;
	}
	ok(ordered, "T4: the ranges are in order");
	ok(!msi, "T4: the window for interrupts is in no range");
	free(info);
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, &small), -EINVAL,
		"T4: GET_INFO with a short argsz is refused");
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, NULL), -EFAULT,
		"T4: GET_INFO to nowhere is refused");
}

void check_args(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, 2 * SIZE);
	uint64_t end = vu_aperture_end(u.container);

	need(end, "T4: the IOMMU's last address");
	info(u.container);
	refused(u.container, memory);
	beyond(u.container, memory, end);
	top(u.container, memory, end);
	overlaps(u.container, memory);
	many(u.container, memory);
	vu_close(&u);
}

void check_limit(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now(), full;
	int64_t left = vu_mappings_left(u.container), i;
	int ret = 0;

	need(left > 0 && left <= LIMIT_MAX, "T2: dma_entry_limit is small and reported");
	for (i = 0; i < left && !ret; i++)
		ret = vu_map(u.container, memory, IOVA + SIZE * i, SIZE, VU_RW);
	returns(ret, 0, "T2: as many mappings as dma_entry_limit says");
	is(vu_mappings_left(u.container), 0, "T2: none is left");
	full = ledger_now();
	returns(vu_map(u.container, memory, 0, SIZE, VU_RW), -ENOSPC,
		"T2: the next mapping fails with -ENOSPC");
	returns(vu_map(u.container, memory, IOVA, SIZE, VU_RW), -EEXIST,
		"T2: an overlap is told even then");
	ledger_same(&full, "T5: and leaves no pin");
	is(vu_unmap(u.container, IOVA, SIZE), SIZE, "T2: unmap one");
	is(vu_mappings_left(u.container), 1, "T2: one is left");
	returns(vu_map(u.container, memory, 0, SIZE, VU_RW), 0, "T2: and can be used");
	is(vu_unmap_all(u.container), SIZE * left, "T2: unmap all");
	ledger_same(&before, "T2: and nothing of them stays");
	vu_close(&u);
}
