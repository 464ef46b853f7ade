// SPDX-License-Identifier: GPL-2.0-only
/* Maps and unmaps the same amount of memory in 4K, THP and 2M hugetlb pages. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

/* Room for the largest --size of each kind. */
#define KIND_STRIDE 0x1000000000UL
#define MAX_MIB	    (KIND_STRIDE / SZ_1M)

struct settings {
	const char *group;
	const char *device;
	uint64_t size;
	uint64_t count;
	uint64_t interval_ms;
	bool kinds[VU_KINDS];
	bool gigantic;
	bool loop;
	bool hold;
	bool dirty;
};

/* Of all IOVAs; user addresses are multiples of 2 MiB. */
static uint64_t shift;

static const char usage_text[] =
	"usage: hugemap --group N --device ADDRESS [OPTION]...\n"
	"\n"
	"  --size MIB          of each kind of memory (64)\n"
	"  --kind KIND         4k, thp, hugetlb or all (all)\n"
	"  --gigantic          hugetlb memory is in pages of 1 GiB, and so is --size\n"
	"  --shift KIB         of the IOVAs, so that they and addresses differ modulo 2 MiB\n"
	"  --count N           rounds of mapping and unmapping (1)\n"
	"  --loop              until SIGTERM or SIGINT\n"
	"  --interval-ms MS    wait between rounds\n"
	"  --dirty             in the last round track dirty pages, get a bitmap of each kind,\n"
	"                      and fail to get one\n"
	"  --hold              in the last round print \"ready\" and stay mapped until stdin ends\n"
	"\n"
	"Each kind is one mapping a round. At the end one line of JSON says what was done.\n";

static void parse(struct settings *s, int argc, char **argv)
{
	uint64_t mib = 64, kib = 0;
	const char *name = "all";
	const struct workload_option options[] = {
		{ .name = "group", .text = &s->group, .required = true },
		{ .name = "device", .text = &s->device, .required = true },
		{ .name = "size", .number = &mib, .max = MAX_MIB },
		{ .name = "kind", .text = &name },
		{ .name = "shift", .number = &kib, .max = 2048 },
		{ .name = "count", .number = &s->count, .max = UINT32_MAX },
		{ .name = "gigantic", .flag = &s->gigantic },
		{ .name = "loop", .flag = &s->loop },
		{ .name = "interval-ms", .number = &s->interval_ms, .max = INT_MAX },
		{ .name = "hold", .flag = &s->hold },
		{ .name = "dirty", .flag = &s->dirty },
		{ 0 },
	};
	enum vu_kind kind;
	bool all;

	workload_options(argc, argv, usage_text, options);
	all = !strcmp(name, "all");
	if (!all && vu_kind_of(name) == VU_KINDS) {
		fputs(usage_text, stderr);
		exit(2);
	}
	for (kind = 0; kind < VU_KINDS; kind++)
		s->kinds[kind] = all || kind == vu_kind_of(name);
	s->size = mib * SZ_1M;
	shift = kib * 1024;
	if (s->kinds[VU_HUGETLB] || s->kinds[VU_THP])
		s->size = (s->size + SZ_2M - 1) & ~(SZ_2M - 1);
	if (s->gigantic)
		s->size = (s->size + SZ_1G - 1) & ~(SZ_1G - 1);
}

static uint64_t iova_of(enum vu_kind kind)
{
	return WORKLOAD_IOVA + kind * KIND_STRIDE + shift;
}

static void map(struct tally *t, int container, enum vu_kind kind, const void *addr, uint64_t size)
{
	int ret = vu_map(container, addr, iova_of(kind), size, VU_RW);

	if (ret)
		die(ret, "cannot map %" PRIu64 " bytes of %s memory", size, vu_kind_names[kind]);
	t->maps++;
	t->bytes_mapped += size;
}

static void unmap(struct tally *t, int container, enum vu_kind kind, uint64_t size)
{
	int64_t ret = vu_unmap(container, iova_of(kind), size);

	if (ret < 0)
		die(ret, "cannot unmap %s memory", vu_kind_names[kind]);
	if ((uint64_t)ret != size)
		die(0, "unmapped %" PRId64 " of %" PRIu64 " bytes of %s memory", ret, size,
		    vu_kind_names[kind]);
	t->unmaps++;
	t->bytes_unmapped += size;
}

/* --- The dirty log --------------------------------------------------------------------------- */

struct dirty_get {
	struct vfio_iommu_type1_dirty_bitmap head;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

static int dirty(int container, uint32_t flags, uint64_t iova, uint64_t size, void *bitmap)
{
	struct dirty_get request = {
		.head = { .argsz = sizeof(request), .flags = flags },
		.get = {
			.iova = iova,
			.size = size,
			.bitmap = {
				.pgsize = SZ_4K,
				.size = size / SZ_4K / 8,
				.data = bitmap,
			},
		},
	};

	return vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &request);
}

static void track(int container, const struct settings *s)
{
	uint64_t *bitmap = calloc(1, s->size / SZ_4K / 8);
	enum vu_kind kind;
	int ret;

	if (!bitmap)
		die(-errno, "no memory for a bitmap");
	ret = dirty(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_START, 0, 0, NULL);
	for (kind = 0; !ret && kind < VU_KINDS; kind++)
		if (s->kinds[kind])
			ret = dirty(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
				    iova_of(kind), s->size, bitmap);
	if (ret)
		die(ret, "cannot track dirty pages");
	if (!dirty(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP, 1, SZ_4K, bitmap))
		die(0, "a bitmap was got from the middle of a page");
	ret = dirty(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP, 0, 0, NULL);
	if (ret)
		die(ret, "cannot stop tracking dirty pages");
	free(bitmap);
}

static void report(const struct tally *tally, const struct settings *s)
{
	struct tally sum = { 0 };
	const char *comma = "";
	enum vu_kind kind;

	for (kind = 0; kind < VU_KINDS; kind++) {
		sum.maps += tally[kind].maps;
		sum.unmaps += tally[kind].unmaps;
		sum.bytes_mapped += tally[kind].bytes_mapped;
		sum.bytes_unmapped += tally[kind].bytes_unmapped;
	}
	putchar('{');
	tally_print(stdout, &sum);
	printf(",\"kinds\":{");
	for (kind = 0; kind < VU_KINDS; kind++) {
		if (!s->kinds[kind])
			continue;
		printf("%s\"%s\":{", comma, vu_kind_names[kind]);
		tally_print(stdout, &tally[kind]);
		putchar('}');
		comma = ",";
	}
	puts("}}");
}

int main(int argc, char **argv)
{
	struct settings s = { .count = 1 };
	struct tally tally[VU_KINDS] = { 0 };
	void *memory[VU_KINDS] = { 0 };
	enum vu_kind kind;
	uint64_t round;
	struct vu u;
	bool last;

	parse(&s, argc, argv);
	workload_catch_signals();
	for (kind = 0; kind < VU_KINDS; kind++) {
		if (!s.kinds[kind])
			continue;
		memory[kind] = kind == VU_HUGETLB && s.gigantic ? vu_alloc_hugetlb(s.size, SZ_1G)
								: vu_alloc(kind, s.size);
		if (!memory[kind])
			die(-errno, "no %" PRIu64 " bytes of %s memory", s.size,
			    vu_kind_names[kind]);
	}
	workload_open(&u, s.group, s.device);

	for (round = 1, last = false; !last; round++) {
		last = !s.loop && round == s.count;
		if (workload_wait(round > 1 ? (int)s.interval_ms : 0, false) == WORKLOAD_SIGNAL)
			break;
		for (kind = 0; kind < VU_KINDS; kind++)
			if (memory[kind])
				map(&tally[kind], u.container, kind, memory[kind], s.size);
		if (last && s.dirty)
			track(u.container, &s);
		if (last && s.hold)
			workload_hold();
		for (kind = 0; kind < VU_KINDS; kind++)
			if (memory[kind])
				unmap(&tally[kind], u.container, kind, s.size);
	}

	report(tally, &s);
	vu_close(&u);
	return 0;
}
