// SPDX-License-Identifier: GPL-2.0-only
/* DIRTY_PAGES of the type1 backend. */

#include <unistd.h>

#include "abi.h"

#define SIZE   SZ_64K
#define FIRST  SZ_1M
#define SECOND (SZ_1M + SIZE)
#define LONELY (4 * SZ_1M)

#define START VFIO_IOMMU_DIRTY_PAGES_FLAG_START
#define STOP  VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP
#define GET   VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP

struct request {
	struct vfio_iommu_type1_dirty_bitmap head;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

#define HEAD sizeof(struct vfio_iommu_type1_dirty_bitmap)
#define FULL sizeof(struct request)

static int simple(int container, uint32_t flags)
{
	struct request r = { .head = { .argsz = HEAD, .flags = flags } };

	return vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &r);
}

/* Every combination of flags, each from tracking off. */
static void flags(int container)
{
	static const uint32_t sizes[] = { 0, 4, 7, 8, 9, 12, FULL, 0xffffffff };
	struct request r;
	uint32_t bits;
	size_t i;

	for (bits = 0; bits < 16; bits++) {
		answer(simple(container, bits), "flags-0x%x", bits);
		simple(container, STOP);
	}
	for (bits = 4; bits < 32; bits++)
		gather(simple(container, 1U << bits));
	answer_gathered("flags-above");
	for (bits = START; bits <= GET; bits <<= 1) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			r = (struct request){ .head = { .argsz = sizes[i], .flags = bits } };
			answer(vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &r),
			       "flags-0x%x-argsz-%u", bits, sizes[i]);
			simple(container, STOP);
		}
	}
	answer(vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, NULL), "null");
	answer(simple(container, STOP), "stop-off");
	answer(simple(container, START), "start");
	answer(simple(container, START), "start-twice");
	answer(simple(container, STOP), "stop");
	answer(simple(container, STOP), "stop-twice");
}

static void get(int container, const char *name, uint32_t argsz, uint64_t iova, uint64_t size,
		uint64_t page, uint64_t bytes, bool null)
{
	__u64 bits[80] = { 0 };
	struct request r = {
		.head = { .argsz = argsz, .flags = GET },
		.get = { .iova = iova,
			 .size = size,
			 .bitmap = { .pgsize = page, .size = bytes, .data = null ? NULL : bits } },
	};
	int ret = vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &r);

	detail("bits=%llx,%llx,%llx,%llx", bits[0], bits[1], bits[2], bits[3]);
	answer(ret, "get-%s", name);
}

static void gets(int container)
{
	get(container, "first", FULL, FIRST, SIZE, SZ_4K, 8, false);
	get(container, "first-again", FULL, FIRST, SIZE, SZ_4K, 8, false);
	get(container, "second", FULL, SECOND, SIZE, SZ_4K, 8, false);
	get(container, "both", FULL, FIRST, 2 * SIZE, SZ_4K, 8, false);
	get(container, "part", FULL, FIRST, SIZE / 2, SZ_4K, 8, false);
	get(container, "tail", FULL, FIRST + SIZE / 2, SIZE / 2, SZ_4K, 8, false);
	get(container, "page", FULL, FIRST + SZ_4K, SZ_4K, SZ_4K, 8, false);
	get(container, "over-border", FULL, FIRST + SIZE / 2, SIZE, SZ_4K, 8, false);
	get(container, "wide", FULL, FIRST - SIZE, 4 * SIZE, SZ_4K, 8, false);
	get(container, "wide-wrong-bytes", FULL, FIRST - SIZE, 8 * SIZE, SZ_4K, 8, false);
	get(container, "wide-good-bytes", FULL, FIRST - SIZE, 8 * SIZE, SZ_4K, 16, false);
	get(container, "nothing", FULL, 2 * SZ_1M, SIZE, SZ_4K, 8, false);
	get(container, "across", FULL, 0, 8 * SZ_1M, SZ_4K, 256, false);
	get(container, "lonely", FULL, LONELY, SIZE, SZ_4K, 8, false);
	get(container, "argsz-head", HEAD, FIRST, SIZE, SZ_4K, 8, false);
	get(container, "argsz-short", FULL - 1, FIRST, SIZE, SZ_4K, 8, false);
	get(container, "argsz-long", FULL + 8, FIRST, SIZE, SZ_4K, 8, false);
	get(container, "size-0", FULL, FIRST, 0, SZ_4K, 8, false);
	get(container, "size-0-bytes-0", FULL, FIRST, 0, SZ_4K, 0, false);
	get(container, "size-1", FULL, FIRST, 1, SZ_4K, 8, false);
	get(container, "size-4097", FULL, FIRST, SZ_4K + 1, SZ_4K, 8, false);
	get(container, "unaligned", FULL, FIRST + 1, SIZE, SZ_4K, 8, false);
	get(container, "iova-512", FULL, FIRST + 512, SIZE, SZ_4K, 8, false);
	get(container, "wraps", FULL, -SZ_4K, 2 * SZ_4K, SZ_4K, 8, false);
	get(container, "wraps-to-0", FULL, -SZ_4K, SZ_4K, SZ_4K, 8, false);
	get(container, "size-max", FULL, 0, -1UL, SZ_4K, 8, false);
	get(container, "page-0", FULL, FIRST, SIZE, 0, 8, false);
	get(container, "page-1", FULL, FIRST, SIZE, 1, 8, false);
	get(container, "page-2048", FULL, FIRST, SIZE, 2048, 8, false);
	get(container, "page-3k", FULL, FIRST, SIZE, 3 << 10, 8, false);
	get(container, "page-8192", FULL, FIRST, SIZE, 8192, 8, false);
	get(container, "page-2m", FULL, FIRST, SIZE, SZ_2M, 8, false);
	get(container, "page-max", FULL, FIRST, SIZE, -1UL, 8, false);
	get(container, "bytes-0", FULL, FIRST, SIZE, SZ_4K, 0, false);
	get(container, "bytes-1", FULL, FIRST, SIZE, SZ_4K, 1, false);
	get(container, "bytes-2", FULL, FIRST, SIZE, SZ_4K, 2, false);
	get(container, "bytes-7", FULL, FIRST, SIZE, SZ_4K, 7, false);
	get(container, "bytes-16", FULL, FIRST, SIZE, SZ_4K, 16, false);
	get(container, "bytes-256m", FULL, FIRST, SIZE, SZ_4K, 256 * SZ_1M, false);
	get(container, "bytes-over-256m", FULL, FIRST, SIZE, SZ_4K, 256 * SZ_1M + 8, false);
	get(container, "bytes-max", FULL, FIRST, SIZE, SZ_4K, -1UL, false);
	get(container, "null", FULL, FIRST, SIZE, SZ_4K, 8, true);
}

static void map_all(int container, char *memory)
{
	need(!vu_map(container, memory, FIRST, SIZE, VU_RW) &&
		     !vu_map(container, memory + SIZE, SECOND, SIZE, VFIO_DMA_MAP_FLAG_READ) &&
		     !vu_map(container, memory + SIZE, LONELY, SIZE, VU_RW),
	     "mappings");
}

static void requests(const struct abi_device *device, int type, const char *name, char *memory)
{
	struct vu u = need_open(device, type);

	section("dirty/%s-empty", name);
	flags(u.container);
	gets(u.container);
	section("dirty/%s-empty-tracking", name);
	answer(simple(u.container, START), "start");
	gets(u.container);
	answer(simple(u.container, STOP), "stop");
	section("dirty/%s", name);
	map_all(u.container, memory);
	flags(u.container);
	gets(u.container);
	section("dirty/%s-tracking", name);
	answer(simple(u.container, START), "start");
	gets(u.container);
	vu_unmap_all(u.container);
	map_all(u.container, memory);
	get(u.container, "mapped-later", FULL, FIRST, 2 * SIZE, SZ_4K, 8, false);
	answer(simple(u.container, STOP), "stop");
	answer(simple(u.container, START), "start-again");
	get(u.container, "after-restart", FULL, FIRST, SIZE, SZ_4K, 8, false);
	vu_close(&u);
}

void abi_dirty(const struct abi_args *args)
{
	char *memory = vu_alloc(VU_4K, 2 * SIZE);
	int container = need_fd(vu_container_open(), "container");

	need(memory, "memory");
	section("dirty/bare");
	answer(simple(container, START), "start");
	close(container);
	requests(&args->edu, VFIO_TYPE1_IOMMU, "v1", memory);
	requests(&args->edu, VFIO_TYPE1v2_IOMMU, "v2", memory);
}
