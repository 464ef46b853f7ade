// SPDX-License-Identifier: GPL-2.0-only
/* Makes mappings that it never unmaps, up to a bound, and stays. */

#include <errno.h>
#include <getopt.h>
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
	enum {
		GROUP,
		DEVICE,
		SIZE,
		COUNT,
		INTERVAL,
		HELP
	};
	static const struct option options[] = {
		{ "group", required_argument, NULL, GROUP },
		{ "device", required_argument, NULL, DEVICE },
		{ "size", required_argument, NULL, SIZE },
		{ "count", required_argument, NULL, COUNT },
		{ "interval-ms", required_argument, NULL, INTERVAL },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	const char *group = NULL, *device = NULL;
	uint64_t size = 64 * 1024, count = 64;
	struct tally tally = { 0 };
	int interval_ms = 0;
	struct vu u;
	char *addr;
	int c, ret;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case GROUP:
			group = optarg;
			break;
		case DEVICE:
			device = optarg;
			break;
		case SIZE:
			size = number_argument("size", optarg, SZ_1M) * 1024;
			break;
		case COUNT:
			count = number_argument("count", optarg, UINT16_MAX);
			break;
		case INTERVAL:
			interval_ms = number_argument("interval-ms", optarg, INT_MAX);
			break;
		case HELP:
			fputs(usage_text, stdout);
			return 0;
		default:
			fputs(usage_text, stderr);
			return 2;
		}
	}
	if (optind < argc || !group || !device) {
		fputs(usage_text, stderr);
		return 2;
	}
	size = (size + SZ_4K - 1) & ~(SZ_4K - 1);

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
