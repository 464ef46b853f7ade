// SPDX-License-Identifier: GPL-2.0-only
/* What a device tells of itself, its features, and its eventfds that write. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "abi.h"

#define WORDS 64

/* A request that fills a structure: its first @bytes, with @argsz given and @index in it. */
static void info(int device, unsigned long request, uint32_t argsz, size_t index_at, uint32_t index,
		 size_t bytes, const char *name)
{
	uint32_t buffer[WORDS];
	int ret;

	memset(buffer, 0xcc, sizeof(buffer));
	buffer[0] = argsz;
	if (index_at)
		buffer[index_at / sizeof(*buffer)] = index;
	ret = vu_ioctl(device, request, buffer);
	detail_words(buffer, bytes);
	answer(ret, "%s-%u-argsz-%u", name, index, argsz);
}

static void infos(int device)
{
	static const uint32_t device_sizes[] = { 0, 4, 8, 12, 15, 16, 17, 20, 24, 64, 0xffffffff };
	static const uint32_t region_sizes[] = { 0, 4, 16, 24, 31, 32, 33, 36, 40, 48, 0xffffffff };
	static const uint32_t irq_sizes[] = { 0, 4, 8, 12, 15, 17, 32, 0xffffffff };
	static const uint32_t indices[] = { 9, 10, 100, 0x7fffffff, 0x80000000, 0xffffffff };
	uint32_t index;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(device_sizes); i++)
		info(device, VFIO_DEVICE_GET_INFO, device_sizes[i], 0, 0, 24, "info");
	answer(vu_ioctl(device, VFIO_DEVICE_GET_INFO, NULL), "info-null");
	for (index = 0; index < VFIO_PCI_NUM_REGIONS; index++)
		info(device, VFIO_DEVICE_GET_REGION_INFO, 64, 8, index, 48, "region");
	for (i = 0; i < ARRAY_SIZE(region_sizes); i++)
		info(device, VFIO_DEVICE_GET_REGION_INFO, region_sizes[i], 8, 0, 48, "region");
	/* Where an e1000e has its MSI-X table: capabilities. */
	for (i = 0; i < ARRAY_SIZE(region_sizes); i++)
		info(device, VFIO_DEVICE_GET_REGION_INFO, region_sizes[i], 8, 3, 48, "region");
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		info(device, VFIO_DEVICE_GET_REGION_INFO, 32, 8, indices[i], 32, "region");
	answer(vu_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, NULL), "region-null");
	for (i = 0; i < ARRAY_SIZE(irq_sizes); i++)
		info(device, VFIO_DEVICE_GET_IRQ_INFO, irq_sizes[i], 8, 1, 20, "irq");
	for (index = 0; index < 9; index++)
		info(device, VFIO_DEVICE_GET_IRQ_INFO, 16, 8, index, 20, "irq");
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		info(device, VFIO_DEVICE_GET_IRQ_INFO, 16, 8, indices[i], 20, "irq");
	answer(vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, NULL), "irq-null");
}

/* --- Features -------------------------------------------------------------------------------- */

static void feature(int device, uint32_t flags, uint32_t argsz, const char *what)
{
	uint32_t buffer[WORDS] = { argsz, flags };

	answer(vu_ioctl(device, VFIO_DEVICE_FEATURE, buffer), "feature-%u-%s-argsz-%u",
	       flags & VFIO_DEVICE_FEATURE_MASK, what, argsz);
}

static void features(int device)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} kinds[] = {
		{ "none", 0 },
		{ "get", VFIO_DEVICE_FEATURE_GET },
		{ "set", VFIO_DEVICE_FEATURE_SET },
		{ "both", VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET },
		{ "probe", VFIO_DEVICE_FEATURE_PROBE },
		{ "probe-get", VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET },
		{ "probe-set", VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET },
		{ "probe-both",
		  VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET },
		{ "unknown-flag", VFIO_DEVICE_FEATURE_PROBE | 1U << 19 },
	};
	static const uint32_t sizes[] = { 0, 4, 7, 8, 12, 64 };
	uint32_t number;
	size_t i;

	for (number = 0; number < 12; number++) {
		for (i = 0; i < ARRAY_SIZE(kinds); i++)
			feature(device, number | kinds[i].flags, 8, kinds[i].name);
		for (i = 1; i < 3; i++)
			feature(device, number | kinds[i].flags, 64, kinds[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		feature(device, VFIO_DEVICE_FEATURE_PROBE, sizes[i], "probe-size");
	feature(device, VFIO_DEVICE_FEATURE_PROBE | 0xffff, 8, "probe");
	answer(vu_ioctl(device, VFIO_DEVICE_FEATURE, NULL), "feature-null");
	/* Out of whatever state these put the device in. */
	answer(vu_ioctl(device, VFIO_DEVICE_RESET, NULL), "reset-after-features");
}

/* --- Eventfds that write --------------------------------------------------------------------- */

static int ioeventfd(int device, uint32_t argsz, uint32_t flags, uint64_t offset, int fd)
{
	struct vfio_device_ioeventfd request = {
		.argsz = argsz,
		.flags = flags,
		.offset = offset,
		.data = 0x11,
		.fd = fd,
	};

	return vu_ioctl(device, VFIO_DEVICE_IOEVENTFD, &request);
}

/* Adds one and takes it away. */
static void one(int device, uint32_t flags, uint64_t offset, const char *name)
{
	uint32_t argsz = sizeof(struct vfio_device_ioeventfd);
	int event = eventfd(0, 0), ret, off;

	ret = ioeventfd(device, argsz, flags, offset, event);
	off = ioeventfd(device, argsz, flags, offset, -1);
	detail_result("off", off);
	answer(ret, "ioeventfd-%s", name);
	close(event);
}

static void ioeventfds(int device)
{
	static const uint32_t sizes[] = { 0, 8, 27, 31, 32, 33, 0xffffffff };
	uint32_t size = sizeof(struct vfio_device_ioeventfd), index, flags;
	int event = eventfd(0, 0), other = eventfd(0, 0);
	struct vfio_region_info info;
	uint64_t bar, width;
	char name[64];
	size_t i;

	for (index = 0; index < VFIO_PCI_NUM_REGIONS; index++) {
		if (vu_region_info(device, index, &info))
			continue;
		for (width = 1; width <= 8; width <<= 1) {
			snprintf(name, sizeof(name), "region-%u-width-%lu", index, width);
			one(device, width, info.offset, name);
			snprintf(name, sizeof(name), "region-%u-end-%lu", index, width);
			one(device, width, info.offset + info.size - width, name);
			snprintf(name, sizeof(name), "region-%u-over-end-%lu", index, width);
			one(device, width, info.offset + info.size - width / 2, name);
			snprintf(name, sizeof(name), "region-%u-unaligned-%lu", index, width);
			one(device, width, info.offset + 1, name);
		}
	}
	need(!vu_region_info(device, 0, &info), "region info");
	bar = info.offset;
	for (flags = 0; flags < 32; flags++) {
		snprintf(name, sizeof(name), "flags-0x%x", flags);
		one(device, flags, bar, name);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		answer(ioeventfd(device, sizes[i], 4, bar, event), "ioeventfd-argsz-%u", sizes[i]);
		ioeventfd(device, size, 4, bar, -1);
	}
	answer(ioeventfd(device, size, 4, bar, -1), "ioeventfd-none-to-remove");
	answer(ioeventfd(device, size, 4, bar, -2), "ioeventfd-negative");
	answer(ioeventfd(device, size, 4, bar, 9999), "ioeventfd-closed-fd");
	answer(ioeventfd(device, size, 4, bar, device), "ioeventfd-device-fd");
	answer(ioeventfd(device, size, 4, bar, 0), "ioeventfd-dev-null");
	answer(ioeventfd(device, size, 4, 1UL << 60, event), "ioeventfd-far");
	answer(ioeventfd(device, size, 4, bar, event), "ioeventfd-good");
	answer(ioeventfd(device, size, 4, bar, event), "ioeventfd-twice");
	answer(ioeventfd(device, size, 4, bar, other), "ioeventfd-other-event");
	answer(ioeventfd(device, size, 2, bar, other), "ioeventfd-other-width");
	answer(ioeventfd(device, size, 4, bar, -1), "ioeventfd-remove");
	answer(ioeventfd(device, size, 4, bar, -1), "ioeventfd-remove-twice");
	answer(vu_ioctl(device, VFIO_DEVICE_IOEVENTFD, NULL), "ioeventfd-null");
	close(other);
	close(event);
}

static void numbers(const struct abi_device *device, const char *name)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);

	section("device/%s-numbers", name);
	every_number(u.device);
	vu_close(&u);
}

static void requests(const struct abi_device *device, const char *name)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);

	section("device/%s", name);
	infos(u.device);
	section("device/%s-ioeventfd", name);
	ioeventfds(u.device);
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_IO, 0), "command");
	section("device/%s-ioeventfd-enabled", name);
	ioeventfds(u.device);
	section("device/%s-feature", name);
	features(u.device);
	vu_close(&u);
	numbers(device, name);
}

void abi_device(const struct abi_args *args)
{
	requests(&args->edu, "edu");
	requests(&args->nic, "nic");
}
