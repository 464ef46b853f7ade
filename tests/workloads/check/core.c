// SPDX-License-Identifier: GPL-2.0-only
/* Rows C1 to C7: containers, groups and device fds. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define IOVA	    SZ_1M
#define SIZE	    SZ_64K
#define OPENERS	    8
#define OPEN_ROUNDS 50

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

/* The result of @request with a structure that says it is @argsz bytes. */
static int with_argsz(int fd, unsigned long request, uint32_t argsz)
{
	uint32_t buf[64] = { argsz };

	return vu_ioctl(fd, request, buf);
}

static void bare_container(void)
{
	int fd = vu_container_open();
	uint64_t one_page[SZ_4K / 8] __attribute__((aligned(SZ_4K)));

	need(fd >= 0, "C1: /dev/vfio/vfio opens");
	is(vu_ioctl(fd, VFIO_GET_API_VERSION, NULL), VFIO_API_VERSION,
	   "C1: the API version of a container without groups");
	is(vu_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)VFIO_TYPE1_IOMMU), 1,
	   "C3: CHECK_EXTENSION knows the type1 backend");
	is(vu_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)VFIO_TYPE1v2_IOMMU), 1,
	   "C3: CHECK_EXTENSION knows type1 version 2");
	is(vu_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)VFIO_SPAPR_TCE_IOMMU), 0,
	   "C3: CHECK_EXTENSION knows no backend of another architecture");
	is(vu_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)0x7fffffffL), 0,
	   "C3: CHECK_EXTENSION answers 0 to what does not exist");
	returns(vu_set_iommu(fd, VFIO_TYPE1v2_IOMMU), -EINVAL,
		"C3: SET_IOMMU without a group is refused");
	returns(vu_map(fd, one_page, IOVA, SZ_4K, VU_RW), -EINVAL,
		"C1: MAP_DMA without a group is refused");
	returns(vu_unmap(fd, IOVA, SZ_4K), -EINVAL, "C1: UNMAP_DMA without a group is refused");
	returns(with_argsz(fd, VFIO_IOMMU_GET_INFO, 64), -EINVAL,
		"C1: GET_INFO without a group is refused");
	returns(vu_ioctl(fd, VFIO_DEVICE_RESET, NULL), -EINVAL,
		"C1: a device's ioctl on a container without a group is refused");
	close(fd);
}

static int nobody_opens(const void *arg)
{
	int fd;

	if (become_nobody())
		return 1;
	fd = vu_container_open();
	if (fd < 0 || vu_ioctl(fd, VFIO_GET_API_VERSION, NULL) != VFIO_API_VERSION)
		return 2;
	return vu_group_open(arg) == -EACCES ? 0 : 3;
}

static void nodes(const struct check_args *args)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s", args->group);
	is(mode_of("/dev/vfio/vfio"), 0666, "C1: the container's node is for everybody");
	is(mode_of(path), 0600, "C1: the group's node is for root");
	is(status_of(spawn(nobody_opens, args->group)), 0,
	   "C1: a user without privilege may open the container and may not open the group");
}

static void group_status(const struct check_args *args)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int container = vu_container_open(), group = vu_group_open(args->group);

	need(container >= 0 && group >= 0, "C4: container and group open");
	returns(vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status), 0, "C4: GET_STATUS");
	is(status.flags, VFIO_GROUP_FLAGS_VIABLE, "C4: the group is viable and has no container");
	returns(with_argsz(group, VFIO_GROUP_GET_STATUS, sizeof(status) - 1), -EINVAL,
		"C4: GET_STATUS with a short argsz is refused");
	returns(vu_ioctl(group, VFIO_GROUP_GET_STATUS, NULL), -EFAULT,
		"C4: GET_STATUS to nowhere is refused");
	need(!vu_set_container(group, container), "C6: SET_CONTAINER");
	returns(vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status), 0,
		"C4: GET_STATUS with a container");
	is(status.flags, VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET,
	   "C4: the status tells that a container is set");
	returns(vu_ioctl(group, VFIO_DEVICE_RESET, NULL), -ENOTTY,
		"C4: a device's ioctl on a group is unknown");
	close(group);
	close(container);
}

static int opens_busy(const void *arg)
{
	return vu_group_open(arg) == -EBUSY ? 0 : 1;
}

struct opener {
	pthread_t thread;
	pthread_barrier_t *barrier;
	const char *group;
	int wins;
	int strange;
};

static void *open_often(void *arg)
{
	struct opener *o = arg;
	int round, fd;

	for (round = 0; round < OPEN_ROUNDS; round++) {
		pthread_barrier_wait(o->barrier);
		fd = vu_group_open(o->group);
		/* Nobody closes before everybody has tried. */
		pthread_barrier_wait(o->barrier);
		if (fd >= 0) {
			o->wins++;
			close(fd);
		} else if (fd != -EBUSY) {
			o->strange++;
		}
	}
	return NULL;
}

static void open_at_once(const struct check_args *args)
{
	struct opener openers[OPENERS] = { 0 };
	int i, wins = 0, strange = 0;
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, OPENERS);
	for (i = 0; i < OPENERS; i++) {
		openers[i].barrier = &barrier;
		openers[i].group = args->group;
		need(!pthread_create(&openers[i].thread, NULL, open_often, &openers[i]), "thread");
	}
	for (i = 0; i < OPENERS; i++) {
		pthread_join(openers[i].thread, NULL);
		wins += openers[i].wins;
		strange += openers[i].strange;
	}
	pthread_barrier_destroy(&barrier);
	is(wins, OPEN_ROUNDS, "C5: of %d threads that open at once exactly one succeeds", OPENERS);
	is(strange, 0, "C5: and all others get -EBUSY");
}

static void open_once(const struct check_args *args)
{
	int container, device, again, group = vu_group_open(args->group);

	need(group >= 0, "C5: group opens");
	returns(vu_group_open(args->group), -EBUSY, "C5: second open of a group fails with -EBUSY");
	is(status_of(spawn(opens_busy, args->group)), 0,
	   "C5: second open from another process fails with -EBUSY");
	container = vu_container_open();
	returns(vu_set_container(group, container), 0,
		"C5: the first fd works after the failed second open");
	returns(vu_group_open(args->group), -EBUSY,
		"C5: second open with a container set fails with -EBUSY");
	returns(vu_unset_container(group), 0, "C6: UNSET_CONTAINER");
	returns(vu_group_open(args->group), -EBUSY,
		"C5: second open after UNSET_CONTAINER fails with -EBUSY");
	close(group);
	group = vu_group_open(args->group);
	ok(group >= 0, "C5: a group opens again after the close");

	need(!vu_set_container(group, container), "C6: SET_CONTAINER");
	need(!vu_set_iommu(container, VFIO_TYPE1v2_IOMMU), "C3: SET_IOMMU");
	device = vu_device_open(group, args->device);
	need(device >= 0, "C7: GET_DEVICE_FD");
	close(group);
	returns(vu_group_open(args->group), -EBUSY,
		"C5: an open device keeps its group busy after the group's fd is closed");
	close(device);
	again = vu_group_open(args->group);
	ok(again >= 0, "C5: the group opens again after the device is closed");
	close(again);
	close(container);
	open_at_once(args);
}

/* Most extensions are no type that a container could be. */
static void no_types(int container)
{
	unsigned long number;
	int ret, want, wrong = 0;

	for (number = 0; number < 64; number++) {
		if (number == VFIO_TYPE1_IOMMU || number == VFIO_TYPE1v2_IOMMU ||
		    number == VFIO_TYPE1_NESTING_IOMMU)
			continue;
		want = vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)number) > 0 ? -EINVAL
										     : -ENODEV;
		ret = vu_ioctl(container, VFIO_SET_IOMMU, (void *)number);
		wrong += ret != want;
		if (ret != want)
			note("SET_IOMMU of %lu returned %d, expected %d", number, ret, want);
	}
	is(wrong, 0, "C3: SET_IOMMU of an extension that is no type of container is refused");
	returns(vu_ioctl(container, VFIO_SET_IOMMU, (void *)(VFIO_TYPE1v2_IOMMU | 1UL << 32)),
		-ENODEV, "C3: SET_IOMMU of a type with more bits than it has is refused");
}

static void containers(const struct check_args *args)
{
	int container = vu_container_open(), other = vu_container_open();
	int group = vu_group_open(args->group), null = open("/dev/null", O_RDWR);
	void *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	int device, ret, minus = -1;

	need(container >= 0 && other >= 0 && group >= 0 && null >= 0, "C6: open");
	returns(vu_unset_container(group), -EINVAL, "C6: UNSET_CONTAINER without one is refused");
	/* Kernels have changed their mind about what is wrong with a wrong fd. */
	ret = vu_ioctl(group, VFIO_GROUP_SET_CONTAINER, &minus);
	ok(ret == -EINVAL || ret == -EBADF, "C6: SET_CONTAINER to fd -1 is refused");
	returns(vu_set_container(group, 1000), -EBADF, "C6: SET_CONTAINER to no fd is refused");
	ret = vu_set_container(group, null);
	ok(ret == -EINVAL || ret == -EBADFD,
	   "C6: SET_CONTAINER to an fd that is no container is refused");
	ret = vu_set_container(group, group);
	ok(ret == -EINVAL || ret == -EBADFD, "C6: SET_CONTAINER to a group's fd is refused");
	returns(vu_ioctl(group, VFIO_GROUP_SET_CONTAINER, NULL), -EFAULT,
		"C6: SET_CONTAINER from nowhere is refused");
	returns(vu_set_container(group, container), 0, "C6: SET_CONTAINER");
	returns(vu_set_container(group, container), -EINVAL, "C6: SET_CONTAINER twice is refused");
	returns(vu_set_container(group, other), -EINVAL,
		"C6: SET_CONTAINER to a second container is refused");

	returns(vu_device_open(group, args->device), -EINVAL,
		"C7: GET_DEVICE_FD before SET_IOMMU is refused");
	returns(vu_set_iommu(container, 0x7fff), -ENODEV,
		"C3: SET_IOMMU of an unknown type is refused");
	returns(vu_set_iommu(container, VFIO_SPAPR_TCE_IOMMU), -ENODEV,
		"C3: SET_IOMMU of a type that this machine lacks is refused");
	no_types(container);
	returns(vu_set_iommu(container, VFIO_TYPE1v2_IOMMU), 0, "C3: SET_IOMMU");
	returns(vu_set_iommu(container, VFIO_TYPE1v2_IOMMU), -EINVAL,
		"C3: SET_IOMMU twice is refused");
	returns(vu_ioctl(container, VFIO_DEVICE_RESET, NULL), -ENOTTY,
		"C3: an ioctl that the backend does not know");

	need(!vu_map(container, memory, IOVA, SIZE, VU_RW), "T1: map");
	device = vu_device_open(group, args->device);
	need(device >= 0, "C7: GET_DEVICE_FD");
	returns(vu_unset_container(group), -EBUSY,
		"C6: UNSET_CONTAINER with a device open fails with -EBUSY");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "C6: and leaves the mapping alone");
	close(device);
	returns(vu_unset_container(group), 0, "C6: UNSET_CONTAINER after the device is closed");
	ledger_same(&before, "C6: the last group takes the mappings with it");
	returns(vu_map(container, memory, IOVA, SIZE, VU_RW), -EINVAL,
		"C6: a container without groups maps nothing");

	returns(vu_set_container(group, other), 0, "C6: another container takes the group");
	returns(vu_set_iommu(other, VFIO_TYPE1_IOMMU), 0, "C3: SET_IOMMU of type1 version 1");
	returns(vu_unset_container(group), 0, "C6: UNSET_CONTAINER of it");
	returns(vu_set_container(group, container), 0, "C6: the first container takes it again");
	returns(vu_set_iommu(container, VFIO_TYPE1v2_IOMMU), 0, "C3: and may choose again");
	need(!vu_map(container, memory, IOVA, SIZE, VU_RW), "T1: map");
	close(group);
	ledger_same(&before, "C6: closing a group takes it out of its container");

	vu_free(memory, SIZE);
	close(null);
	close(other);
	close(container);
}

static void devices(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int group = u.group, second, container = u.container;
	char longer[64], *no_end;

	ok(fcntl(u.device, F_GETFD) & FD_CLOEXEC, "C7: a device's fd is closed on exec");
	second = vu_device_open(group, args->device);
	ok(second >= 0 && second != u.device, "C7: a second fd of the same device");
	close(second);
	snprintf(longer, sizeof(longer), "%s0", args->device);
	returns(vu_device_open(group, "no such device"), -ENODEV,
		"C7: GET_DEVICE_FD of an unknown name is refused");
	returns(vu_device_open(group, longer), -ENODEV,
		"C7: GET_DEVICE_FD of a name that only begins right is refused");
	returns(vu_device_open(group, ""), -ENODEV, "C7: GET_DEVICE_FD of no name is refused");
	returns(vu_device_open(group, NULL), -EFAULT, "C7: GET_DEVICE_FD from nowhere is refused");
	no_end = need_memory(VU_4K, SZ_64K);
	memset(no_end, 'x', SZ_64K);
	returns(vu_device_open(group, no_end), -EINVAL,
		"C7: GET_DEVICE_FD of an endless name is refused");
	vu_free(no_end, SZ_64K);
	returns(vu_ioctl(u.device, VFIO_GROUP_GET_STATUS, NULL), -ENOTTY,
		"C7: a group's ioctl on a device is unknown");

	close(container);
	u.container = -1;
	returns(vu_unset_container(group), -EBUSY,
		"C6: closing the container's fd does not free it under its device");
	vu_close(&u);

	group = vu_group_open(args->group);
	need(group >= 0, "C5: group opens");
	returns(vu_device_open(group, args->device), -EINVAL,
		"C7: GET_DEVICE_FD without a container is refused");
	close(group);
}

static void two_groups(const struct check_args *args)
{
	struct ledger before;
	struct vu u;
	int group, device;
	void *memory;

	if (!args->group2) {
		skip("needs a second device", "C6: two groups in one container");
		return;
	}
	memory = need_memory(VU_4K, SIZE);
	before = ledger_now();
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	group = vu_group_open(args->group2);
	need(group >= 0, "C5: second group opens");
	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "T1: map");
	returns(vu_device_open(u.group, args->device2), -ENODEV,
		"C7: GET_DEVICE_FD of another group's device is refused");
	returns(vu_set_container(group, u.container), 0,
		"C6: a second group joins a container that has a mapping");
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K, "C6: the memory is pinned once");
	device = vu_device_open(group, args->device2);
	ok(device >= 0, "C7: GET_DEVICE_FD of the second group's device");
	close(device);
	vu_close(&(struct vu){ -1, u.group, u.device });
	u.group = u.device = -1;
	is(vu_pinned_pages() - before.pinned, SIZE / SZ_4K,
	   "C6: the mapping stays when one of the groups leaves");
	is(vu_unmap(u.container, IOVA, SIZE), SIZE, "C6: and can be unmapped");
	ledger_same(&before, "C6: which unpins it");
	returns(vu_unset_container(group), 0, "C6: the second group leaves");
	close(group);
	vu_close(&u);
	vu_free(memory, SIZE);
}

static void viability(const struct check_args *args, bool viable)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int container = vu_container_open(), group = vu_group_open(args->group);

	need(container >= 0 && group >= 0, "C4: container and group open");
	returns(vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status), 0, "C4: GET_STATUS");
	is(status.flags, viable ? VFIO_GROUP_FLAGS_VIABLE : 0, "C4: the group is %sviable",
	   viable ? "" : "not ");
	returns(vu_set_container(group, container), viable ? 0 : -EPERM, "C4: SET_CONTAINER %s",
		viable ? "works" : "fails with -EPERM");
	close(group);
	close(container);
}

void check_viable(const struct check_args *args)
{
	viability(args, true);
}

void check_not_viable(const struct check_args *args)
{
	viability(args, false);
}

#define DRIVER	      "/sys/bus/pci/drivers/ahci/"
#define DRIVER_ROUNDS 3

static int tell_driver(const char *file, const char *device)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, device, strlen(device)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* The driver is refused while the group is in a container: then it tries again. */
static int come_and_go(const void *arg)
{
	const char *device = arg;
	int tries, had = 0;

	for (tries = 0; tries < 10000 && had < DRIVER_ROUNDS; tries++) {
		if (!tell_driver(DRIVER "bind", device) && !tell_driver(DRIVER "unbind", device))
			had++;
	}
	return DRIVER_ROUNDS - had;
}

/* A host driver of @args' second device, which is in the same group, comes and goes. */
void check_drivers(const struct check_args *args)
{
	int group = vu_group_open(args->group), container = vu_container_open();
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int rounds = 0, joined = 0, strange = 0, ret, end;
	pid_t child;

	need(group >= 0 && container >= 0, "group and container open");
	child = spawn(come_and_go, args->device2);
	while (!waitpid(child, &end, WNOHANG)) {
		rounds++;
		strange += vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status) != 0;
		ret = vu_set_container(group, container);
		strange += ret && ret != -EPERM;
		joined += !ret;
		strange += !ret && vu_unset_container(group);
	}
	is(strange, 0, "C10: a group answers as it should while a driver in it comes and goes");
	is(end, 0, "C10: the driver could have its device at times");
	ok(joined > 0, "C10: and the user the group");
	note("%d rounds, joined a container in %d", rounds, joined);
	close(group);
	close(container);
}

void check_core(const struct check_args *args)
{
	struct ledger before = ledger_now();

	bare_container();
	nodes(args);
	group_status(args);
	open_once(args);
	containers(args);
	devices(args);
	two_groups(args);
	ledger_same(&before, "C6: nothing is left pinned or locked");
}
