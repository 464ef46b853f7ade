// SPDX-License-Identifier: GPL-2.0-only
/* Makes mappings that it never unmaps, up to a bound, and stays. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "workload.h"

static const char usage_text[] =
	"usage: leaker --group N --device ADDRESS [OPTION]...\n"
	"\n"
	"  --size KIB          of one mapping (64)\n"
	"  --count N           mappings, then no more (64)\n"
	"  --interval-ms MS    wait between mappings\n"
	"\n"
	"Prints \"ready\" when the last mapping is made, stays until stdin ends or SIGTERM,\n"
	"and exits without unmapping. At the end one line of JSON says what was done.\n";

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL;
	uint64_t size = 64, count = 64, interval_ms = 0;
	struct tally tally = { 0 };
	struct vu u;
	char *addr;
	int ret;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "size", .number = &size, .max = SZ_1M },
		{ .name = "count", .number = &count, .max = UINT16_MAX },
		{ .name = "interval-ms", .number = &interval_ms, .max = INT_MAX },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);
	size = (size * 1024 + SZ_4K - 1) & ~(SZ_4K - 1);

	workload_catch_signals();
	workload_open(&u, group, device);
	while (tally.maps < count) {
		if (workload_wait(tally.maps ? interval_ms : 0, false) == WORKLOAD_SIGNAL)
			goto out;
		addr = vu_alloc(VU_4K, size);
		if (!addr)
			die(-errno, "no memory for mapping %" PRIu64, tally.maps + 1);
		ret = vu_map(u.container, addr, WORKLOAD_IOVA + tally.bytes_mapped, size, VU_RW);
		if (ret)
			die(ret, "cannot make mapping %" PRIu64, tally.maps + 1);
		tally.maps++;
		tally.bytes_mapped += size;
	}
	workload_hold();
out:
	putchar('{');
	tally_print(stdout, &tally);
	puts("}");
	return 0;
}
