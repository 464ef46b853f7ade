// SPDX-License-Identifier: GPL-2.0-only
/* Resets: of a function, and of a bus. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"

#define WORDS 32
#define FDS   8

static uint16_t command(int device)
{
	struct vfio_region_info info;
	uint16_t value = 0xffff;

	need(!vu_region_info(device, VFIO_PCI_CONFIG_REGION_INDEX, &info), "region info");
	need(pread(device, &value, 2, info.offset + PCI_COMMAND) == 2, "read of config space");
	/* Of the others, a comparison of config space tells. */
	return value & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void function(const struct abi_device *device, const char *name)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);
	int ret;

	section("reset/%s", name);
	detail("command=%x", command(u.device));
	answer(vu_ioctl(u.device, VFIO_DEVICE_RESET, NULL), "first");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0), "command");
	ret = vu_ioctl(u.device, VFIO_DEVICE_RESET, (void *)1);
	detail("command=%x", command(u.device));
	answer(ret, "argument");
	vu_close(&u);
	u = need_open(device, VFIO_TYPE1v2_IOMMU);
	answer(command(u.device), "command-reopened");
	vu_close(&u);
}

/* The number of the group is not the same on every machine: 0 takes its place. */
static void hide_group(uint32_t *info, const char *group)
{
	uint32_t number = strtoul(group, NULL, 10);
	size_t i;

	for (i = 3; i < WORDS; i += 2)
		if (info[i] == number)
			info[i] = 0;
}

static void bus_info(int device, const char *group)
{
	static const uint32_t sizes[] = { 0, 4, 8, 11, 12, 13, 19, 20, 27, 28, 36, 64, 0xffffffff };
	uint32_t buffer[WORDS];
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(buffer, 0xcc, sizeof(buffer));
		buffer[0] = sizes[i];
		ret = vu_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, buffer);
		hide_group(buffer, group);
		detail_words(buffer, 48);
		answer(ret, "info-argsz-%u", sizes[i]);
	}
	answer(vu_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, NULL), "info-null");
}

static int hot_reset(int device, uint32_t argsz, uint32_t flags, uint32_t count, const int32_t *fds)
{
	struct {
		struct vfio_pci_hot_reset head;
		int32_t fds[FDS];
	} request = { .head = { .argsz = argsz, .flags = flags, .count = count } };

	memcpy(request.fds, fds, sizeof(request.fds));
	return vu_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &request);
}

static void bus_reset(const struct vu *u, int other, uint32_t head)
{
	const struct {
		const char *name;
		uint32_t argsz, flags, count;
		int32_t fds[FDS];
	} cases[] = {
		{ "argsz-0", 0, 0, 1, { u->group } },
		{ "argsz-11", 11, 0, 1, { u->group } },
		{ "argsz-head", head, 0, 1, { u->group } },
		{ "argsz-15", head + 3, 0, 1, { u->group } },
		{ "argsz-long", head + 12, 0, 1, { u->group } },
		{ "argsz-max", 0xffffffff, 0, 1, { u->group } },
		{ "flags-1", head + 4, 1, 1, { u->group } },
		{ "flags-max", head + 4, 0xffffffff, 1, { u->group } },
		{ "count-0", head, 0, 0, { 0 } },
		{ "count-0-long", head + 4, 0, 0, { u->group } },
		{ "count-too-large", head + 4, 0, 2, { u->group, u->group } },
		{ "count-huge", 0xffffffff, 0, 0x40000000, { u->group } },
		{ "count-max", 0xffffffff, 0, 0xffffffff, { u->group } },
		{ "fd-negative", head + 4, 0, 1, { -1 } },
		{ "fd-closed", head + 4, 0, 1, { 9999 } },
		{ "fd-null", head + 4, 0, 1, { 0 } },
		{ "fd-container", head + 4, 0, 1, { u->container } },
		{ "fd-device", head + 4, 0, 1, { u->device } },
		{ "fd-other-group", head + 4, 0, 1, { other } },
		{ "fd-good-and-bad", head + 8, 0, 2, { u->group, -1 } },
		{ "fd-both", head + 8, 0, 2, { u->group, other } },
		{ "fd-twice", head + 8, 0, 2, { u->group, u->group } },
		{ "fd-five", head + 20, 0, 5, { u->group, u->group, u->group, other, other } },
		{ "good", head + 4, 0, 1, { u->group } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		answer(hot_reset(u->device, cases[i].argsz, cases[i].flags, cases[i].count,
				 cases[i].fds),
		       "%s", cases[i].name);
	answer(vu_ioctl(u->device, VFIO_DEVICE_PCI_HOT_RESET, NULL), "null");
	answer(command(u->device), "command");
}

static void bus(const struct abi_device *device, const struct abi_device *other, const char *name)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);
	int group = need_fd(vu_group_open(other->group), "group");

	section("reset/%s-bus", name);
	bus_info(u.device, device->group);
	bus_reset(&u, group, sizeof(struct vfio_pci_hot_reset));
	close(group);
	vu_close(&u);
}

void abi_reset(const struct abi_args *args)
{
	function(&args->edu, "edu");
	function(&args->nic, "nic");
	function(&args->function, "function");
	bus(&args->edu, &args->other, "edu");
	bus(&args->function, &args->other, "function");
}
