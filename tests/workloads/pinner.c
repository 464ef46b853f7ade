// SPDX-License-Identifier: GPL-2.0-only
/* Lets the emulated device of the test module pin memory, and forget about it. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../modules/vfio_test_emulated.h"
#include "workload.h"

static const char usage_text[] =
	"usage: pinner --group N --device NAME [OPTION]...\n"
	"\n"
	"  --size KIB     of the one mapping (256)\n"
	"  --pages N      pages of it that the device pins (16)\n"
	"  --forget       the device forgets to give them back; at SIGTERM it is closed first\n"
	"  --keep         at SIGTERM let the device give them back, but keep the mapping\n"
	"  --group2 N     a group with an IOMMU that joins the container first\n"
	"  --late         it joins last\n"
	"\n"
	"Prints \"ready\" when all is pinned. At SIGTERM unmaps and prints \"done\". When stdin\n"
	"ends exits; without SIGTERM before, that leaves the end of all to the kernel.\n";

static void join(const char *group_name, int container)
{
	int group = vu_group_open(group_name), ret;

	if (group < 0)
		die(group, "cannot open group %s", group_name);
	ret = vu_set_container(group, container);
	if (ret)
		die(ret, "cannot put group %s into the container", group_name);
}

int main(int argc, char **argv)
{
	const char *group = NULL, *device = NULL, *group2 = NULL;
	struct vfio_test_range range = { .iova = WORKLOAD_IOVA, .prot = 3 };
	uint64_t kib = 256, pages = 16, size;
	bool forget = false, keep = false, late = false;
	struct vu u;
	void *memory;
	int64_t done;
	char byte;
	int ret;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ .name = "group2", .text = &group2 },
		{ .name = "size", .number = &kib, .max = SZ_1M },
		{ .name = "pages", .number = &pages, .max = 512 },
		{ .name = "forget", .flag = &forget },
		{ .name = "keep", .flag = &keep },
		{ .name = "late", .flag = &late },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);

	workload_catch_signals();
	workload_open(&u, group, device);
	size = kib * 1024;
	memory = vu_alloc(VU_4K, size);
	if (!memory)
		die(-errno, "no memory");
	if (group2 && !late)
		join(group2, u.container);
	ret = vu_map(u.container, memory, range.iova, size, VU_RW);
	if (ret)
		die(ret, "cannot map");
	range.size = pages * SZ_4K;
	ret = vu_ioctl(u.device, VFIO_TEST_PIN, &range);
	if (ret)
		die(ret, "the device cannot pin %" PRIu64 " pages", pages);
	if (forget && ioctl(u.device, VFIO_TEST_FORGET, 1))
		die(-errno, "the device cannot forget");
	if (group2 && late)
		join(group2, u.container);

	if (workload_hold() != WORKLOAD_SIGNAL)
		return 0;
	if (keep) {
		if (ioctl(u.device, VFIO_TEST_UNPIN, &range) != 1)
			die(-errno, "the device cannot give back");
	} else {
		/* Otherwise the kernel would wait for the device to give its pages back. */
		if (forget)
			close(u.device);
		done = vu_unmap(u.container, range.iova, size);
		if (done != (int64_t)size)
			die(done < 0 ? done : 0, "cannot unmap");
	}
	puts("done");
	fflush(stdout);
	/* Not workload_wait(), which would see that signal again. */
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
