// SPDX-License-Identifier: GPL-2.0-only
/* Row C9: the kernel takes a device back: it asks the user, and waits. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define UNBIND "/sys/bus/pci/drivers/vfio-pci/unbind"
#define BIND   "/sys/bus/pci/drivers/vfio-pci/bind"

/* The request interrupt comes at once; this bounds a test that fails. */
#define PATIENCE_MS 60000

static int write_address(const char *path, const char *address)
{
	int fd = open(path, O_WRONLY);
	int ret = fd < 0 || write(fd, address, strlen(address)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

/* In a child, which must not hold the device itself by what it inherited. */
struct unbinding {
	const struct check_args *args;
	struct vu inherited;
};

static int unbind(const void *arg)
{
	struct unbinding own = *(const struct unbinding *)arg;

	vu_close(&own.inherited);
	return -write_address(UNBIND, own.args->device);
}

static bool node_exists(const struct check_args *args)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s", args->group);
	return !access(path, F_OK);
}

void check_unbind(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct pollfd event = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
	struct ledger before = ledger_now();
	void *memory = need_memory(VU_4K, SZ_1M);
	struct unbinding unbinding = { args, u };
	pid_t child;

	returns(pci_set_triggers(u.device, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, &event.fd), 0,
		"C9: the user offers an eventfd to be asked by");
	need(!vu_map(u.container, memory, 256 * SZ_1M, SZ_1M, VU_RW), "map");
	child = spawn(unbind, &unbinding);
	is(poll(&event, 1, PATIENCE_MS), 1, "C9: unbinding a device in use asks its user");
	is(waitpid(child, NULL, WNOHANG), 0, "C9: unbinding waits");
	ok(node_exists(args), "C9: the group is still there");
	returns(vu_device_open(u.group, args->device), -ENODEV,
		"C9: a device that is about to go does not open again");

	close(u.device);
	is(status_of(child), 0, "C9: unbinding ends when the user lets go");
	ok(!node_exists(args), "C2: the group goes with its last device");
	returns(vu_set_container(u.group, u.container), -ENODEV,
		"C9: a group without devices has no container to join");
	is(vu_unmap_all(u.container), -EINVAL, "C6: its container has lost its backend");
	ledger_same(&before, "C9: and with it the mappings");
	close(u.group);
	close(u.container);

	returns(write_address(BIND, args->device), 0, "C9: the device binds again");
	ok(node_exists(args), "C2: the group is back");
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	close(u.device);
	u.device = -1;
	returns(write_address(UNBIND, args->device), 0,
		"C9: a device that nobody has open unbinds, whatever its group is used for");
	vu_close(&u);
	returns(write_address(BIND, args->device), 0, "C9: and binds again");
	vu_free(memory, SZ_1M);
}
