// SPDX-License-Identifier: GPL-2.0-only
/* Opens, resets and closes devices, and fails at it where it should. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

#define MAX_FDS 8

static const char usage_text[] =
	"usage: devices --group N --device ADDRESS [OPTION]...\n"
	"\n"
	"  --group2 N --device2 ADDRESS  a second device, treated like the first\n"
	"  --fds N                       open each device so often (1)\n"
	"  --close N                     close so many of these before \"ready\" (0)\n"
	"  --resets N                    reset each device so often (0)\n"
	"  --bus-resets N                likewise its bus, holding its own group only (0)\n"
	"  --wrong NAME                  try to open a device of this name in the first group\n"
	"\n"
	"Prints \"ready\", stays until stdin ends or SIGTERM, and closes. At the end one line\n"
	"of JSON says what was done.\n";

/**
 * struct subject - a device and what was done to it
 * @address: its name
 * @group_name: number of its group
 * @group: fd
 * @fds: of the device, @open of them
 * @open: open now
 * @opens: successful opens
 * @resets: successful resets of either kind
 * @reset_errors: failed ones
 * @bus_reset: result of the last bus reset
 */
struct subject {
	const char *address;
	const char *group_name;
	int group;
	int fds[MAX_FDS];
	uint64_t open;
	uint64_t opens;
	uint64_t resets;
	uint64_t reset_errors;
	int bus_reset;
};

static void join(struct subject *s, int container)
{
	int ret;

	s->group = vu_group_open(s->group_name);
	if (s->group < 0)
		die(s->group, "cannot open group %s", s->group_name);
	ret = vu_set_container(s->group, container);
	if (ret)
		die(ret, "cannot put group %s into a container", s->group_name);
}

static int bus_reset(const struct subject *s)
{
	struct {
		struct vfio_pci_hot_reset reset;
		int32_t fd;
	} request = {
		.reset = { .argsz = sizeof(request), .count = 1 },
		.fd = s->group,
	};

	return vu_ioctl(s->fds[0], VFIO_DEVICE_PCI_HOT_RESET, &request);
}

static void count(struct subject *s, int ret)
{
	if (ret)
		s->reset_errors++;
	else
		s->resets++;
}

static void close_fds(struct subject *s, uint64_t n)
{
	while (n-- && s->open)
		close(s->fds[--s->open]);
}

static void use(struct subject *s, uint64_t fds, uint64_t resets, uint64_t bus_resets)
{
	for (uint64_t i = 0; i < fds; i++) {
		int fd = vu_device_open(s->group, s->address);

		if (fd < 0)
			die(fd, "cannot open %s", s->address);
		s->fds[s->open++] = fd;
		s->opens++;
	}
	for (uint64_t i = 0; i < resets; i++)
		count(s, vu_ioctl(s->fds[0], VFIO_DEVICE_RESET, NULL));
	for (uint64_t i = 0; i < bus_resets; i++) {
		s->bus_reset = bus_reset(s);
		count(s, s->bus_reset);
	}
}

static void leave(struct subject *s)
{
	close_fds(s, s->open);
	printf("\"%s\":{\"opens\":%" PRIu64 ",\"resets\":%" PRIu64 ",\"reset_errors\":%" PRIu64
	       ",\"bus_reset\":%d}",
	       s->address, s->opens, s->resets, s->reset_errors, s->bus_reset);
}

int main(int argc, char **argv)
{
	uint64_t fds = 1, closes = 0, resets = 0, bus_resets = 0;
	struct subject subjects[2] = { 0 };
	const char *wrong = NULL;
	int container, n, ret = 0;
	const struct workload_option options[] = {
		{ .name = "group", .text = &subjects[0].group_name, .required = true },
		{ .name = "device", .text = &subjects[0].address, .required = true },
		{ .name = "group2", .text = &subjects[1].group_name },
		{ .name = "device2", .text = &subjects[1].address },
		{ .name = "fds", .number = &fds, .max = MAX_FDS },
		{ .name = "close", .number = &closes, .max = MAX_FDS },
		{ .name = "resets", .number = &resets, .max = UINT16_MAX },
		{ .name = "bus-resets", .number = &bus_resets, .max = UINT16_MAX },
		{ .name = "wrong", .text = &wrong },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);
	if (!subjects[1].group_name != !subjects[1].address) {
		fputs(usage_text, stderr);
		return 2;
	}
	n = subjects[1].address ? 2 : 1;

	workload_catch_signals();
	container = vu_container_open();
	if (container < 0)
		die(container, "cannot open a container");
	for (int i = 0; i < n; i++)
		join(&subjects[i], container);
	ret = vu_set_iommu(container, VFIO_TYPE1v2_IOMMU);
	if (ret)
		die(ret, "cannot choose the IOMMU backend");
	for (int i = 0; i < n; i++) {
		use(&subjects[i], fds, resets, bus_resets);
		close_fds(&subjects[i], closes);
	}
	if (wrong) {
		ret = vu_device_open(subjects[0].group, wrong);
		if (ret >= 0)
			die(0, "%s could be opened", wrong);
	}
	workload_hold();
	printf("{\"wrong\":%d,\"devices\":{", ret);
	leave(&subjects[0]);
	if (n == 2) {
		putchar(',');
		leave(&subjects[1]);
	}
	puts("}}");
	return 0;
}
