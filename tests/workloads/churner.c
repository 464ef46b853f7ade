// SPDX-License-Identifier: GPL-2.0-only
/* Has many mappings, and changes one after the other. */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "workload.h"

static const char usage_text[] =
	"usage: churner --group N --device ADDRESS [OPTION]...\n"
	"\n"
	"  --count N    mappings of 4 KiB each (1000)\n"
	"\n"
	"Prints \"ready\" when all are made, and then unmaps one and maps it again, in turn. At\n"
	"a line on stdin it stops, with all of them mapped, and prints \"still\"; at the next it\n"
	"unmaps each and prints \"empty\". When stdin ends, at any time, one line of JSON says what\n"
	"was done.\n";

static void map(struct tally *t, int container, const char *memory, uint64_t index)
{
	int ret = vu_map(container, memory, WORKLOAD_IOVA + index * SZ_4K, SZ_4K, VU_RW);

	if (ret)
		die(ret, "cannot make mapping %" PRIu64, index);
	t->maps++;
	t->bytes_mapped += SZ_4K;
}

static void unmap(struct tally *t, int container, uint64_t index)
{
	int64_t ret = vu_unmap(container, WORKLOAD_IOVA + index * SZ_4K, SZ_4K);

	if (ret != (int64_t)SZ_4K)
		die(ret < 0 ? (int)ret : 0, "cannot unmap mapping %" PRIu64, index);
	t->unmaps++;
	t->bytes_unmapped += SZ_4K;
}

static bool ended;

/* Waits for a line; false when there was none, or when stdin has ended. */
static bool told(int timeout_ms)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[256];

	if (ended || poll(&input, 1, timeout_ms) <= 0)
		return false;
	ended = read(STDIN_FILENO, buf, sizeof(buf)) <= 0;
	return !ended;
}

static void say(const char *word)
{
	puts(word);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL;
	uint64_t count = 1000, index;
	struct tally tally = { 0 };
	struct vu u;
	char *memory;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "count", .number = &count, .max = UINT16_MAX },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);

	/* All from one page: each mapping pins it once more. */
	memory = vu_alloc(VU_4K, SZ_4K);
	if (!memory)
		die(-errno, "no memory");
	workload_open(&u, group, device);
	for (index = 0; index < count; index++)
		map(&tally, u.container, memory, index);
	say("ready");
	for (index = 0; !told(0) && !ended; index++) {
		unmap(&tally, u.container, index % count);
		map(&tally, u.container, memory, index % count);
	}
	if (!ended)
		say("still");
	if (told(-1)) {
		for (index = 0; index < count; index++)
			unmap(&tally, u.container, index);
		say("empty");
		told(-1);
	}
	putchar('{');
	tally_print(stdout, &tally);
	puts("}");
	vu_close(&u);
	return 0;
}
