// SPDX-License-Identifier: GPL-2.0-only
/* Row C13: the VFIO device of an unmodified KVM, which looks the core's functions up by name. */

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

#define IOVA  SZ_1M
#define SIZE  SZ_64K
#define PAGES ((long)(SIZE / SZ_4K))

/**
 * struct vm - a virtual machine without CPUs
 * @fd: of the machine
 * @vfio: of its VFIO device, which keeps the machine too
 */
struct vm {
	int fd;
	int vfio;
};

static int vm_open(struct vm *vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), ret;

	if (kvm < 0)
		return -errno;
	vm->fd = vu_ioctl(kvm, KVM_CREATE_VM, NULL);
	close(kvm);
	if (vm->fd < 0)
		return vm->fd;
	ret = vu_ioctl(vm->fd, KVM_CREATE_DEVICE, &device);
	vm->vfio = device.fd;
	if (ret)
		close(vm->fd);
	return ret;
}

static struct vm need_vm(void)
{
	struct vm vm;
	int ret = vm_open(&vm);

	errno = -ret;
	need(!ret, "KVM_CREATE_VM and KVM_CREATE_DEVICE of a VFIO device");
	return vm;
}

static void vm_close(struct vm *vm)
{
	close(vm->vfio);
	close(vm->fd);
}

static int attr(const struct vm *vm, unsigned long request, uint64_t what, const void *arg)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = what,
		.addr = (uintptr_t)arg,
	};

	return vu_ioctl(vm->vfio, request, &attr);
}

static int add(const struct vm *vm, int32_t fd)
{
	return attr(vm, KVM_SET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_ADD, &fd);
}

static int del(const struct vm *vm, int32_t fd)
{
	return attr(vm, KVM_SET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_DEL, &fd);
}

static int reopened(const char *group)
{
	int fd = vu_group_open(group);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void refused(const struct check_args *args)
{
	struct vm vm = need_vm();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int container = vu_container_open(), group = vu_group_open(args->group);

	need(null >= 0 && container >= 0 && group >= 0, "/dev/null, container and group open");
	returns(attr(&vm, KVM_HAS_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_ADD, NULL), 0,
		"C13: KVM has a VFIO device that takes groups");
	returns(add(&vm, null), -EINVAL, "C13: KVM refuses an fd that is not of VFIO");
	returns(add(&vm, container), -EINVAL, "C13: KVM refuses a container");
	returns(add(&vm, -1), -EBADF, "C13: KVM refuses what is no fd");
	returns(attr(&vm, KVM_SET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_ADD, NULL), -EFAULT,
		"C13: KVM refuses an fd from nowhere");
	returns(del(&vm, group), -ENOENT, "C13: KVM gives no group back that it has not");
	close(group);
	returns(reopened(args->group), 0, "C13: what was refused is not kept open");
	close(container);
	close(null);
	vm_close(&vm);
}

static void add_and_delete(const struct check_args *args)
{
	struct vm vm = need_vm(), other = need_vm();
	struct vu u;
	int group = vu_group_open(args->group);

	need(group >= 0, "the group opens");
	returns(add(&vm, group), 0, "C13: KVM takes a group without a container");
	returns(del(&vm, group), 0, "C13: and gives it back");
	close(group);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	returns(add(&vm, u.group), 0, "C13: KVM takes a group with a device in use");
	returns(add(&vm, u.group), -EEXIST, "C13: but not twice");
	returns(del(&other, u.group), -ENOENT, "C13: another VM has it not");
	returns(del(&vm, u.group), 0, "C13: KVM gives it back");
	returns(del(&vm, u.group), -ENOENT, "C13: but not twice");
	returns(add(&vm, u.group), 0, "C13: KVM takes it again");
	returns(del(&vm, u.group), 0, "C13: and gives it back again");
	vu_close(&u);
	vm_close(&other);
	vm_close(&vm);
	returns(reopened(args->group), 0, "C13: the group can be opened after all that");
}

static void two_groups(const struct check_args *args)
{
	struct vm vm = need_vm();
	int group = vu_group_open(args->group), group2 = vu_group_open(args->group2);

	need(group >= 0 && group2 >= 0, "two groups open");
	returns(add(&vm, group), 0, "C13: KVM takes one group");
	returns(add(&vm, group2), 0, "C13: and another one");
	returns(del(&vm, group), 0, "C13: gives the first one back");
	returns(del(&vm, group), -ENOENT, "C13: and has it no more");
	returns(add(&vm, group2), -EEXIST, "C13: but the other one still");
	close(group);
	close(group2);
	returns(reopened(args->group), 0, "C13: the first one is free");
	returns(reopened(args->group2), -EBUSY, "C13: KVM keeps the other one open");
	vm_close(&vm);
	returns(reopened(args->group2), 0, "C13: as long as the VM is there");
}

/* The user closes all of VFIO, then the VM, and never deletes. */
static void closed_without_delete(const struct check_args *args)
{
	void *memory = need_memory(VU_4K, SIZE);
	struct vm vm = need_vm();
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	need(!vu_map(u.container, memory, IOVA, SIZE, VU_RW), "map");
	need(!add(&vm, u.group), "KVM takes the group");
	vu_close(&u);
	is(ledger_now().pinned - before.pinned, PAGES,
	   "C13: mappings stay while KVM has the group and the user closed all");
	returns(reopened(args->group), -EBUSY, "C13: and the group stays open");
	close(vm.fd);
	is(ledger_now().pinned - before.pinned, PAGES,
	   "C13: still so when the VM's fd is closed and that of its VFIO device is not");
	close(vm.vfio);
	ledger_same(&before, "C13: closing both without DEL unmaps and refunds all");
	returns(reopened(args->group), 0, "C13: and the group can be opened again");

	/* The other way round: the VM goes first. */
	vm = need_vm();
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	need(!add(&vm, u.group), "KVM takes the group");
	vm_close(&vm);
	returns(vu_map(u.container, memory, IOVA, SIZE, VU_RW), 0,
		"C13: the user goes on when the VM went without DEL");
	vm = need_vm();
	returns(add(&vm, u.group), 0, "C13: and the next VM takes the group");
	vm_close(&vm);
	vu_close(&u);
	ledger_same(&before, "C13: then nothing is left");
	vu_free(memory, SIZE);
}

struct victim {
	const struct check_args *args;
	/* Its end of file tells that the VM has the group. */
	int ready[2];
};

static int run_vm(const void *arg)
{
	const struct victim *v = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	struct vm vm;
	struct vu u;

	if (!memory || vm_open(&vm) ||
	    vu_open(&u, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	if (vu_map(u.container, memory, IOVA, SIZE, VU_RW) || add(&vm, u.group))
		return 2;
	close(v->ready[0]);
	close(v->ready[1]);
	for (;;)
		pause();
}

static void killed(const struct check_args *args)
{
	struct victim v = { .args = args };
	struct ledger before = ledger_now();
	pid_t child;
	char c;

	need(!pipe(v.ready), "pipe");
	child = spawn(run_vm, &v);
	close(v.ready[1]);
	is(read(v.ready[0], &c, 1), 0, "C13: a process has a VM with its group");
	is(ledger_now().pinned - before.pinned, PAGES, "C13: its memory is pinned");
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "C13: it is killed");
	ok(pinned_becomes(before.pinned), "C13: nothing of it stays pinned");
	returns(reopened(args->group), 0, "C13: nor is the group in use");
	close(v.ready[0]);
}

void check_kvm(const struct check_args *args)
{
	refused(args);
	add_and_delete(args);
	two_groups(args);
	closed_without_delete(args);
	killed(args);
}
