/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual machine of KVM without CPUs, for what KVM's VFIO device does with groups. */
#ifndef VM_H
#define VM_H

#include <stdint.h>

/**
 * struct vm - a virtual machine without CPUs
 * @fd: of the machine
 * @vfio: of its VFIO device, which keeps the machine too
 */
struct vm {
	int fd;
	int vfio;
};

/* All return 0 or a negative errno. */
int vm_open(struct vm *vm);
int vm_attr(const struct vm *vm, unsigned long request, uint64_t what, const void *arg);
int vm_add_group(const struct vm *vm, int32_t fd);
int vm_del_group(const struct vm *vm, int32_t fd);

void vm_close(struct vm *vm);

#endif /* VM_H */
