// SPDX-License-Identifier: GPL-2.0-only
/* Maps and unmaps the same amount of memory in 4K, THP and 2M hugetlb pages. */

#include <errno.h>
#include <getopt.h>
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
	unsigned int interval_ms;
	bool kinds[VU_KINDS];
	bool loop;
	bool hold;
};

static const char usage_text[] =
	"usage: hugemap --group N --device ADDRESS [OPTION]...\n"
	"\n"
	"  --size MIB          of each kind of memory (64)\n"
	"  --kind KIND         4k, thp, hugetlb or all (all)\n"
	"  --count N           rounds of mapping and unmapping (1)\n"
	"  --loop              until SIGTERM or SIGINT\n"
	"  --interval-ms MS    wait between rounds\n"
	"  --hold              in the last round print \"ready\" and stay mapped until stdin ends\n"
	"\n"
	"Each kind is one mapping a round. At the end one line of JSON says what was done.\n";

static void parse(struct settings *s, int argc, char **argv)
{
	enum {
		GROUP,
		DEVICE,
		SIZE,
		KIND,
		COUNT,
		LOOP,
		INTERVAL,
		HOLD,
		HELP
	};
	static const struct option options[] = {
		{ "group", required_argument, NULL, GROUP },
		{ "device", required_argument, NULL, DEVICE },
		{ "size", required_argument, NULL, SIZE },
		{ "kind", required_argument, NULL, KIND },
		{ "count", required_argument, NULL, COUNT },
		{ "loop", no_argument, NULL, LOOP },
		{ "interval-ms", required_argument, NULL, INTERVAL },
		{ "hold", no_argument, NULL, HOLD },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	enum vu_kind kind;
	bool all = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case GROUP:
			s->group = optarg;
			break;
		case DEVICE:
			s->device = optarg;
			break;
		case SIZE:
			s->size = number_argument("size", optarg, MAX_MIB) * SZ_1M;
			break;
		case KIND:
			if (!strcmp(optarg, "all"))
				break;
			kind = vu_kind_of(optarg);
			if (kind == VU_KINDS)
				goto wrong;
			s->kinds[kind] = true;
			all = false;
			break;
		case COUNT:
			s->count = number_argument("count", optarg, UINT32_MAX);
			break;
		case LOOP:
			s->loop = true;
			break;
		case INTERVAL:
			s->interval_ms = number_argument("interval-ms", optarg, INT_MAX);
			break;
		case HOLD:
			s->hold = true;
			break;
		case HELP:
			fputs(usage_text, stdout);
			exit(0);
		default:
			goto wrong;
		}
	}
	if (optind < argc || !s->group || !s->device)
		goto wrong;
	for (kind = 0; all && kind < VU_KINDS; kind++)
		s->kinds[kind] = true;
	if (s->kinds[VU_HUGETLB] || s->kinds[VU_THP])
		s->size = (s->size + SZ_2M - 1) & ~(SZ_2M - 1);
	return;

wrong:
	fputs(usage_text, stderr);
	exit(2);
}

static uint64_t iova_of(enum vu_kind kind)
{
	return WORKLOAD_IOVA + kind * KIND_STRIDE;
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
	struct settings s = { .size = 64 * SZ_1M, .count = 1 };
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
		memory[kind] = vu_alloc(kind, s.size);
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
