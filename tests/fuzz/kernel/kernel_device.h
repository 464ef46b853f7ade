/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of the kernel that are about a device. */
#ifndef KERNEL_DEVICE_H
#define KERNEL_DEVICE_H

#include "calls.h"
#include "model.h"

/* What the calls need: eventfds and memory. Returns 0 or a negative errno. */
int kernel_device_set_up(void);

/* Finds out what is the same for all sequences of a group's device. Returns 0 or a negative errno. */
int kernel_device_learn(int device, struct model_machine *machine, int group);

/* Makes a call of a device's file; returns its result or a negative errno. */
int64_t kernel_device_call(int device, const struct call *call, struct answer *answer);

#endif /* KERNEL_DEVICE_H */
