// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VFIO_IOMMU_MAP_DMA and UNMAP_DMA cost, by CLOCK_MONOTONIC. In a machine whose
 * clock counts instructions (tests/vm/run --icount) the results are instructions, and
 * repeat. Works with any VFIO modules.
 *
 * Each case is measured several times. The median is printed, as one line of JSON:
 * {"case":NAME,"bytes":SIZE,"map":COST,"unmap":COST}.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vfio_user.h"

#define IOVA	    (256 * SZ_1M)
#define SAMPLES_MAX 1000

/* Kinds of memory: those of vfio_user.h, and two whose physical order is always the same. */
enum {
	IN_ORDER = VU_KINDS,
	HUGE_RUNS
};

struct bench {
	const char *name;
	int kind;
	uint64_t size;
	int samples;
};

/* Cases that make free memory odd come after those that want it in large pieces. */
static const struct bench benches[] = {
	{ "hugetlb", HUGE_RUNS, 64 * SZ_1M, 5 },
	{ "thp", VU_THP, 64 * SZ_1M, 5 },
	{ "4k", IN_ORDER, 64 * SZ_1M, 5 },
	{ "scattered", VU_4K, 64 * SZ_1M, 5 },
	{ "4k-pair", VU_4K, SZ_4K, SAMPLES_MAX },
	{ "2M-pair", VU_HUGETLB, SZ_2M, 100 },
	{ "hugetlb-1G", HUGE_RUNS, 1024 * SZ_1M, 5 },
};

#define BENCHES (sizeof(benches) / sizeof(benches[0]))

static uint64_t map_cost[SAMPLES_MAX], unmap_cost[SAMPLES_MAX];

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* One mapping of @size bytes made and undone, again and again. */
static int measure(const struct vu *u, const void *memory, uint64_t size, int samples)
{
	uint64_t start, mapped;
	int64_t ret;
	int i;

	for (i = 0; i < samples; i++) {
		start = now();
		ret = vu_map(u->container, memory, IOVA, size, VU_RW);
		mapped = now();
		if (ret)
			return ret;
		ret = vu_unmap(u->container, IOVA, size);
		unmap_cost[i] = now() - mapped;
		map_cost[i] = mapped - start;
		if (ret != (int64_t)size)
			return ret < 0 ? ret : -EIO;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t median(uint64_t *values, int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

/*
 * 4 KiB pages touched from first to last. As many pages before them use up what the
 * kernel has in odd pieces, so that these come out of large ones and are neighbours,
 * the same number in every run.
 */
static void *alloc_in_order(uint64_t size)
{
	char *wide;
	uint64_t offset;

	wide = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (wide == MAP_FAILED)
		return NULL;
	if (madvise(wide, 2 * size, MADV_NOHUGEPAGE)) {
		vu_free(wide, 2 * size);
		return NULL;
	}
	for (offset = 0; offset < 2 * size; offset += SZ_4K)
		wide[offset] = 1;
	munmap(wide, size);
	return wide + size;
}

struct huge_page {
	uint64_t pfn;
	char *addr;
};

/* The last comes first. */
static int compare_pfns(const void *a, const void *b)
{
	const struct huge_page *x = a, *y = b;

	return (x->pfn < y->pfn) - (x->pfn > y->pfn);
}

/* Finds out which page frames hugepages at @addr have. */
static int read_pfns(struct huge_page *pages, size_t n, char *addr)
{
	const uint64_t pfn_bits = (1ULL << 55) - 1;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;
	size_t i;

	for (i = 0; fd >= 0 && i < n; i++) {
		pages[i].addr = addr + i * SZ_2M;
		got = pread(fd, &pages[i].pfn, sizeof(uint64_t),
			    (uintptr_t)pages[i].addr / SZ_4K * sizeof(uint64_t));
		if (got != sizeof(uint64_t))
			break;
		pages[i].pfn &= pfn_bits;
	}
	close(fd);
	return got == sizeof(uint64_t) ? 0 : -1;
}

/*
 * 2 MiB hugetlb pages, the last in physical memory first: none continues the one before,
 * so there are as many runs as hugepages, whatever the pool looks like.
 */
static void *alloc_huge_runs(uint64_t size)
{
	size_t n = size / SZ_2M, i;
	struct huge_page *pages = calloc(n, sizeof(*pages));
	char *memory = NULL, *any = vu_alloc(VU_HUGETLB, size);

	if (pages && any && !read_pfns(pages, n, any)) {
		qsort(pages, n, sizeof(*pages), compare_pfns);
		memory = mmap(NULL, size + SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memory = (char *)(((uintptr_t)memory + SZ_2M - 1) & ~(SZ_2M - 1));
		for (i = 0; memory && i < n; i++)
			if (mremap(pages[i].addr, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED,
				   memory + i * SZ_2M) == MAP_FAILED)
				memory = NULL;
	}
	free(pages);
	return memory;
}

static void *alloc(const struct bench *b)
{
	switch (b->kind) {
	case IN_ORDER:
		return alloc_in_order(b->size);
	case HUGE_RUNS:
		return alloc_huge_runs(b->size);
	default:
		return vu_alloc(b->kind, b->size);
	}
}

static int run(const struct vu *u, const struct bench *b)
{
	void *memory;
	int ret;

	memory = alloc(b);
	if (!memory) {
		fprintf(stderr, "mapcost: %s: no memory: %s\n", b->name, strerror(errno));
		return 1;
	}
	ret = measure(u, memory, b->size, b->samples);
	if (ret) {
		fprintf(stderr, "mapcost: %s: map or unmap failed: %s\n", b->name, strerror(-ret));
		return 1;
	}
	printf("{\"case\":\"%s\",\"bytes\":%" PRIu64 ",\"map\":%" PRIu64 ",\"unmap\":%" PRIu64
	       "}\n",
	       b->name, b->size, median(map_cost, b->samples), median(unmap_cost, b->samples));
	fflush(stdout);
	vu_free(memory, b->size);
	return 0;
}

/* The bench of this name, or NULL. */
static const struct bench *find(const char *name)
{
	size_t i;

	for (i = 0; i < BENCHES; i++)
		if (!strcmp(name, benches[i].name))
			return &benches[i];
	return NULL;
}

static int run_all(const struct vu *u, char **names)
{
	const struct bench *b;
	size_t i;

	if (!*names) {
		for (i = 0; i < BENCHES; i++)
			if (run(u, &benches[i]))
				return 1;
		return 0;
	}
	for (; *names; names++) {
		b = find(*names);
		if (!b) {
			fprintf(stderr, "mapcost: there is no case %s\n", *names);
			return 2;
		}
		if (run(u, b))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct vu u;
	int ret;

	if (argc < 3) {
		fprintf(stderr, "usage: mapcost GROUP DEVICE [CASE]...\n");
		return 2;
	}
	ret = vu_open(&u, argv[1], argv[2], VFIO_TYPE1v2_IOMMU);
	if (ret) {
		fprintf(stderr, "mapcost: cannot open group %s: %s\n", argv[1], strerror(-ret));
		return 1;
	}
	ret = run_all(&u, argv + 3);
	vu_close(&u);
	return ret;
}
