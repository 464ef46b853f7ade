// SPDX-License-Identifier: GPL-2.0-only
/* The user's side of vfio-pci; see pci_user.h. */

#include "pci_user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vfio_user.h"

/* Bounds a test that fails. */
#define PATIENCE_MS 20000

int64_t pci_read(int device, uint32_t region, uint64_t pos, void *buf, size_t size)
{
	struct vfio_region_info info;
	int64_t ret = vu_region_info(device, region, &info);

	if (ret)
		return ret;
	ret = pread(device, buf, size, info.offset + pos);
	return ret < 0 ? -errno : ret;
}

int64_t pci_write(int device, uint32_t region, uint64_t pos, const void *buf, size_t size)
{
	struct vfio_region_info info;
	int64_t ret = vu_region_info(device, region, &info);

	if (ret)
		return ret;
	ret = pwrite(device, buf, size, info.offset + pos);
	return ret < 0 ? -errno : ret;
}

uint64_t pci_get(int device, uint32_t region, uint64_t pos, size_t size)
{
	uint64_t value = 0;

	if (pci_read(device, region, pos, &value, size) != (int64_t)size)
		return UINT64_MAX;
	return value;
}

int pci_set(int device, uint32_t region, uint64_t pos, size_t size, uint64_t value)
{
	int64_t ret = pci_write(device, region, pos, &value, size);

	if (ret < 0)
		return ret;
	return ret == (int64_t)size ? 0 : -EIO;
}

uint64_t pci_config_get(int device, uint64_t pos, size_t size)
{
	return pci_get(device, VFIO_PCI_CONFIG_REGION_INDEX, pos, size);
}

int pci_config_set(int device, uint64_t pos, size_t size, uint64_t value)
{
	return pci_set(device, VFIO_PCI_CONFIG_REGION_INDEX, pos, size, value);
}

unsigned int pci_find_cap(int device, uint8_t id)
{
	unsigned int pos = pci_config_get(device, PCI_CAPABILITY_LIST, 1) & ~3U;
	int left;

	for (left = PCI_CFG_SPACE_SIZE / 4; pos && left; left--) {
		if (pci_config_get(device, pos, 1) == id)
			return pos;
		pos = pci_config_get(device, pos + PCI_CAP_LIST_NEXT, 1) & ~3U;
	}
	return 0;
}

unsigned int pci_find_extended_cap(int device, uint16_t id)
{
	unsigned int pos = PCI_CFG_SPACE_SIZE;
	uint32_t header;
	int left;

	for (left = PCI_CFG_SPACE_EXP_SIZE / 4; pos && left; left--) {
		header = pci_config_get(device, pos, 4);
		if (header && PCI_EXT_CAP_ID(header) == id)
			return pos;
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

int64_t pci_host_config(const char *address, void *buf, size_t size)
{
	char path[64];
	int64_t ret;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", address);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = pread(fd, buf, size, 0);
	if (ret < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int pci_set_irqs(int device, uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
		 const void *data)
{
	struct vfio_irq_set *set;
	size_t size = 0;
	int ret;

	if (flags & VFIO_IRQ_SET_DATA_BOOL)
		size = count;
	else if (flags & VFIO_IRQ_SET_DATA_EVENTFD)
		size = count * sizeof(int32_t);
	if (!data)
		size = 0;
	set = calloc(1, sizeof(*set) + size);
	if (!set)
		return -ENOMEM;
	*set = (struct vfio_irq_set){
		.argsz = sizeof(*set) + size,
		.flags = flags,
		.index = index,
		.start = start,
		.count = count,
	};
	if (size)
		memcpy(set->data, data, size);
	ret = vu_ioctl(device, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	return ret;
}

int pci_set_triggers(int device, uint32_t index, uint32_t start, uint32_t count, const int32_t *fds)
{
	return pci_set_irqs(device, index, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			    start, count, fds);
}

int pci_loopback(int device, uint32_t index, uint32_t start, uint32_t count)
{
	return pci_set_irqs(device, index, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
			    start, count, NULL);
}

int pci_irqs_off(int device, uint32_t index)
{
	return pci_loopback(device, index, 0, 0);
}

int event_new(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

uint64_t event_count(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

uint64_t event_wait(int fd)
{
	struct pollfd event = { .fd = fd, .events = POLLIN };

	poll(&event, 1, PATIENCE_MS);
	return event_count(fd);
}
