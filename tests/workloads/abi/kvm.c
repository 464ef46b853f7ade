// SPDX-License-Identifier: GPL-2.0-only
/* The VFIO device of KVM, whose requests end in the core. */

#include <linux/kvm.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "abi.h"
#include "vm.h"

static struct vm vm;

static int attribute(unsigned long request, uint32_t group, uint64_t what, const void *arg)
{
	struct kvm_device_attr attr = {
		.group = group,
		.attr = what,
		.addr = (uintptr_t)arg,
	};

	return vu_ioctl(vm.vfio, request, &attr);
}

static int add(int32_t fd)
{
	return vm_add_group(&vm, fd);
}

static int del(int32_t fd)
{
	return vm_del_group(&vm, fd);
}

static void open_machine(void)
{
	need(!vm_open(&vm), "KVM_CREATE_VM and KVM_CREATE_DEVICE of a VFIO device");
}

static void close_machine(void)
{
	vm_close(&vm);
}

static void attributes(void)
{
	uint32_t group;
	uint64_t what;

	for (group = 0; group < 4; group++) {
		for (what = 0; what < 6; what++) {
			answer(attribute(KVM_HAS_DEVICE_ATTR, group, what, NULL), "has-%u-%lu",
			       group, what);
			answer(attribute(KVM_SET_DEVICE_ATTR, group, what, NULL), "set-%u-%lu",
			       group, what);
			answer(attribute(KVM_GET_DEVICE_ATTR, group, what, NULL), "get-%u-%lu",
			       group, what);
		}
	}
}

static void wrong_files(const struct abi_args *args)
{
	int container = need_fd(vu_container_open(), "container"), event = eventfd(0, 0);
	struct vu u = need_open(&args->edu, VFIO_TYPE1v2_IOMMU);

	answer(add(-1), "add-negative");
	answer(add(9999), "add-closed");
	answer(add(0), "add-null");
	answer(add(event), "add-eventfd");
	answer(add(container), "add-container");
	answer(add(u.device), "add-device");
	answer(add(vm.fd), "add-machine");
	answer(del(-1), "del-negative");
	answer(del(0), "del-null");
	answer(del(container), "del-container");
	answer(del(u.device), "del-device");
	answer(del(u.group), "del-unknown");
	vu_close(&u);
	close(event);
	close(container);
}

/* Groups in each state of their making. */
static void half_made(const struct abi_args *args)
{
	struct vu u = VU_CLOSED;

	u.group = need_fd(vu_group_open(args->edu.group), "group");
	u.container = need_fd(vu_container_open(), "container");
	answer(add(u.group), "no-container");
	answer(add(u.group), "no-container-twice");
	answer(vu_set_container(u.group, u.container), "set-container");
	answer(add(u.group), "container-twice");
	answer(vu_set_iommu(u.container, VFIO_TYPE1v2_IOMMU), "set-iommu");
	u.device = vu_device_open(u.group, args->edu.name);
	answer(u.device < 0 ? u.device : 0, "device");
	answer(del(u.group), "del");
	answer(del(u.group), "del-twice");
	answer(add(u.group), "add-complete");
	answer(vu_unset_container(u.group), "unset-with-device");
	close(u.device);
	u.device = -1;
	answer(vu_unset_container(u.group), "unset-without-device");
	answer(del(u.group), "del-at-end");
	answer(vu_set_container(u.group, u.container), "set-again");
	answer(add(u.group), "no-backend");
	answer(del(u.group), "del-no-backend");
	vu_close(&u);
}

static void ends(const struct abi_args *args)
{
	struct vu u = need_open(&args->edu, VFIO_TYPE1v2_IOMMU);

	answer(add(u.group), "end-add");
	vu_close(&u);
	answer_fd(vu_group_open(args->edu.group), "end-reopen-with-machine");
	close_machine();
	answer_fd(vu_group_open(args->edu.group), "end-reopen");
	open_machine();
}

void abi_kvm(const struct abi_args *args)
{
	open_machine();
	attributes();
	wrong_files(args);
	half_made(args);
	ends(args);
	close_machine();
}
