// SPDX-License-Identifier: GPL-2.0-only
/* UNMAP_DMA of the type1 backend: ranges, flags and bitmaps, with several mappings there. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi.h"

#define SIZE   SZ_64K
/* Two mappings side by side, and one of a huge page. */
#define FIRST  SZ_1M
#define SECOND (SZ_1M + SIZE)
#define HUGE   (4 * SZ_1M)

#define GET_BITMAP VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP
#define ALL	   VFIO_DMA_UNMAP_FLAG_ALL
#define VADDR	   VFIO_DMA_UNMAP_FLAG_VADDR

static char *memory, *huge;

struct request {
	struct vfio_iommu_type1_dma_unmap head;
	struct vfio_bitmap bitmap;
};

static void setup(int container)
{
	need(!vu_map(container, memory, FIRST, SIZE, VU_RW) &&
		     !vu_map(container, memory + SIZE, SECOND, SIZE, VU_RW) &&
		     !vu_map(container, huge, HUGE, SZ_2M, VU_RW),
	     "mappings");
	watch_ledger();
}

/* Makes a request with all mappings there; then all of them go. */
static void request(int container, struct request *r, const char *name)
{
	int ret;

	setup(container);
	ret = vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, r);
	detail("size=0x%llx", r->head.size);
	detail("left=%ld", (long)vu_mappings_left(container));
	answer(ret, "%s", name);
	vu_unmap_all(container);
}

static void range(int container, const char *name, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct request r = {
		.head = { .argsz = sizeof(r.head), .flags = flags, .iova = iova, .size = size },
	};

	request(container, &r, name);
}

static void ranges(int container)
{
	static const struct {
		const char *name;
		uint64_t iova, size;
	} cases[] = {
		{ "first", FIRST, SIZE },
		{ "both", FIRST, 2 * SIZE },
		{ "everything", 0, 8 * SZ_1M },
		{ "whole-space", 0, -SZ_4K },
		{ "nothing-there", 3 * SZ_1M, SIZE },
		{ "nothing-at-0", 0, SZ_4K },
		{ "first-page", FIRST, SZ_4K },
		{ "second-page", FIRST + SZ_4K, SZ_4K },
		{ "last-page", FIRST + SIZE - SZ_4K, SZ_4K },
		{ "head", FIRST, SIZE / 2 },
		{ "tail", FIRST + SIZE / 2, SIZE / 2 },
		{ "over-border", FIRST + SIZE / 2, SIZE },
		{ "into-first", FIRST - SZ_4K, 2 * SZ_4K },
		{ "out-of-second", SECOND + SIZE - SZ_4K, 2 * SZ_4K },
		{ "around", FIRST - SZ_4K, 2 * SIZE + 2 * SZ_4K },
		{ "first-and-half", FIRST, SIZE + SIZE / 2 },
		{ "half-and-second", FIRST + SIZE / 2, SIZE + SIZE / 2 },
		{ "page-of-huge", HUGE + SZ_4K, SZ_4K },
		{ "first-page-of-huge", HUGE, SZ_4K },
		{ "half-of-huge", HUGE, SZ_1M },
		{ "second-half-of-huge", HUGE + SZ_1M, SZ_1M },
		{ "huge", HUGE, SZ_2M },
		{ "size-0", FIRST, 0 },
		{ "size-1", FIRST, 1 },
		{ "size-512", FIRST, 512 },
		{ "size-4097", FIRST, SZ_4K + 1 },
		{ "unaligned", FIRST + 1, SZ_4K },
		{ "iova-512", FIRST + 512, SZ_4K },
		{ "iova-and-size-512", FIRST + 512, 512 },
		{ "wraps", -SZ_4K, 2 * SZ_4K },
		{ "wraps-to-0", -SIZE, SIZE },
		{ "last-page-of-all", -SZ_4K, SZ_4K },
		{ "size-max", 0, -1UL },
		{ "from-first-to-end", FIRST, -FIRST },
		{ "too-far", FIRST, -SZ_4K },
		{ "iova-max", -1UL, 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		range(container, cases[i].name, cases[i].iova, cases[i].size, 0);
}

static void flags(int container)
{
	static const struct {
		const char *name;
		uint64_t iova, size;
	} cases[] = {
		{ "zero", 0, 0 },	   { "first", FIRST, SIZE }, { "page", FIRST, SZ_4K },
		{ "zero-size", FIRST, 0 }, { "zero-iova", 0, SIZE }, { "none", 3 * SZ_1M, SIZE },
	};
	char name[64];
	uint32_t bit;
	size_t i;

	for (bit = 1; bit < 8; bit++) {
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			if (bit & GET_BITMAP && i > 1)
				continue;
			snprintf(name, sizeof(name), "flags-0x%x-%s", bit, cases[i].name);
			range(container, name, cases[i].iova, cases[i].size, bit);
		}
	}
	setup(container);
	for (bit = 3; bit < 32; bit++) {
		struct request r = {
			.head = { .argsz = sizeof(r.head),
				  .flags = 1U << bit,
				  .iova = FIRST,
				  .size = SIZE },
		};

		gather(vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &r));
	}
	answer_gathered("flags-above");
	vu_unmap_all(container);
	range(container, "all-with-bit-3", 0, 0, ALL | 8);
}

static void argument_sizes(int container)
{
	static const uint32_t sizes[] = { 0, 1, 4, 8, 23, 24, 25, 32, 48, 0xffffffff };
	char name[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct request r = {
			.head = { .argsz = sizes[i], .iova = FIRST, .size = SIZE },
		};

		snprintf(name, sizeof(name), "argsz-%u", sizes[i]);
		request(container, &r, name);
	}
	answer(vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, NULL), "null");
}

static int dirty(int container, uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = { .argsz = sizeof(dirty), .flags = flags };

	return vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &dirty);
}

static void bitmap(int container, const char *name, uint32_t argsz, uint64_t iova, uint64_t size,
		   uint64_t page, uint64_t bytes, bool null, uint32_t flags)
{
	__u64 bits[64] = { 0 };
	struct request r = {
		.head = { .argsz = argsz, .flags = flags, .iova = iova, .size = size },
		.bitmap = { .pgsize = page, .size = bytes, .data = null ? NULL : bits },
	};
	int ret;

	setup(container);
	ret = vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &r);
	detail("size=0x%llx", r.head.size);
	detail("bits=%llx,%llx,%llx", bits[0], bits[1], bits[2]);
	detail("left=%ld", (long)vu_mappings_left(container));
	answer(ret, "%s", name);
	vu_unmap_all(container);
}

#define FULL (sizeof(struct request))

static void bitmaps(int container)
{
	const uint32_t get = GET_BITMAP;

	bitmap(container, "good", FULL, FIRST, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "argsz-head", 24, FIRST, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "argsz-47", 47, FIRST, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "argsz-49", 49, FIRST, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "bytes-0", FULL, FIRST, SIZE, SZ_4K, 0, false, get);
	bitmap(container, "bytes-1", FULL, FIRST, SIZE, SZ_4K, 1, false, get);
	bitmap(container, "bytes-2", FULL, FIRST, SIZE, SZ_4K, 2, false, get);
	bitmap(container, "bytes-7", FULL, FIRST, SIZE, SZ_4K, 7, false, get);
	bitmap(container, "bytes-16", FULL, FIRST, SIZE, SZ_4K, 16, false, get);
	bitmap(container, "bytes-huge", FULL, FIRST, SIZE, SZ_4K, 1UL << 40, false, get);
	bitmap(container, "bytes-max", FULL, FIRST, SIZE, SZ_4K, -1UL, false, get);
	bitmap(container, "page-0", FULL, FIRST, SIZE, 0, 8, false, get);
	bitmap(container, "page-3", FULL, FIRST, SIZE, 3, 8, false, get);
	bitmap(container, "page-2048", FULL, FIRST, SIZE, 2048, 8, false, get);
	bitmap(container, "page-8192", FULL, FIRST, SIZE, 8192, 8, false, get);
	bitmap(container, "page-2m", FULL, HUGE, SZ_2M, SZ_2M, 8, false, get);
	bitmap(container, "null", FULL, FIRST, SIZE, SZ_4K, 8, true, get);
	bitmap(container, "both", FULL, FIRST, 2 * SIZE, SZ_4K, 8, false, get);
	bitmap(container, "second", FULL, SECOND, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "wide", FULL, FIRST - SIZE, 4 * SIZE, SZ_4K, 8, false, get);
	bitmap(container, "none", FULL, 3 * SZ_1M, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "partial", FULL, FIRST, SZ_4K, SZ_4K, 8, false, get);
	bitmap(container, "tail", FULL, FIRST + SZ_4K, SIZE - SZ_4K, SZ_4K, 8, false, get);
	bitmap(container, "unaligned", FULL, FIRST + 1, SIZE, SZ_4K, 8, false, get);
	bitmap(container, "size-0", FULL, FIRST, 0, SZ_4K, 8, false, get);
	bitmap(container, "huge", FULL, HUGE, SZ_2M, SZ_4K, 64, false, get);
	bitmap(container, "huge-short", FULL, HUGE, SZ_2M, SZ_4K, 56, false, get);
	bitmap(container, "with-all", FULL, 0, 0, SZ_4K, 8, false, get | ALL);
	bitmap(container, "with-vaddr", FULL, FIRST, SIZE, SZ_4K, 8, false, get | VADDR);
	bitmap(container, "no-flag", FULL, FIRST, SIZE, SZ_4K, 8, false, 0);
}

/* Addresses taken away by UNMAP and given back by MAP. */
static void vaddrs(int container)
{
	struct vfio_iommu_type1_dma_unmap take = {
		.argsz = sizeof(take),
		.flags = VADDR,
		.iova = FIRST,
		.size = SIZE,
	};
	int ret;

	watch_ledger();
	answer(vu_map(container, memory, FIRST, SIZE, VU_RW), "map");
	answer(vu_map(container, memory, FIRST, SIZE, VFIO_DMA_MAP_FLAG_VADDR), "give-unasked");
	ret = vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &take);
	detail("size=0x%llx", take.size);
	answer(ret, "take");
	take.size = SIZE;
	answer(vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &take), "take-twice");
	answer(vu_map(container, memory, FIRST, SZ_4K, VFIO_DMA_MAP_FLAG_VADDR), "give-part");
	answer(vu_map(container, memory, FIRST, SIZE, VFIO_DMA_MAP_FLAG_VADDR | VU_RW),
	       "give-with-access");
	answer(vu_map(container, memory, FIRST, SIZE, VFIO_DMA_MAP_FLAG_VADDR), "give");
	answer(vu_unmap_all(container), "undone");
}

static void requests(const struct abi_device *device, int type, const char *name)
{
	struct vu u = need_open(device, type);

	section("unmap/%s", name);
	ranges(u.container);
	flags(u.container);
	argument_sizes(u.container);
	section("unmap/%s-bitmap", name);
	bitmaps(u.container);
	section("unmap/%s-bitmap-tracking", name);
	answer(dirty(u.container, VFIO_IOMMU_DIRTY_PAGES_FLAG_START), "start");
	bitmaps(u.container);
	answer(dirty(u.container, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP), "stop");
	section("unmap/%s-vaddr", name);
	vaddrs(u.container);
	vu_close(&u);
}

void abi_unmap(const struct abi_args *args)
{
	memory = vu_alloc(VU_4K, 2 * SIZE);
	huge = vu_alloc(VU_HUGETLB, SZ_2M);
	need(memory && huge, "memory");
	requests(&args->edu, VFIO_TYPE1_IOMMU, "v1");
	requests(&args->edu, VFIO_TYPE1v2_IOMMU, "v2");
}
