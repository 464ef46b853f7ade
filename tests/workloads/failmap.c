// SPDX-License-Identifier: GPL-2.0-only
/* Makes map requests that fail, each at another stage of the kernel's work. */

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workload.h"

#define SIZE	  SZ_64K
#define MOST_LEFT 64
/* In the middle of the window for interrupts on x86. */
#define MSI_IOVA  0xfee10000UL

static const char usage_text[] =
	"usage: failmap --group N --device ADDRESS [--early]\n"
	"\n"
	"Fails at each of the stages argument, alignment, overflow, overlap, aperture,\n"
	"reserved and pin, then, if no more than 64 mappings are left, at limit, and at\n"
	"last at account, with 64 KiB each. Prints a line of JSON: for each stage the errno\n"
	"of the failure, and the mappings made besides, which are still there. Then prints\n"
	"\"ready\" and stays until stdin ends or SIGTERM. With --early opens the device\n"
	"with a VF token, maps and unmaps, in a container that has no backend yet, instead.\n";

static const char *comma = "";

static void failing(const char *stage, int ret, uint64_t *errors)
{
	if (!ret)
		die(0, "the map that was to fail at %s did not", stage);
	printf("%s\"%s\":%d", comma, stage, ret);
	comma = ",";
	++*errors;
}

static void good(struct tally *t, int container, const void *addr)
{
	int ret = vu_map(container, addr, WORKLOAD_IOVA + t->maps * SIZE, SIZE, VU_RW);

	if (ret)
		die(ret, "cannot make mapping %" PRIu64, t->maps + 1);
	t->maps++;
	t->bytes_mapped += SIZE;
}

/* So that RLIMIT_MEMLOCK counts for root as well. */
static void drop_ipc_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		die(-errno, "capget");
	data[0].effective &= ~(1U << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, data))
		die(-errno, "capset");
}

/* A map and an unmap in a container that has no backend yet, and a device that has no token. */
static int early(const char *group, const char *device)
{
	int container = vu_container_open(), fd = vu_group_open(group);
	char *addr = vu_alloc(VU_4K, SIZE);
	char name[128];

	if (container < 0 || fd < 0 || !addr)
		die(-errno, "no container, group or memory");
	snprintf(name, sizeof(name), "%s vf_token=12345678-1234-1234-1234-123456789abc", device);
	if (vu_set_container(fd, container) || vu_device_open(fd, name) != -EINVAL)
		die(0, "the open of a device without a backend did not fail");
	if (vu_map(container, addr, WORKLOAD_IOVA, SIZE, VU_RW) != -EINVAL)
		die(0, "a map without a backend did not fail");
	if (vu_unmap(container, WORKLOAD_IOVA, SIZE) != -EINVAL)
		die(0, "an unmap without a backend did not fail");
	workload_hold();
	return 0;
}

int main(int argc, char **argv)
{
	const struct rlimit nothing = { 0 };
	const char *group = NULL, *device = NULL;
	uint64_t errors = 0, end;
	struct tally tally = { 0 };
	int64_t left;
	struct vu u;
	char *addr;
	bool no_backend = false;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "early", .flag = &no_backend },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);

	workload_catch_signals();
	if (no_backend)
		return early(group, device);
	workload_open(&u, group, device);
	end = vu_aperture_end(u.container);
	if (!end || end == UINT64_MAX)
		die(0, "the IOMMU has no limit to its addresses");
	addr = vu_alloc(VU_4K, 2 * SIZE);
	if (!addr)
		die(-errno, "no memory");
	if (munmap(addr + SIZE, SIZE))
		die(-errno, "munmap");

	/* For the overlap. */
	good(&tally, u.container, addr);

	printf("{\"errnos\":{");
	failing("argument", vu_map(u.container, addr, 0, SIZE, VU_RW | 1U << 31), &errors);
	failing("alignment", vu_map(u.container, addr, 1, SIZE, VU_RW), &errors);
	failing("overflow", vu_map(u.container, addr, -SZ_4K, SIZE, VU_RW), &errors);
	failing("overlap", vu_map(u.container, addr, WORKLOAD_IOVA + SIZE - SZ_4K, SIZE, VU_RW),
		&errors);
	failing("aperture", vu_map(u.container, addr, end + 1, SIZE, VU_RW), &errors);
	failing("reserved", vu_map(u.container, addr, MSI_IOVA, SIZE, VU_RW), &errors);
	failing("pin", vu_map(u.container, addr + SIZE / 2, 0, SIZE, VU_RW), &errors);
	left = vu_mappings_left(u.container);
	if (left >= 0 && left <= MOST_LEFT) {
		while (left--)
			good(&tally, u.container, addr);
		failing("limit", vu_map(u.container, addr, 0, SIZE, VU_RW), &errors);
		/* Or account would not be reached. */
		if (vu_unmap(u.container, WORKLOAD_IOVA, SIZE) != SIZE)
			die(0, "cannot unmap");
		tally.unmaps++;
		tally.bytes_unmapped += SIZE;
	}
	drop_ipc_lock();
	if (setrlimit(RLIMIT_MEMLOCK, &nothing))
		die(-errno, "setrlimit");
	failing("account", vu_map(u.container, addr, 0, SIZE, VU_RW), &errors);
	printf("},\"errors\":%" PRIu64 ",", errors);
	tally_print(stdout, &tally);
	puts("}");

	workload_hold();
	return 0;
}
