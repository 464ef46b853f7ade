// SPDX-License-Identifier: GPL-2.0-only
/* Row T8: what the backend tells about itself, and which pages a device may have written. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

#define IOVA	     (256 * SZ_1M)
#define SIZE	     SZ_64K
#define PAGES(bytes) ((bytes) / SZ_4K)

#define MSI_FIRST  0xfee00000UL
#define MSI_LAST   0xfeefffffUL
#define BITMAP_MAX (256 * SZ_1M)

/* The kernel's answer to VFIO_IOMMU_GET_INFO ends before this. */
#define INFO_MAX 4096
#define GUARD	 0xa5

#define START VFIO_IOMMU_DIRTY_PAGES_FLAG_START
#define STOP  VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP
#define GET   VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP

/* --- Information ----------------------------------------------------------------------------- */

static bool untouched(const unsigned char *buf, size_t from, size_t to)
{
	for (; from < to; from++)
		if (buf[from] != GUARD)
			return false;
	return true;
}

static void info_sizes(int container)
{
	unsigned char buf[INFO_MAX] __attribute__((aligned(8)));
	struct vfio_iommu_type1_info *info = (void *)buf;
	const size_t least = offsetof(struct vfio_iommu_type1_info, cap_offset);
	const size_t sizes[] = { least, least + 4, sizeof(*info), sizeof(*info) + 8 };
	uint32_t needed;
	size_t i;

	*info = (struct vfio_iommu_type1_info){ .argsz = least - 1 };
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, info), -EINVAL,
		"T8: GET_INFO with a short argsz is refused");
	info->argsz = 0;
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, info), -EINVAL,
		"T8: GET_INFO with argsz 0 is refused");
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, NULL), -EFAULT,
		"T8: GET_INFO to nowhere is refused");

	info->argsz = sizeof(*info);
	need(!vu_ioctl(container, VFIO_IOMMU_GET_INFO, info), "T8: GET_INFO");
	needed = info->argsz;
	ok(needed > sizeof(*info) && needed < INFO_MAX,
	   "T8: argsz tells how much the answer needs");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(buf, GUARD, sizeof(buf));
		info->argsz = sizes[i];
		returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, info), 0,
			"T8: GET_INFO with an argsz of %zu", sizes[i]);
		is(info->argsz, needed, "T8: says what it needs");
		ok(untouched(buf, sizes[i] < sizeof(*info) ? sizes[i] : sizeof(*info), INFO_MAX),
		   "T8: and writes no further than argsz and the fixed part");
		is(info->flags, VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS,
		   "T8: with its flags");
	}
	memset(buf, GUARD, sizeof(buf));
	info->argsz = needed - 1;
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, info), 0,
		"T8: GET_INFO with a byte too few for the capabilities");
	is(info->cap_offset, 0, "T8: gives none of them");
	memset(buf, GUARD, sizeof(buf));
	info->argsz = needed + 64;
	returns(vu_ioctl(container, VFIO_IOMMU_GET_INFO, info), 0,
		"T8: GET_INFO with more room than it needs");
	is(info->argsz, needed + 64, "T8: keeps argsz");
	ok(info->cap_offset >= sizeof(*info) && info->cap_offset < needed,
	   "T8: and gives the capabilities");
	ok(untouched(buf, needed, INFO_MAX), "T8: and writes no further than they are");
}

static struct vfio_iommu_type1_info *need_info(int container)
{
	struct vfio_iommu_type1_info *info = vu_iommu_info(container);

	need(info, "T8: GET_INFO");
	return info;
}

static void capabilities(int container, const void *memory)
{
	struct vfio_iommu_type1_info *info = need_info(container);
	const struct vfio_iommu_type1_info_cap_iova_range *ranges;
	const struct vfio_iommu_type1_info_cap_migration *migration;
	uint64_t before = 0;
	bool sorted = true, clear = true;
	uint32_t i;

	ok(info->iova_pgsizes & SZ_4K, "T8: the IOMMU has pages of 4 KiB");
	is(info->iova_pgsizes & (SZ_4K - 1), 0, "T8: and none smaller than the CPU's");

	ranges = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	need(ranges && ranges->nr_iovas, "T8: the capability of IOVA ranges");
	for (i = 0; i < ranges->nr_iovas; i++) {
		const struct vfio_iova_range *r = &ranges->iova_ranges[i];

		sorted &= r->start <= r->end && (!i || r->start > before);
		clear &= r->end < MSI_FIRST || r->start > MSI_LAST;
		before = r->end;
		/* Both ends can be used; what lies beyond them is tested by the area args. */
		ok(!vu_map(container, memory, r->start, SZ_4K, VU_RW) &&
			   !vu_map(container, memory, r->end - SZ_4K + 1, SZ_4K, VU_RW),
		   "T8: both ends of IOVA range %u can be mapped", i);
		is(vu_unmap_all(container), 2 * SZ_4K, "T8: and unmapped");
	}
	ok(sorted, "T8: IOVA ranges ascend and do not overlap");
	ok(clear, "T8: IOVA ranges leave out the interrupt window");

	migration = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION);
	need(migration, "T8: the capability of migration");
	is(migration->pgsize_bitmap, SZ_4K, "T8: dirty pages are pages of 4 KiB");
	is(migration->max_dirty_bitmap_size, BITMAP_MAX, "T8: bitmaps are up to 256 MiB");
	is(migration->flags, 0, "T8: the capability of migration has no flags");
	free(info);
}

static void mappings_left(int container, const void *memory)
{
	int64_t left = vu_mappings_left(container);
	int i;

	ok(left > 0, "T8: the capability of available mappings");
	for (i = 1; i <= 3; i++) {
		need(!vu_map(container, memory, IOVA + i * SIZE, SIZE, VU_RW), "T1: map");
		is(vu_mappings_left(container), left - i, "T8: %d mappings: so many less", i);
	}
	need(vu_map(container, memory, IOVA + SIZE, SIZE, VU_RW) == -EEXIST, "T2: overlap");
	is(vu_mappings_left(container), left - 3, "T8: a map that fails takes none");
	is(vu_unmap(container, IOVA + SIZE, SIZE), SIZE, "T8: unmap one");
	is(vu_mappings_left(container), left - 2, "T8: and it is available again");
	is(vu_unmap_all(container), 2 * SIZE, "T8: unmap all");
	is(vu_mappings_left(container), left, "T8: and all are available again");
}

/* The first name in a directory that begins so, or false. */
static bool entry_like(const char *path, const char *prefix, char *name, size_t size)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		found = !strncmp(entry->d_name, prefix, strlen(prefix));
		if (found)
			snprintf(name, size, "%s/%s", path, entry->d_name);
	}
	closedir(dir);
	return found;
}

/* Can this machine's IOMMU overrule a device's no-snoop? */
static bool iommu_snoops(void)
{
	char path[300], file[340];
	unsigned long long ecap;
	FILE *f;

	/* AMD-Vi always does. */
	if (entry_like("/sys/class/iommu", "ivhd", path, sizeof(path)))
		return true;
	if (!entry_like("/sys/class/iommu", "dmar", path, sizeof(path)))
		return false;
	snprintf(file, sizeof(file), "%s/intel-iommu/ecap", path);
	f = fopen(file, "re");
	need(f && fscanf(f, "%llx", &ecap) == 1, "read %s", file);
	fclose(f);
	return ecap >> 7 & 1;
}

static void extensions(const struct vu *u)
{
	static const struct {
		unsigned long number;
		const char *name;
		int want;
	} all[] = {
		{ VFIO_TYPE1_IOMMU, "TYPE1", 1 },     { VFIO_TYPE1v2_IOMMU, "TYPE1v2", 1 },
		{ VFIO_UNMAP_ALL, "UNMAP_ALL", 1 },   { VFIO_UPDATE_VADDR, "UPDATE_VADDR", 0 },
		{ VFIO_SPAPR_TCE_IOMMU, "SPAPR", 0 }, { VFIO_EEH, "EEH", 0 },
	};
	int bare = vu_container_open();
	size_t i;

	need(bare >= 0, "C1: container opens");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		is(vu_ioctl(u->container, VFIO_CHECK_EXTENSION, (void *)all[i].number), all[i].want,
		   "T8: extension %s", all[i].name);
		is(vu_ioctl(bare, VFIO_CHECK_EXTENSION, (void *)all[i].number), all[i].want,
		   "T8: extension %s of a container without a group", all[i].name);
	}
	is(vu_ioctl(u->container, VFIO_CHECK_EXTENSION, (void *)VFIO_DMA_CC_IOMMU), iommu_snoops(),
	   "T8: extension DMA_CC says what the hardware says: %s", iommu_snoops() ? "yes" : "no");
	is(vu_ioctl(bare, VFIO_CHECK_EXTENSION, (void *)VFIO_DMA_CC_IOMMU), 0,
	   "T8: extension DMA_CC of a container without a group");
	vu_close(&(struct vu){ bare, -1, -1 });
}

/* --- Dirty pages ----------------------------------------------------------------------------- */

struct dirty_get {
	struct vfio_iommu_type1_dirty_bitmap head;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

struct dirty_unmap {
	struct vfio_iommu_type1_dma_unmap head;
	struct vfio_bitmap bitmap;
};

static int track(int container, uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = { .argsz = sizeof(dirty), .flags = flags };

	return vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &dirty);
}

static void request(struct dirty_get *r, uint64_t iova, uint64_t size, void *data, uint64_t bytes)
{
	*r = (struct dirty_get){
		.head = { .argsz = sizeof(*r), .flags = GET },
		.get = { .iova = iova, .size = size, .bitmap = { SZ_4K, bytes, data } },
	};
}

static int get(int container, uint64_t iova, uint64_t size, void *data, uint64_t bytes)
{
	struct dirty_get r;

	request(&r, iova, size, data, bytes);
	return vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &r);
}

static uint64_t bitmap_bytes(uint64_t size)
{
	return (PAGES(size) + 63) / 64 * 8;
}

static void set_bits(uint64_t *bitmap, uint64_t from, uint64_t count)
{
	for (; count--; from++)
		bitmap[from / 64] |= 1UL << from % 64;
}

struct piece {
	uint64_t first_page;
	uint64_t pages;
	uint32_t flags;
};

/* Maps @pieces, which @memory is large enough for, and sets the bits that must come out. */
static void map_pieces(int container, const void *memory, const struct piece *pieces, size_t count,
		       uint64_t *want)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct piece *p = &pieces[i];

		need(!vu_map(container, memory, IOVA + p->first_page * SZ_4K, p->pages * SZ_4K,
			     p->flags),
		     "T1: map piece %zu", i);
		if (p->flags & VFIO_DMA_MAP_FLAG_WRITE)
			set_bits(want, p->first_page, p->pages);
	}
}

/* The bitmap of @size at IOVA, in memory that says which bytes were not written. */
static bool bitmap_is(int container, uint64_t size, const uint64_t *want)
{
	uint64_t bytes = bitmap_bytes(size), i;
	unsigned char *got = malloc(bytes + 64);
	bool same;
	int ret;

	need(got, "memory");
	memset(got, GUARD, bytes + 64);
	ret = get(container, IOVA, size, got, bytes + 64);
	same = !ret && !memcmp(got, want, bytes) && untouched(got, bytes, bytes + 64);
	if (ret)
		note("returned %d", ret);
	for (i = 0; !ret && i < bytes / 8; i++) {
		uint64_t word;

		memcpy(&word, got + i * 8, 8);
		if (word != want[i])
			note("word %lu: got %016lx, expected %016lx", (unsigned long)i,
			     (unsigned long)word, (unsigned long)want[i]);
	}
	free(got);
	return same;
}

static void positions(int container, const void *memory)
{
	static const struct piece pieces[] = {
		{ 0, 1, VU_RW },
		{ 3, 5, VFIO_DMA_MAP_FLAG_WRITE },
		{ 8, 2, VFIO_DMA_MAP_FLAG_READ },
		{ 61, 7, VU_RW },
		{ 127, 1, VU_RW },
		{ 128, 1, VFIO_DMA_MAP_FLAG_READ },
		{ 130, 16, VU_RW },
		{ 199, 1, VU_RW },
	};
	uint64_t want[8] = { 0 }, size = 200 * SZ_4K;

	map_pieces(container, memory, pieces, sizeof(pieces) / sizeof(pieces[0]), want);
	ok(bitmap_is(container, size, want),
	   "T8: bits of pages that a device may write, none of others, none beyond the range");
	ok(bitmap_is(container, size, want), "T8: and the same when asked again");
	ok(bitmap_is(container, 300 * SZ_4K, want), "T8: and in a longer range");
	is(vu_unmap(container, IOVA + 3 * SZ_4K, 5 * SZ_4K), 5 * SZ_4K, "T8: unmap one of them");
	want[0] &= ~(0x1fUL << 3);
	ok(bitmap_is(container, size, want), "T8: its bits are gone");
	is(vu_unmap_all(container), (uint64_t)(1 + 2 + 7 + 1 + 1 + 16 + 1) * SZ_4K,
	   "T8: unmap all while tracking is on");
	memset(want, 0, sizeof(want));
	ok(bitmap_is(container, size, want), "T8: nothing is dirty where nothing is mapped");
}

/* Ranges whose bitmap the kernel makes in several pieces of 128 MiB. */
static void large(int container, const void *memory)
{
	const uint64_t chunk = PAGES(128 * SZ_1M);
	const struct piece pieces[] = {
		{ 0, 1, VU_RW },
		{ chunk - 3, 6, VU_RW },
		{ 2 * chunk - 1, 1, VU_RW },
		{ 2 * chunk, 1, VFIO_DMA_MAP_FLAG_READ },
		{ 3 * chunk + 64, 9, VU_RW },
	};
	uint64_t size = 3 * 128 * SZ_1M + 77 * SZ_4K;
	uint64_t *want = calloc(1, bitmap_bytes(size));

	need(want, "memory");
	map_pieces(container, memory, pieces, sizeof(pieces) / sizeof(pieces[0]), want);
	ok(bitmap_is(container, size, want), "T8: bits are right across 128 MiB");
	free(want);
	vu_unmap_all(container);
}

static void tracking(int container)
{
	uint64_t word = 0;

	returns(get(container, IOVA, SIZE, &word, 8), -EINVAL,
		"T8: dirty pages while tracking is off are refused");
	returns(track(container, START), 0, "T8: start tracking");
	returns(track(container, START), 0, "T8: start it twice");
	returns(get(container, IOVA, SIZE, &word, 8), 0, "T8: dirty pages while tracking is on");
	returns(track(container, STOP), 0, "T8: stop tracking");
	returns(track(container, STOP), 0, "T8: stop it twice");
	returns(get(container, IOVA, SIZE, &word, 8), -EINVAL, "T8: dirty pages are refused again");
}

static void refused_flags(int container)
{
	static const struct {
		const char *what;
		uint32_t flags;
	} bad[] = {
		{ "without flags", 0 },
		{ "with start and stop", START | STOP },
		{ "with start and get", START | GET },
		{ "with stop and get", STOP | GET },
		{ "with all flags", START | STOP | GET },
		{ "with an unknown flag", 1U << 3 },
		{ "with start and an unknown flag", START | 1U << 31 },
	};
	struct vfio_iommu_type1_dirty_bitmap dirty = { .argsz = sizeof(dirty) - 1, .flags = STOP };
	struct dirty_get r;
	uint64_t word;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		returns(track(container, bad[i].flags), -EINVAL, "T8: DIRTY_PAGES %s is refused",
			bad[i].what);
	returns(vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &dirty), -EINVAL,
		"T8: DIRTY_PAGES with a short argsz is refused");
	returns(vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, NULL), -EFAULT,
		"T8: DIRTY_PAGES from nowhere is refused");
	request(&r, IOVA, SIZE, &word, 8);
	r.head.argsz--;
	returns(vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &r), -EINVAL,
		"T8: get with a short argsz is refused");
	returns(get(container, IOVA, SIZE, &word, 8), 0, "T8: tracking is still on");
}

static void refused_gets(int container, const void *memory)
{
	char *hole =
		mmap(NULL, 2 * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t words[4], big = 128 * SZ_1M;
	struct dirty_get r;
	const struct {
		const char *what;
		uint64_t iova, size, pgsize, bytes;
		void *data;
		int want;
	} bad[] = {
		{ "of pages of 2 MiB", IOVA, SZ_2M, SZ_2M, 8, words, -EINVAL },
		{ "of pages of 2 KiB", IOVA, SIZE, SZ_4K / 2, 32, words, -EINVAL },
		{ "of pages of 0", IOVA, SIZE, 0, 32, words, -EINVAL },
		{ "of nothing", IOVA, 0, SZ_4K, 8, words, -EINVAL },
		{ "at a misaligned IOVA", IOVA + 512, SIZE, SZ_4K, 8, words, -EINVAL },
		{ "of a misaligned size", IOVA, SIZE + 512, SZ_4K, 8, words, -EINVAL },
		{ "past the end of IOVAs", -SZ_4K, 2 * SZ_4K, SZ_4K, 8, words, -EINVAL },
		{ "into no bitmap", IOVA, SIZE, SZ_4K, 0, words, -EINVAL },
		{ "into 7 bytes", IOVA, SIZE, SZ_4K, 7, words, -EINVAL },
		{ "of 65 pages into 8 bytes", IOVA, 65 * SZ_4K, SZ_4K, 8, words, -EINVAL },
		{ "of 8 TiB and a page", 0, (8UL << 40) + SZ_4K, SZ_4K, BITMAP_MAX + 8, words,
		  -EINVAL },
		{ "into 2^64 - 8 bytes", IOVA, SIZE, SZ_4K, -8UL, words, -EINVAL },
		{ "of all IOVAs", 0, -SZ_4K, SZ_4K, BITMAP_MAX, words, -EINVAL },
		{ "that ends inside a mapping", IOVA, SIZE - SZ_4K, SZ_4K, 8, words, -EINVAL },
		{ "that starts inside a mapping", IOVA + SZ_4K, SIZE, SZ_4K, 8, words, -EINVAL },
		{ "in the middle of a mapping", IOVA + SZ_4K, SZ_4K, SZ_4K, 8, words, -EINVAL },
		{ "to nowhere", IOVA, SIZE, SZ_4K, 8, NULL, -EFAULT },
		{ "to the kernel's memory", IOVA, SIZE, SZ_4K, 8, (void *)0xffff888000000000UL,
		  -EFAULT },
		{ "to an unmapped page", IOVA, SIZE, SZ_4K, 8, hole + SZ_4K, -EFAULT },
		{ "to memory that ends in the middle", IOVA, big * 2, SZ_4K, bitmap_bytes(big * 2),
		  hole, -EFAULT },
	};
	size_t i;

	need(hole != MAP_FAILED && !munmap(hole + SZ_4K, SZ_4K), "mmap");
	need(!vu_map(container, memory, IOVA, SIZE, VU_RW), "T1: map");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request(&r, bad[i].iova, bad[i].size, bad[i].data, bad[i].bytes);
		r.get.bitmap.pgsize = bad[i].pgsize;
		returns(vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &r), bad[i].want,
			"T8: dirty pages %s are refused", bad[i].what);
	}
	is(vu_unmap_all(container), SIZE, "T8: the mapping is as it was");
	munmap(hole, SZ_4K);
}

static int unmap_dirty(int container, uint64_t iova, uint64_t *size, struct vfio_bitmap bitmap,
		       uint32_t flags)
{
	struct dirty_unmap r = {
		.head = { .argsz = sizeof(r), .flags = flags, .iova = iova, .size = *size },
		.bitmap = bitmap,
	};
	int ret = vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &r.head);

	*size = r.head.size;
	return ret;
}

static void unmap_with_bitmap(int container, const void *memory)
{
	static const struct piece pieces[] = {
		{ 2, 16, VU_RW },
		{ 18, 3, VFIO_DMA_MAP_FLAG_READ },
		{ 62, 4, VU_RW },
	};
	const uint32_t with = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
	uint64_t want[2] = { 0 }, size;
	__u64 got[3];
	struct ledger before = ledger_now(), mapped;
	const struct {
		const char *what;
		struct vfio_bitmap bitmap;
		uint64_t size;
		uint32_t flags;
		int want;
	} bad[] = {
		{ "a bitmap of larger pages", { SZ_2M, 16, got }, 66 * SZ_4K, with, -EINVAL },
		{ "a bitmap too small", { SZ_4K, 8, got }, 66 * SZ_4K, with, -EINVAL },
		{ "a bitmap nowhere", { SZ_4K, 16, NULL }, 66 * SZ_4K, with, -EFAULT },
		{ "a range that cuts a mapping", { SZ_4K, 16, got }, 65 * SZ_4K, with, -EINVAL },
		{ "no size", { SZ_4K, 16, got }, 0, with, -EINVAL },
		{ "all mappings", { SZ_4K, 16, got }, 0, with | VFIO_DMA_UNMAP_FLAG_ALL, -EINVAL },
	};
	struct dirty_unmap r = {
		.head = { sizeof(r) - 1, with, IOVA, 66 * SZ_4K },
		.bitmap = { SZ_4K, 16, got },
	};
	size_t i;

	map_pieces(container, memory, pieces, sizeof(pieces) / sizeof(pieces[0]), want);
	mapped = ledger_now();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size = bad[i].size;
		returns(unmap_dirty(container, IOVA, &size, bad[i].bitmap, bad[i].flags),
			bad[i].want, "T8: unmap with dirty pages and %s is refused", bad[i].what);
	}
	returns(vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &r.head), -EINVAL,
		"T8: unmap with dirty pages and a short argsz is refused");
	ledger_same(&mapped, "T8: none of these unmapped anything");

	memset(got, GUARD, sizeof(got));
	size = 66 * SZ_4K;
	returns(unmap_dirty(container, IOVA, &size, (struct vfio_bitmap){ SZ_4K, 16, got }, with),
		0, "T8: unmap with dirty pages");
	is(size, 23 * SZ_4K, "T8: says how much it unmapped");
	ok(!memcmp(got, want, sizeof(want)), "T8: and which pages were dirty");
	ok(untouched((void *)got, sizeof(want), sizeof(got)), "T8: and writes no further");
	ledger_same(&before, "T8: the pages are unpinned");
}

void check_dirty(const struct check_args *args)
{
	struct ledger before = ledger_now();
	void *memory = need_memory(VU_4K, SIZE);
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	uint64_t word;

	info_sizes(u.container);
	capabilities(u.container, memory);
	mappings_left(u.container, memory);
	extensions(&u);

	tracking(u.container);
	need(!track(u.container, START), "T8: start tracking");
	refused_flags(u.container);
	refused_gets(u.container, memory);
	positions(u.container, memory);
	large(u.container, memory);
	unmap_with_bitmap(u.container, memory);
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	returns(get(u.container, IOVA, SIZE, &word, 8), -EINVAL,
		"T8: tracking is off in a new container");
	vu_close(&u);
	vu_free(memory, SIZE);
	ledger_same(&before, "T8: nothing stays pinned");
}
