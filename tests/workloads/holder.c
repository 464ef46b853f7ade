// SPDX-License-Identifier: GPL-2.0-only
/* Makes use of a PCI device until its input ends, and says when the kernel wants it back. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define MEMORY SZ_1M

static const char usage_text[] =
	"usage: holder --group N --device ADDRESS\n"
	"\n"
	"Maps memory and BAR 0, sets up the request interrupt, prints \"ready\"; prints\n"
	"\"asked\" when the kernel asks for the device the first time; closes all when stdin\n"
	"ends.\n";

static void listen_for_requests(int device, int event)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} request = {
		.set = {
			.argsz = sizeof(request),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = VFIO_PCI_REQ_IRQ_INDEX,
			.count = 1,
		},
		.fd = event,
	};
	int ret = vu_ioctl(device, VFIO_DEVICE_SET_IRQS, &request);

	if (ret)
		die(ret, "cannot set up the request interrupt");
}

static volatile uint32_t *map_registers(int device)
{
	struct vfio_region_info bar;
	void *regs;
	int ret;

	ret = vu_pci_command(device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	if (!ret)
		ret = vu_region_info(device, VFIO_PCI_BAR0_REGION_INDEX, &bar);
	if (ret)
		die(ret, "cannot turn on BAR 0");
	regs = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, device, bar.offset);
	if (regs == MAP_FAILED)
		die(-errno, "cannot map BAR 0");
	return regs;
}

int main(int argc, char **argv)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN },
	};
	const char *group = NULL, *device = NULL;
	volatile uint32_t *regs;
	char buf[256];
	struct vu u;
	int ret;
	const struct workload_option options[] = {
		{ .name = "group", .text = &group, .required = true },
		{ .name = "device", .text = &device, .required = true },
		{ 0 },
	};

	workload_options(argc, argv, usage_text, options);

	workload_open(&u, group, device);
	ret = vu_map(u.container, vu_alloc(VU_4K, MEMORY), WORKLOAD_IOVA, MEMORY, VU_RW);
	if (ret)
		die(ret, "cannot map memory");
	regs = map_registers(u.device);
	listen_for_requests(u.device, fds[1].fd);
	(void)regs[0];
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			die(-errno, "poll");
		if (fds[1].revents) {
			puts("asked");
			fflush(stdout);
			/* It asks again and again. */
			fds[1].fd = -1;
		}
		if (fds[0].revents && read(STDIN_FILENO, buf, sizeof(buf)) <= 0)
			break;
	}
	munmap((void *)regs, SZ_4K);
	vu_close(&u);
	return 0;
}
