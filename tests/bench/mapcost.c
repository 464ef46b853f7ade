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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "vfio_user.h"

#define IOVA	    (256 * SZ_1M)
#define SAMPLES_MAX 1000

/* Kinds of memory: those of vfio_user.h, and one that only the kernel's order makes. */
#define IN_ORDER VU_KINDS

struct bench {
	const char *name;
	enum vu_kind kind;
	uint64_t size;
	int samples;
};

/* Cases that make free memory odd come after those that want it in large pieces. */
static const struct bench benches[] = {
	{ "hugetlb", VU_HUGETLB, 64 * SZ_1M, 5 },
	{ "thp", VU_THP, 64 * SZ_1M, 5 },
	{ "4k", IN_ORDER, 64 * SZ_1M, 5 },
	{ "scattered", VU_4K, 64 * SZ_1M, 5 },
	{ "4k-pair", VU_4K, SZ_4K, SAMPLES_MAX },
	{ "2M-pair", VU_HUGETLB, SZ_2M, 100 },
	{ "hugetlb-1G", VU_HUGETLB, 1024 * SZ_1M, 5 },
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

static int run(const struct vu *u, const struct bench *b)
{
	void *memory;
	int ret;

	memory = b->kind == IN_ORDER ? alloc_in_order(b->size) : vu_alloc(b->kind, b->size);
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
