// SPDX-License-Identifier: GPL-2.0-only
/* Files closed and requests made in every order; several groups; several processes. */

#include <errno.h>
#include <unistd.h>

#include "abi.h"

#define IOVA  SZ_1M
#define SIZE  SZ_64K
#define IOVA2 (2 * SZ_1M)

static int device_info(int device)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	return vu_ioctl(device, VFIO_DEVICE_GET_INFO, &info);
}

static int group_status(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int ret = vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status);

	return ret ? ret : (int)status.flags;
}

static void reopen(const struct abi_device *device, const char *when)
{
	answer_fd(vu_group_open(device->group), "reopen-%s", when);
}

static void container_first(const struct abi_device *device, void *memory)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);

	section("order/container-first");
	watch_ledger();
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	close(u.container);
	answer(device_info(u.device), "info");
	answer(group_status(u.group), "status");
	answer_fd(vu_device_open(u.group, device->name), "another-fd");
	answer(vu_unset_container(u.group), "unset-with-device");
	close(u.device);
	answer(group_status(u.group), "status-without-device");
	answer(vu_unset_container(u.group), "unset");
	answer(group_status(u.group), "status-unset");
	close(u.group);
	answer(0, "closed");
}

static void group_first(const struct abi_device *device, void *memory)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);

	section("order/group-first");
	watch_ledger();
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	close(u.group);
	answer(device_info(u.device), "info");
	reopen(device, "with-device");
	answer(vu_map(u.container, memory, IOVA2, SIZE, VU_RW), "map-without-group");
	answer(vu_unmap(u.container, IOVA2, SIZE), "unmap-without-group");
	close(u.device);
	answer(vu_mappings_left(u.container), "info-of-container");
	answer(vu_map(u.container, memory, IOVA2, SIZE, VU_RW), "map-alone");
	answer(vu_unmap(u.container, IOVA, SIZE), "unmap-alone");
	answer(vu_set_iommu(u.container, VFIO_TYPE1v2_IOMMU), "set-iommu-alone");
	reopen(device, "without-device");
	close(u.container);
	answer(0, "closed");
}

static void device_last(const struct abi_device *device, void *memory)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);

	section("order/device-last");
	watch_ledger();
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	close(u.group);
	close(u.container);
	answer(device_info(u.device), "info");
	answer(vu_ioctl(u.device, VFIO_DEVICE_RESET, NULL), "reset");
	reopen(device, "with-device");
	close(u.device);
	answer(0, "closed");
	reopen(device, "without-device");
}

/* A container is used again, with mappings left from its first life. */
static void second_life(const struct abi_device *device, void *memory)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);

	section("order/second-life");
	watch_ledger();
	close(u.device);
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	answer(vu_unset_container(u.group), "unset");
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map-unset");
	answer(vu_unmap(u.container, IOVA, SIZE), "unmap-unset");
	answer(vu_mappings_left(u.container), "info-unset");
	answer(vu_set_container(u.group, u.container), "set");
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map-no-backend");
	answer(vu_set_iommu(u.container, VFIO_TYPE1_IOMMU), "other-type");
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map-again");
	answer(vu_unmap_all(u.container), "unmap-all");
	close(u.group);
	close(u.container);
	answer(0, "closed");
}

static void two_groups(const struct abi_args *args, void *memory, int type)
{
	struct vu u = need_open(&args->edu, type);
	int other = need_fd(vu_group_open(args->other.group), "group"), device;

	section("order/two-groups-v%d", type == VFIO_TYPE1v2_IOMMU ? 2 : 1);
	watch_ledger();
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	answer(vu_set_container(other, u.container), "join");
	answer(group_status(other), "status");
	answer(vu_set_iommu(u.container, type), "set-iommu");
	device = vu_device_open(other, args->other.name);
	answer(device < 0 ? device : 0, "device");
	answer_fd(vu_device_open(u.group, args->other.name), "device-of-the-other");
	answer(vu_map(u.container, memory, IOVA2, SIZE, VU_RW), "map-for-both");
	close(u.device);
	answer(vu_unset_container(u.group), "first-leaves");
	answer(vu_unmap(u.container, IOVA, SIZE), "unmap");
	answer(vu_unset_container(other), "second-leaves-with-device");
	close(device);
	answer(vu_unset_container(other), "second-leaves");
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map-at-end");
	close(other);
	close(u.group);
	close(u.container);
	answer(0, "closed");
}

/* Both join before the backend is chosen. */
static void join_early(const struct abi_args *args, void *memory)
{
	int container = need_fd(vu_container_open(), "container");
	int group = need_fd(vu_group_open(args->edu.group), "group");
	int other = need_fd(vu_group_open(args->other.group), "group");

	section("order/join-early");
	watch_ledger();
	answer(vu_set_container(group, container), "first");
	answer(vu_set_container(other, container), "second");
	answer(vu_set_iommu(container, VFIO_TYPE1v2_IOMMU), "set-iommu");
	answer(vu_map(container, memory, IOVA, SIZE, VU_RW), "map");
	close(group);
	answer(vu_map(container, memory, IOVA2, SIZE, VU_RW), "map-with-one");
	close(other);
	answer(vu_map(container, memory, IOVA2, SIZE, VU_RW), "map-with-none");
	close(container);
	answer(0, "closed");
}

/* What the child of two processes does. */
struct family {
	struct vu *u;
	void *memory;
	const struct abi_device *device;
};

static void child(void *arg)
{
	const struct family *f = arg;

	answer(vu_map(f->u->container, f->memory, IOVA2, SIZE, VU_RW), "child-map");
	answer(vu_unmap(f->u->container, IOVA, SIZE), "child-unmap");
	answer(device_info(f->u->device), "child-info");
	answer_fd(vu_device_open(f->u->group, f->device->name), "child-device");
	answer(vu_unset_container(f->u->group), "child-unset");
	close(f->u->device);
	answer(vu_unset_container(f->u->group), "child-unset-without-device");
}

static void two_processes(const struct abi_device *device, void *memory)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);
	struct family f = { .u = &u, .memory = memory, .device = device };

	section("order/two-processes");
	watch_ledger();
	answer(vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	in_child(child, &f);
	answer(vu_mappings_left(u.container), "left");
	answer(vu_unmap(u.container, IOVA2, SIZE), "unmap-of-child");
	vu_close(&u);
	answer(0, "closed");
}

void abi_order(const struct abi_args *args)
{
	void *memory = vu_alloc(VU_4K, SIZE);

	need(memory, "memory");
	container_first(&args->edu, memory);
	group_first(&args->edu, memory);
	device_last(&args->edu, memory);
	second_life(&args->edu, memory);
	two_groups(args, memory, VFIO_TYPE1_IOMMU);
	two_groups(args, memory, VFIO_TYPE1v2_IOMMU);
	join_early(args, memory);
	two_processes(&args->edu, memory);
}
