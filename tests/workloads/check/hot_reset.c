// SPDX-License-Identifier: GPL-2.0-only
/* Row P4: the reset of a whole bus, by who owns all of it. */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

/* The first receive address of an e1000e: a reset restores it. */
#define ADDRESS_REG  0x5400
#define ADDRESS_PAGE 0x5000
/* The command register of an rtl8139: 0x0c lets it send and receive. */
#define COMMAND_REG  0x37
#define FDS_MAX	     2

static int hot_reset(int device, const int32_t *fds, uint32_t count)
{
	struct {
		struct vfio_pci_hot_reset head;
		int32_t fds[FDS_MAX];
	} request = {
		.head = { .argsz = sizeof(request.head) + count * sizeof(*fds), .count = count },
	};

	memcpy(request.fds, fds, count * sizeof(*fds));
	return vu_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &request);
}

struct hot_reset_info {
	struct vfio_pci_hot_reset_info head;
	struct vfio_pci_dependent_device devices[8];
};

static struct hot_reset_info info(const struct check_args *args, int device)
{
	struct hot_reset_info info = { .head.argsz = sizeof(info.head) };
	char address[32];
	uint32_t i;

	returns(vu_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info), -ENOSPC,
		"P4: who would be reset does not fit in no room");
	is(info.head.count, 3, "P4: but it is said how many they are");
	info.head.argsz = sizeof(info);
	returns(vu_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info), 0,
		"P4: who would be reset");
	is(info.head.count, 3, "P4: all functions");
	for (i = 0; i < info.head.count && i < 8; i++) {
		struct vfio_pci_dependent_device *d = &info.devices[i];

		is(d->group_id, strtoul(args->group, NULL, 10), "P4: the group of function %u", i);
		snprintf(address, sizeof(address), "%04x:%02x:%02x.%x", d->segment, d->bus,
			 d->devfn >> 3, d->devfn & 7);
		ok(!strncmp(address, args->device, strlen(address) - 1) && (d->devfn & 7) == i,
		   "P4: the address of function %u", i);
	}
	info.head.argsz = 4;
	returns(vu_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info), -EINVAL,
		"P4: a short argsz is refused");
	return info;
}

static void refused(int device, int group, int other_group)
{
	struct vfio_pci_hot_reset bad = { .argsz = SZ_4K, .count = 4 };
	int32_t fds[FDS_MAX] = { group, -1 };

	returns(hot_reset(device, fds, 0), -EINVAL, "P4: a bus reset without a group is refused");
	returns(vu_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &bad), -EINVAL,
		"P4: so is one with more groups than functions");
	bad = (struct vfio_pci_hot_reset){ .argsz = sizeof(bad), .flags = 1 };
	returns(vu_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &bad), -EINVAL,
		"P4: so is one with unknown flags");
	returns(hot_reset(device, fds, 2), -EBADF, "P4: so is one with a bad fd");
	fds[0] = device;
	returns(hot_reset(device, fds, 1), -EINVAL, "P4: so is one with an fd of no group");
	fds[0] = other_group;
	ok(hot_reset(device, fds, 1) < 0, "P4: so is one with somebody else's group");
}

static uint32_t get(int device, uint64_t pos)
{
	uint32_t value = 0;

	need(pread(device, &value, 4, pos) == 4, "P1: read a register");
	return value;
}

static void set(int device, uint64_t pos, uint32_t value)
{
	need(pwrite(device, &value, 4, pos) == 4, "P1: write a register");
}

/**
 * struct nic - one function, open
 * @fd: device fd
 * @bar: offset of BAR 0
 * @config: offset of config space
 * @address: the register's value after a reset
 */
struct nic {
	int fd;
	uint64_t bar;
	uint64_t config;
	uint32_t address;
};

static struct nic need_nic(int fd)
{
	struct vfio_region_info bar, config;
	struct nic nic = { .fd = fd };

	need(fd >= 0, "open a function");
	need(!vu_region_info(fd, VFIO_PCI_BAR0_REGION_INDEX, &bar) &&
		     !vu_region_info(fd, VFIO_PCI_CONFIG_REGION_INDEX, &config),
	     "P1: region info");
	need(!vu_pci_command(fd, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0), "P5: turn on BARs");
	nic.bar = bar.offset;
	nic.config = config.offset;
	nic.address = get(fd, nic.bar + ADDRESS_REG);
	return nic;
}

static void disturb(const struct nic *nic)
{
	set(nic->fd, nic->bar + ADDRESS_REG, ~nic->address);
}

static bool was_reset(const struct nic *nic)
{
	return get(nic->fd, nic->bar + ADDRESS_REG) == nic->address;
}

/* A bus whose functions are in one group. */
void check_hot_reset(const struct check_args *args)
{
	const uint32_t wanted = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	volatile uint32_t *page;
	struct nic nic, other;
	char name[32];
	int foreign;

	snprintf(name, sizeof(name), "%s", args->device);
	name[strlen(name) - 1] = '1';
	nic = need_nic(u.device);
	other = need_nic(vu_device_open(u.group, name));
	foreign = vu_group_open(args->group2);
	need(foreign >= 0, "open group %s", args->group2);

	info(args, nic.fd);
	disturb(&nic);
	disturb(&other);
	page = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, other.fd, other.bar + ADDRESS_PAGE);
	need(page != MAP_FAILED, "P1: map BAR 0");
	is(page[(ADDRESS_REG - ADDRESS_PAGE) / 4], ~other.address, "P1: a register is written");

	refused(nic.fd, u.group, foreign);
	ok(!was_reset(&nic) && !was_reset(&other), "P4: and nothing was reset");

	returns(hot_reset(nic.fd, &u.group, 1), 0, "P4: a bus reset by who has its group");
	ok(was_reset(&nic), "P4: has reset the device");
	ok(was_reset(&other), "P4: and the other function");
	is(page[(ADDRESS_REG - ADDRESS_PAGE) / 4], other.address, "P4: whose mapped BAR works");
	is(get(other.fd, other.config + PCI_COMMAND) & wanted, wanted,
	   "P4: and whose command register is what its user wants");

	disturb(&other);
	close(u.device);
	returns(hot_reset(other.fd, &u.group, 1), 0, "P4: it may hit a function that is not open");
	ok(was_reset(&other), "P4: and the reset happens");
	u.device = vu_device_open(u.group, args->device);
	ok(u.device >= 0, "P4: which can be opened again");

	munmap((void *)page, SZ_4K);
	close(other.fd);
	close(foreign);
	vu_close(&u);
}

/* The same bus while the other function is not bound to a driver of ours. */
void check_hot_reset_denied(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct nic nic = need_nic(u.device);

	disturb(&nic);
	ok(hot_reset(nic.fd, &u.group, 1) < 0,
	   "P4: a bus reset is refused while a function is not the user's");
	ok(!was_reset(&nic), "P4: and nothing was reset");
	vu_close(&u);
}

/* A function that cannot be reset alone, an rtl8139; args are those of function 2. */
void check_close_reset(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_region_info bar;
	const uint8_t enable = 0x0c;
	uint8_t value = 0;
	char name[32];
	int other;

	snprintf(name, sizeof(name), "%s", args->device);
	name[strlen(name) - 1] = '0';
	need(!vu_ioctl(u.device, VFIO_DEVICE_GET_INFO, &info) &&
		     !vu_region_info(u.device, VFIO_PCI_BAR1_REGION_INDEX, &bar),
	     "P1: information");
	ok(!(info.flags & VFIO_DEVICE_FLAGS_RESET), "P4: a function cannot be reset alone");
	returns(vu_ioctl(u.device, VFIO_DEVICE_RESET, NULL), -EINVAL, "P4: its reset is refused");

	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P5: turn on the BAR");
	need(pwrite(u.device, &enable, 1, bar.offset + COMMAND_REG) == 1 &&
		     pread(u.device, &value, 1, bar.offset + COMMAND_REG) == 1,
	     "P1: use a register");
	is(value & enable, enable, "P1: a register is written");

	other = vu_device_open(u.group, name);
	need(other >= 0, "open %s", name);
	close(u.device);
	u.device = vu_device_open(u.group, args->device);
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0) &&
		     pread(u.device, &value, 1, bar.offset + COMMAND_REG) == 1,
	     "P1: read a register");
	is(value & enable, enable, "P4: its close does not reset it while another is in use");

	close(other);
	close(u.device);
	u.device = vu_device_open(u.group, args->device);
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0) &&
		     pread(u.device, &value, 1, bar.offset + COMMAND_REG) == 1,
	     "P1: read a register");
	is(value & enable, 0, "P4: the last close resets it with its bus");
	vu_close(&u);
}

/* --- Who closes last ------------------------------------------------------------- */

#define FUNCTIONS 3
#define LAST	  (FUNCTIONS - 1) /* the one that cannot be reset alone */

static const uint8_t orders[][FUNCTIONS] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

#define ORDERS (sizeof(orders) / sizeof(orders[0]))

static int open_function(const struct check_args *args, int group, unsigned int function)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "%s", args->device);
	name[strlen(name) - 1] = '0' + function;
	fd = vu_device_open(group, name);
	need(fd >= 0, "open %s", name);
	return fd;
}

/* The register of an rtl8139 that its reset clears. */
static uint8_t enabled(int device)
{
	return pci_get(device, VFIO_PCI_BAR1_REGION_INDEX, COMMAND_REG, 1) & 0x0c;
}

static void enable(int device)
{
	need(!vu_pci_command(device, PCI_COMMAND_MEMORY, 0) &&
		     !pci_set(device, VFIO_PCI_BAR1_REGION_INDEX, COMMAND_REG, 1, 0x0c) &&
		     enabled(device) == 0x0c,
	     "P1: use a register");
}

/* Opens the function that cannot be reset alone, and closes it. */
static bool last_was_reset(const struct check_args *args, int group)
{
	int fd = open_function(args, group, LAST);
	bool reset;

	need(!vu_pci_command(fd, PCI_COMMAND_MEMORY, 0), "P5: turn on the BAR");
	reset = !enabled(fd);
	close(fd);
	return reset;
}

/* Three functions of one bus; args are those of the last. */
void check_close_orders(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int fds[FUNCTIONS];
	size_t opened, closed, i;

	close(u.device);
	u.device = -1;
	for (opened = 0; opened < ORDERS; opened++) {
		for (closed = 0; closed < ORDERS; closed++) {
			for (i = 0; i < FUNCTIONS; i++) {
				unsigned int function = orders[opened][i];

				fds[function] = open_function(args, u.group, function);
			}
			enable(fds[LAST]);
			for (i = 0; i < FUNCTIONS; i++)
				close(fds[orders[closed][i]]);
			ok(last_was_reset(args, u.group),
			   "P4: opened %u%u%u, closed %u%u%u: what cannot be reset alone is reset",
			   orders[opened][0], orders[opened][1], orders[opened][2],
			   orders[closed][0], orders[closed][1], orders[closed][2]);
		}
	}

	fds[LAST] = open_function(args, u.group, LAST);
	fds[0] = open_function(args, u.group, 0);
	enable(fds[LAST]);
	close(fds[LAST]);
	ok(!last_was_reset(args, u.group), "P4: it is not while another function is in use");
	close(fds[0]);
	ok(last_was_reset(args, u.group), "P4: it is when that one is closed");
	vu_close(&u);
}

/* Leaves a mark in the function that cannot be reset alone; see close-marked. */
void check_mark(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	enable(u.device);
	ok(true, "P4: a register is written");
	vu_close(&u);
}

void check_unmarked(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P5: turn on the BAR");
	is(enabled(u.device), 0, "P4: the next user does not find what was written");
	vu_close(&u);
}

/* A function that loses its reset while it is open; @device's reset_method is empty then. */
void check_reset_fails(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct nic nic = need_nic(u.device);
	char path[80];
	FILE *f;

	need(!vu_ioctl(u.device, VFIO_DEVICE_GET_INFO, &info), "P1: information");
	ok(info.flags & VFIO_DEVICE_FLAGS_RESET, "P4: a function can be reset");
	disturb(&nic);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset_method", args->device);
	f = fopen(path, "we");
	need(f && fputs("\n", f) >= 0 && !fclose(f), "write %s", path);
	close(u.device);
	u.device = vu_device_open(u.group, args->device);
	need(u.device >= 0, "open %s", args->device);
	need(!vu_ioctl(u.device, VFIO_DEVICE_GET_INFO, &info), "P1: information");
	ok(!(info.flags & VFIO_DEVICE_FLAGS_RESET), "P4: it cannot any more");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P5: turn on the BAR");
	ok(was_reset(&(struct nic){ u.device, nic.bar, nic.config, nic.address }),
	   "P4: its close has reset it with its bus");
	vu_close(&u);
}

/* --- A reset that takes long ------------------------------------------------------ */

#define STALL "/dev/vfio-test-stall"

/* Bounds a test that fails. */
#define PATIENCE_MS 20000

/**
 * struct opening - a device that a child opens
 * @args: the first device; for a sibling, of which @group is the group
 * @group: fd, or -1 for the second device of @args
 * @done: eventfd, signalled when it is open
 */
struct opening {
	const struct check_args *args;
	int group;
	int done;
};

static int open_other(const void *arg)
{
	const struct opening *opening = arg;
	const uint64_t one = 1;
	struct vu u = VU_CLOSED;

	if (opening->group >= 0)
		u.device = open_function(opening->args, opening->group, 1);
	else if (vu_open(&u, opening->args->group2, opening->args->device2, VFIO_TYPE1v2_IOMMU))
		return 1;
	if (write(opening->done, &one, sizeof(one)) != sizeof(one))
		return 2;
	vu_close(&u);
	return 0;
}

static void *close_device(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

/* Waits until a task is in a function of the kernel with this in its name. */
static bool reaches(pid_t pid, const char *function)
{
	char path[64], stack[4096];
	int left;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	for (left = PATIENCE_MS / 10; left; left--) {
		FILE *f = fopen(path, "re");

		need(f, "open %s", path);
		stack[fread(stack, 1, sizeof(stack) - 1, f)] = '\0';
		fclose(f);
		if (strstr(stack, function))
			return true;
		usleep(10000);
	}
	return false;
}

/*
 * A bus reset, held up, and devices that are opened meanwhile. The first device cannot be
 * reset alone; the second is elsewhere.
 */
void check_reset_stalled(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct pollfd stall = { .fd = open(STALL, O_RDWR | O_CLOEXEC), .events = POLLIN };
	struct opening elsewhere = { args, -1, event_new() };
	struct opening sibling = { args, u.group, event_new() };
	pid_t elsewhere_pid, sibling_pid;
	struct pollfd done;
	pthread_t closer;

	need(stall.fd >= 0, "open " STALL);
	enable(u.device);
	need(!pthread_create(&closer, NULL, close_device, &u.device), "thread");
	need(poll(&stall, 1, PATIENCE_MS) == 1, "a bus reset begins");

	elsewhere_pid = spawn(open_other, &elsewhere);
	done = (struct pollfd){ .fd = elsewhere.done, .events = POLLIN };
	is(poll(&done, 1, PATIENCE_MS), 1,
	   "P4: while a bus is being reset, devices elsewhere are opened");
	sibling_pid = spawn(open_other, &sibling);
	/* Of the group it is, if the one that is being closed is in the same. */
	ok(reaches(sibling_pid, "vfio_"), "P4: a device of this bus waits");
	is(event_count(sibling.done), 0, "P4: and is not open");

	need(write(stall.fd, "", 1) == 1, "write " STALL);
	pthread_join(closer, NULL);
	is(status_of(elsewhere_pid), 0, "P4: the one was opened");
	is(status_of(sibling_pid), 0, "P4: the other is opened after the reset");
	u.device = -1;
	ok(last_was_reset(args, u.group), "P4: which has happened");
	close(stall.fd);
	close(elsewhere.done);
	close(sibling.done);
	vu_close(&u);
}

/* --- A device that somebody else has locked ------------------------------------------ */

#define LOCKS  "/dev/vfio-test-locks"
#define UNBIND "/sys/bus/pci/drivers/vfio-pci/unbind"

/**
 * struct together - a child's part in check_close_locked()
 * @inherited: what it must not hold
 * @sibling: likewise
 * @first: address of the device that is closed first
 * @second: of its sibling, which is being removed
 * @locked: eventfd, signalled when @first is locked
 */
struct together {
	struct vu inherited;
	int sibling;
	const char *first;
	const char *second;
	int locked;
};

static bool write_text(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static void let_go(const struct together *t)
{
	struct vu inherited = t->inherited;

	close(t->sibling);
	vu_close(&inherited);
}

static int unbind_second(const void *arg)
{
	const struct together *t = arg;

	let_go(t);
	return !write_text(open(UNBIND, O_WRONLY | O_CLOEXEC), t->second);
}

/* As error recovery of their bus. */
static int lock_both(const void *arg)
{
	const struct together *t = arg;
	const uint64_t one = 1;
	int fd = open(LOCKS, O_WRONLY | O_CLOEXEC);

	let_go(t);
	if (!write_text(fd, t->first) || write(t->locked, &one, sizeof(one)) != sizeof(one))
		return 1;
	return !write_text(fd, t->second);
}

/**
 * struct closing - a device that a thread closes
 * @fd: the device
 * @done: eventfd, signalled afterwards
 */
struct closing {
	int fd;
	int done;
};

static void *close_and_tell(void *arg)
{
	const struct closing *closing = arg;
	const uint64_t one = 1;

	close(closing->fd);
	need(write(closing->done, &one, sizeof(one)) == sizeof(one), "write an eventfd");
	return NULL;
}

/*
 * Two functions of a bus with one user, of which the second is being removed. Error recovery has
 * locked the first and waits for the second, whose lock its removal has until it is closed. The
 * first is one that cannot be reset alone.
 */
void check_close_locked(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct together t = { u, open_function(args, u.group, 1), args->device, NULL, event_new() };
	struct closing closing = { u.device, event_new() };
	struct pollfd closed = { .fd = closing.done, .events = POLLIN };
	pid_t unbinder, locker;
	pthread_t closer;
	char second[32];

	snprintf(second, sizeof(second), "%s", args->device);
	second[strlen(second) - 1] = '1';
	t.second = second;
	enable(u.device);
	unbinder = spawn(unbind_second, &t);
	need(reaches(unbinder, "vfio_del_group_dev"), "the second function is being removed");
	locker = spawn(lock_both, &t);
	need(event_wait(t.locked) == 1 && reaches(locker, "locks_write"),
	     "the first one is locked");

	need(!pthread_create(&closer, NULL, close_and_tell, &closing), "thread");
	is(poll(&closed, 1, PATIENCE_MS), 1, "P4: a device that somebody has locked can be closed");
	if (!closed.revents)
		kill(locker, SIGKILL);
	pthread_join(closer, NULL);
	close(t.sibling);
	is(status_of(unbinder), 0, "P4: then its sibling, whose removal ends");
	is(status_of(locker), 0, "P4: and whoever waited for that has both");
	u.device = -1;
	vu_close(&u);
	close(t.locked);
	close(closing.done);
}
