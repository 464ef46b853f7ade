// SPDX-License-Identifier: GPL-2.0-only
/* Requests of a container in each of its states. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "abi.h"

static const unsigned long odd_extensions[] = {
	100, 255, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000001, -1UL,
};

static void extensions(int container)
{
	unsigned long i;

	for (i = 0; i <= 16; i++)
		answer(vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)i), "extension-%lu", i);
	for (i = 0; i < ARRAY_SIZE(odd_extensions); i++)
		answer(vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)odd_extensions[i]),
		       "extension-0x%lx", odd_extensions[i]);
	answer(vu_ioctl(container, VFIO_GET_API_VERSION, NULL), "api-version");
	answer(vu_ioctl(container, VFIO_GET_API_VERSION, (void *)1), "api-version-argument");
}

/* All but the types in @skip, a mask, which would change the state. */
static void backends(int container, unsigned long skip)
{
	unsigned long i;

	for (i = 0; i <= 16; i++)
		if (!(skip >> i & 1))
			answer(vu_ioctl(container, VFIO_SET_IOMMU, (void *)i), "set-iommu-%lu", i);
	for (i = 0; i < ARRAY_SIZE(odd_extensions); i++)
		answer(vu_ioctl(container, VFIO_SET_IOMMU, (void *)odd_extensions[i]),
		       "set-iommu-0x%lx", odd_extensions[i]);
}

static void everything(int container, unsigned long skip)
{
	extensions(container);
	backends(container, skip);
	every_number(container);
	file_calls(container);
}

#define TYPES (1UL << VFIO_TYPE1_IOMMU | 1UL << VFIO_TYPE1v2_IOMMU)

static void with_group(const struct abi_device *device, unsigned long type, const char *name)
{
	int container = need_fd(vu_container_open(), "container");
	int group = need_fd(vu_group_open(device->group), "group");

	section("container/%s", name);
	answer(vu_set_container(group, container), "set-container");
	if (type)
		answer(vu_set_iommu(container, type), "set-iommu");
	everything(container, type ? 0 : TYPES);
	answer(vu_unset_container(group), "unset-container");
	section("container/%s-left", name);
	everything(container, 0);
	close(group);
	close(container);
}

/* SET_IOMMU of each kind on a container of its own that has a group. */
static void each_backend(const struct abi_device *device)
{
	unsigned long type;
	struct vu u;

	section("container/backend");
	for (type = 0; type <= 16; type++) {
		answer(vu_open(&u, device->group, NULL, type), "set-iommu-%lu", type);
		vu_close(&u);
	}
	for (type = 0; type < ARRAY_SIZE(odd_extensions); type++) {
		u.container = need_fd(vu_container_open(), "container");
		u.group = need_fd(vu_group_open(device->group), "group");
		u.device = -1;
		need(!vu_set_container(u.group, u.container), "SET_CONTAINER");
		answer(vu_ioctl(u.container, VFIO_SET_IOMMU, (void *)odd_extensions[type]),
		       "set-iommu-0x%lx", odd_extensions[type]);
		vu_close(&u);
	}
}

void abi_container(const struct abi_args *args)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_NONBLOCK };
	int fd;
	size_t i;

	section("container/bare");
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = open("/dev/vfio/vfio", flags[i]);
		answer_fd(fd < 0 ? -errno : fd, "open-0x%x", flags[i]);
	}
	fd = need_fd(vu_container_open(), "container");
	everything(fd, 0);
	close(fd);
	fd = need_fd(open("/dev/vfio/vfio", O_RDONLY), "container");
	section("container/read-only");
	answer(vu_ioctl(fd, VFIO_GET_API_VERSION, NULL), "api-version");
	answer(vu_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)1), "extension-1");
	close(fd);
	each_backend(&args->edu);
	with_group(&args->edu, 0, "group");
	with_group(&args->edu, VFIO_TYPE1_IOMMU, "v1");
	with_group(&args->edu, VFIO_TYPE1v2_IOMMU, "v2");
}
