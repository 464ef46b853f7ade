// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VFIO_IOMMU_MAP_DMA and UNMAP_DMA cost, by CLOCK_MONOTONIC. In a machine whose
 * clock counts instructions (tests/vm/run --icount) the results are instructions, and
 * repeat. Works with any VFIO modules.
 *
 * Each case is measured several times; the least is printed, as one line of JSON.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vfio_user.h"

#define IOVA   (256 * SZ_1M)
#define REPEAT 3

struct cost {
	uint64_t map;
	uint64_t unmap;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* One mapping of @size bytes made and undone @count times. */
static int measure(const struct vu *u, const void *memory, uint64_t size, int count,
		   struct cost *cost)
{
	uint64_t start, mapped, map = 0, unmap = 0;
	int i, ret;

	for (i = 0; i < count; i++) {
		start = now();
		ret = vu_map(u->container, memory, IOVA, size, VU_RW);
		mapped = now();
		if (ret)
			return ret;
		if (vu_unmap(u->container, IOVA, size) != (int64_t)size)
			return -1;
		unmap += now() - mapped;
		map += mapped - start;
	}
	cost->map = map / count;
	cost->unmap = unmap / count;
	return 0;
}

static int run_case(const struct vu *u, const char *name, enum vu_kind kind, uint64_t size,
		    int count)
{
	struct cost cost, best = { UINT64_MAX, UINT64_MAX };
	void *memory = vu_alloc(kind, size);
	int i, ret;

	if (!memory) {
		perror(name);
		return 1;
	}
	for (i = 0; i < REPEAT; i++) {
		ret = measure(u, memory, size, count, &cost);
		if (ret) {
			fprintf(stderr, "%s: map or unmap failed: %d\n", name, ret);
			return 1;
		}
		if (cost.map < best.map)
			best.map = cost.map;
		if (cost.unmap < best.unmap)
			best.unmap = cost.unmap;
	}
	printf("{\"case\":\"%s\",\"bytes\":%" PRIu64 ",\"map\":%" PRIu64 ",\"unmap\":%" PRIu64 "}\n",
	       name, size, best.map, best.unmap);
	fflush(stdout);
	vu_free(memory, size);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		enum vu_kind kind;
		uint64_t size;
		int count;
	} cases[] = {
		{ "4k-64M", VU_4K, 64 * SZ_1M, 1 },
		{ "thp-64M", VU_THP, 64 * SZ_1M, 1 },
		{ "hugetlb-64M", VU_HUGETLB, 64 * SZ_1M, 1 },
		{ "hugetlb-1G", VU_HUGETLB, 1024 * SZ_1M, 1 },
		{ "4k-pair", VU_4K, SZ_4K, 1000 },
		{ "2M-pair", VU_HUGETLB, SZ_2M, 100 },
	};
	struct vu u;
	size_t i;
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: mapcost GROUP DEVICE\n");
		return 2;
	}
	ret = vu_open(&u, argv[1], argv[2], VFIO_TYPE1v2_IOMMU);
	if (ret) {
		fprintf(stderr, "mapcost: cannot open group %s: %s\n", argv[1], strerror(-ret));
		return 1;
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (run_case(&u, cases[i].name, cases[i].kind, cases[i].size, cases[i].count))
			return 1;
	}
	vu_close(&u);
	return 0;
}
