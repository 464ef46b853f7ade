// SPDX-License-Identifier: GPL-2.0-only
/* The devices of the test module vfio_test_strict; see strict.h. */

#include "strict.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"

static int request(int device, unsigned long cmd, uint64_t iova, uint64_t size)
{
	struct vfio_test_strict_range range = { .iova = iova, .size = size, .prot = 3 };

	return vu_ioctl(device, cmd, &range);
}

int strict_pin(int device, uint64_t iova, uint64_t size)
{
	return request(device, VFIO_TEST_STRICT_PIN, iova, size);
}

int strict_pin_kthread(int device, uint64_t iova, uint64_t size)
{
	return request(device, VFIO_TEST_STRICT_PIN_KTHREAD, iova, size);
}

int strict_unpin(int device, uint64_t iova, uint64_t size)
{
	return request(device, VFIO_TEST_STRICT_UNPIN, iova, size);
}

int strict_unpin_last(int device, uint64_t iova, uint64_t size)
{
	return request(device, VFIO_TEST_STRICT_UNPIN_LAST, iova, size);
}

int strict_read(int device, uint64_t iova)
{
	struct vfio_test_strict_range range = { .iova = iova };
	int ret = vu_ioctl(device, VFIO_TEST_STRICT_READ, &range);

	return ret ?: (int)range.byte;
}

void strict_keep(int device, int recalls)
{
	need(!ioctl(device, VFIO_TEST_STRICT_KEEP, (long)recalls), "the driver keeps pages");
}

void strict_wait(int device, uint64_t recalls)
{
	need(!ioctl(device, VFIO_TEST_STRICT_WAIT, recalls), "the driver is recalled");
}

void strict_gone(int device, uint64_t iova, uint64_t size)
{
	need(!request(device, VFIO_TEST_STRICT_GONE, iova, size), "the driver looks");
}

struct vfio_test_strict_stats strict_stats(int device)
{
	struct vfio_test_strict_stats stats;

	need(!ioctl(device, VFIO_TEST_STRICT_STATS, &stats), "the driver counts");
	return stats;
}

struct strict_second strict_second(int container)
{
	struct strict_second second;
	char path[256];
	ssize_t n;

	n = readlink("/sys/devices/" VFIO_TEST_STRICT_1 "/iommu_group", path, sizeof(path) - 1);
	need(n > 0, "group of the second device");
	path[n] = 0;
	second.group = vu_group_open(strrchr(path, '/') + 1);
	need(second.group >= 0 && !vu_set_container(second.group, container), "the second group");
	second.device = vu_device_open(second.group, VFIO_TEST_STRICT_1);
	need(second.device >= 0, "the second device");
	return second;
}
