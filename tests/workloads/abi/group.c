// SPDX-License-Identifier: GPL-2.0-only
/* Requests of a group: opening, status, containers, names of devices. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi.h"

static void status(int group, const char *when)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int ret = vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status);

	detail_words(&status, sizeof(status));
	answer(ret, "status-%s", when);
}

static void status_sizes(int group)
{
	static const uint32_t sizes[] = { 0, 1, 4, 7, 8, 9, 12, 16, 4096, 0xffffffff };
	struct vfio_group_status status;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(&status, 0xcc, sizeof(status));
		status.argsz = sizes[i];
		ret = vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status);
		detail_words(&status, sizeof(status));
		answer(ret, "status-argsz-%u", sizes[i]);
	}
	answer(vu_ioctl(group, VFIO_GROUP_GET_STATUS, NULL), "status-null");
}

static int open_flags(const char *group, int flags)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

static void open_in_child(void *arg)
{
	answer_fd(vu_group_open(arg), "open-in-child");
}

static void opening(const struct abi_args *args)
{
	char *name = (char *)args->edu.group;
	int group, copy, container = need_fd(vu_container_open(), "container");

	section("group/open");
	answer_fd(open_flags(name, O_RDONLY), "read-only");
	answer_fd(open_flags(name, O_WRONLY), "write-only");
	answer_fd(open_flags(name, O_RDWR), "read-write");
	answer_fd(open_flags(name, O_RDWR | O_NONBLOCK), "nonblocking");
	answer_fd(open_flags("99999", O_RDWR), "no-such-group");
	group = need_fd(vu_group_open(name), "group");
	answer_fd(vu_group_open(name), "twice");
	in_child(open_in_child, name);
	copy = dup(group);
	close(group);
	answer_fd(vu_group_open(name), "copy-left");
	close(copy);
	answer_fd(vu_group_open(name), "again");
	group = need_fd(open_flags(name, O_RDONLY), "group");
	status(group, "read-only");
	answer(vu_set_container(group, container), "read-only-set-container");
	close(group);
	close(container);
}

static void containers(const struct abi_args *args)
{
	int group = need_fd(vu_group_open(args->edu.group), "group");
	int other = need_fd(vu_group_open(args->other.group), "group");
	int container = need_fd(vu_container_open(), "container");
	int second = need_fd(vu_container_open(), "container");
	int null = open("/dev/null", O_RDWR), event = eventfd(0, 0);
	int read_only = open("/dev/vfio/vfio", O_RDONLY);
	int path_only = open("/dev/vfio/vfio", O_PATH);

	section("group/containers");
	status(group, "none");
	answer(vu_unset_container(group), "unset-none");
	answer(vu_ioctl(group, VFIO_GROUP_SET_CONTAINER, NULL), "null");
	answer(vu_set_container(group, -1), "no-fd");
	answer(vu_set_container(group, -2), "negative");
	answer(vu_set_container(group, 9999), "closed-fd");
	answer(vu_set_container(group, null), "dev-null");
	answer(vu_set_container(group, event), "eventfd");
	answer(vu_set_container(group, group), "itself");
	answer(vu_set_container(group, other), "other-group");
	answer(vu_set_container(group, path_only), "path");
	answer(vu_set_container(group, read_only), "read-only");
	status(group, "read-only");
	answer(vu_unset_container(group), "unset-read-only");
	answer(vu_set_container(group, container), "good");
	status(group, "set");
	answer(vu_set_container(group, container), "twice");
	answer(vu_set_container(group, second), "second");
	answer(vu_set_container(group, null), "dev-null-when-set");
	answer(vu_unset_container(group), "unset");
	status(group, "unset");
	answer(vu_unset_container(group), "unset-twice");
	answer(vu_set_container(group, second), "second-after");
	answer(vu_unset_container(group), "unset-second");
	answer(vu_ioctl(group, VFIO_GROUP_UNSET_CONTAINER, (void *)1), "unset-argument");
	status_sizes(group);
	section("group/bare");
	every_number(group);
	file_calls(group);
	section("group/set");
	need(!vu_set_container(group, container), "SET_CONTAINER");
	every_number(group);
	file_calls(group);
	close(path_only);
	close(read_only);
	close(event);
	close(null);
	close(second);
	close(container);
	close(other);
	close(group);
}

static void named(int group, const char *name, const char *label)
{
	answer_fd(vu_device_open(group, name), "%s", label);
}

static void long_name(int group, const char *device, size_t length)
{
	char *name = calloc(1, length + 1);

	memset(name, 'x', length);
	answer_fd(vu_device_open(group, name), "long-%zu", length);
	memset(name, ' ', length);
	memcpy(name, device, strlen(device));
	answer_fd(vu_device_open(group, name), "blanks-%zu", length);
	free(name);
}

static void devices(const struct abi_args *args)
{
	const char *device = args->edu.name;
	char name[256];
	struct vu u;
	int fd, second;

	section("group/device");
	u.container = need_fd(vu_container_open(), "container");
	u.group = need_fd(vu_group_open(args->edu.group), "group");
	named(u.group, device, "no-container");
	named(u.group, "", "no-container-empty");
	answer(vu_ioctl(u.group, VFIO_GROUP_GET_DEVICE_FD, NULL), "no-container-null");
	need(!vu_set_container(u.group, u.container), "SET_CONTAINER");
	named(u.group, device, "no-backend");
	named(u.group, "nonsense", "no-backend-nonsense");
	need(!vu_set_iommu(u.container, VFIO_TYPE1v2_IOMMU), "SET_IOMMU");
	named(u.group, device, "good");
	answer(vu_ioctl(u.group, VFIO_GROUP_GET_DEVICE_FD, NULL), "null");
	answer(vu_ioctl(u.group, VFIO_GROUP_GET_DEVICE_FD, (void *)-4096UL), "kernel-address");
	named(u.group, "", "empty");
	named(u.group, " ", "blank");
	named(u.group, "nonsense", "nonsense");
	named(u.group, device + 5, "no-domain");
	named(u.group, args->other.name, "other-group");
	snprintf(name, sizeof(name), "%s ", device);
	named(u.group, name, "blank-after");
	snprintf(name, sizeof(name), " %s", device);
	named(u.group, name, "blank-before");
	snprintf(name, sizeof(name), "%s\n", device);
	named(u.group, name, "newline");
	snprintf(name, sizeof(name), "%sx", device);
	named(u.group, name, "letter-after");
	snprintf(name, sizeof(name), "%.11s", device);
	named(u.group, name, "cut");
	snprintf(name, sizeof(name), "%s vf_token=11111111-2222-3333-4444-555555555555", device);
	named(u.group, name, "token");
	snprintf(name, sizeof(name), "%s vf_token=nonsense", device);
	named(u.group, name, "bad-token");
	snprintf(name, sizeof(name), "%s vf_token=", device);
	named(u.group, name, "empty-token");
	snprintf(name, sizeof(name), "%s option=1", device);
	named(u.group, name, "option");
	snprintf(name, sizeof(name), "%s  ", device);
	named(u.group, name, "blanks");
	long_name(u.group, device, 4094);
	long_name(u.group, device, 4095);
	long_name(u.group, device, 4096);
	long_name(u.group, device, 8192);

	fd = need_fd(vu_device_open(u.group, device), "device");
	detail("status=%x", fcntl(fd, F_GETFL));
	answer(fcntl(fd, F_GETFD), "descriptor-flags");
	second = vu_device_open(u.group, device);
	detail("info=%d", vu_ioctl(second, VFIO_DEVICE_RESET, NULL));
	answer(second < 0 ? second : 0, "twice");
	answer(vu_unset_container(u.group), "unset-two-open");
	close(fd);
	answer(vu_unset_container(u.group), "unset-one-open");
	close(second);
	answer(vu_unset_container(u.group), "unset-none-open");
	status(u.group, "at-end");
	close(u.group);
	close(u.container);
}

void abi_group(const struct abi_args *args)
{
	opening(args);
	containers(args);
	devices(args);
}
