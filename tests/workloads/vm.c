// SPDX-License-Identifier: GPL-2.0-only
/* Virtual machines of KVM; see vm.h. */

#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <unistd.h>

#include "vfio_user.h"

int vm_open(struct vm *vm)
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

void vm_close(struct vm *vm)
{
	close(vm->vfio);
	close(vm->fd);
}

int vm_attr(const struct vm *vm, unsigned long request, uint64_t what, const void *arg)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = what,
		.addr = (uintptr_t)arg,
	};

	return vu_ioctl(vm->vfio, request, &attr);
}

int vm_add_group(const struct vm *vm, int32_t fd)
{
	return vm_attr(vm, KVM_SET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_ADD, &fd);
}

int vm_del_group(const struct vm *vm, int32_t fd)
{
	return vm_attr(vm, KVM_SET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP_DEL, &fd);
}
