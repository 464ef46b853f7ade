// SPDX-License-Identifier: GPL-2.0-only
/* Has an RDMA device pin memory of its own. */

#include <errno.h>
#include <infiniband/verbs.h>

#include "workload.h"

static const char usage_text[] =
	"usage: rdma --pages N\n"
	"\n"
	"Registers so many pages with the first RDMA device and prints \"ready\"; at a line of\n"
	"stdin gives them back and prints \"deregistered\"; ends when stdin ends.\n";

static struct ibv_context *open_device(void)
{
	struct ibv_device **devices = ibv_get_device_list(NULL);
	struct ibv_context *context;

	if (!devices)
		die(-errno, "cannot look for RDMA devices");
	if (!devices[0])
		die(0, "no RDMA device");
	context = ibv_open_device(devices[0]);
	if (!context)
		die(-errno, "cannot open the RDMA device");
	ibv_free_device_list(devices);
	return context;
}

int main(int argc, char **argv)
{
	struct ibv_context *context;
	struct ibv_pd *domain;
	struct ibv_mr *region;
	uint64_t pages = 0;
	char line[16];
	void *memory;
	const struct workload_option options[] = {
		{ .name = "pages", .number = &pages, .max = 1 << 20, .required = true },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);
	context = open_device();
	domain = ibv_alloc_pd(context);
	if (!domain)
		die(-errno, "cannot make a protection domain");
	memory = vu_alloc(VU_4K, pages * SZ_4K);
	if (!memory)
		die(-errno, "no memory");
	region = ibv_reg_mr(domain, memory, pages * SZ_4K, IBV_ACCESS_LOCAL_WRITE);
	if (!region)
		die(-errno, "cannot register memory");
	puts("ready");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin)) {
		int err = ibv_dereg_mr(region);

		if (err)
			die(-err, "cannot deregister memory");
		puts("deregistered");
		fflush(stdout);
		while (fgets(line, sizeof(line), stdin))
			;
	}
	ibv_close_device(context);
	return 0;
}
