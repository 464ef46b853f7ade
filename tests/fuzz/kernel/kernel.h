/* SPDX-License-Identifier: GPL-2.0-only */
/* The real thing beside the oracle: makes calls of the kernel. */
#ifndef KERNEL_H
#define KERNEL_H

#include "calls.h"
#include "model.h"

/**
 * struct kernel - open files, by slot, -1 where there is none
 * @containers: of /dev/vfio/vfio
 * @groups: of /dev/vfio/N
 * @devices: of VFIO_GROUP_GET_DEVICE_FD
 * @vms: of the VFIO devices of KVM's virtual machines
 * @group_names: N of each group
 * @device_names: of each group's device
 */
struct kernel {
	int containers[CONTAINERS];
	int groups[GROUPS];
	int devices[DEVICES];
	int vms[VMS];
	const char *group_names[GROUPS];
	const char *device_names[GROUPS];
};

/* Finds out what is the same for all sequences. Returns 0 or a negative errno. */
int kernel_learn(struct kernel *k, struct model_machine *machine);

/* Makes a call. */
void kernel_call(struct kernel *k, const struct call *call, struct answer *answer);

/* Closes all files and lifts the limit. */
void kernel_reset(struct kernel *k);

#endif /* KERNEL_H */
