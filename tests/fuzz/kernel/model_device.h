/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the oracle that knows devices. */
#ifndef MODEL_DEVICE_H
#define MODEL_DEVICE_H

#include "model.h"

/*
 * Is a group's device QEMU's edu? Of its own registers the first two do nothing; it can't be
 * reset, and has no power states.
 */
bool model_device_is_edu(const struct model_machine *machine, uint64_t group);

/* What a group's device is when its first file is opened. */
void model_device_open(struct model_device *device, const struct model_machine *machine,
		       uint64_t group);

/* Can its memory be reached where it is mapped? */
bool model_device_answers(const struct model_device *device);

/* Makes a call of the device in slot @call->arg[0]; returns what ioctl() and the like should. */
int64_t model_device_call(struct model *m, const struct call *call, struct answer *answer);

#endif /* MODEL_DEVICE_H */
