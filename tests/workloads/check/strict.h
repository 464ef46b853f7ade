/* SPDX-License-Identifier: GPL-2.0-only */
/* The devices of the test module vfio_test_strict, from user space. */
#ifndef STRICT_H
#define STRICT_H

#include <stdint.h>

#include "../../modules/vfio_test_strict.h"

/* These return what the ioctl does, or a negative errno. */
int strict_pin(int device, uint64_t iova, uint64_t size);
int strict_pin_kthread(int device, uint64_t iova, uint64_t size);
int strict_unpin(int device, uint64_t iova, uint64_t size);
int strict_unpin_last(int device, uint64_t iova, uint64_t size);
/* The first byte of a page that the driver holds, or a negative errno. */
int strict_read(int device, uint64_t iova);

/* These end the program if they fail. */
void strict_keep(int device, int recalls);
void strict_wait(int device, uint64_t recalls);
void strict_gone(int device, uint64_t iova, uint64_t size);
struct vfio_test_strict_stats strict_stats(int device);

/**
 * struct strict_second - the second device, in a container with the first
 * @group: fd
 * @device: fd
 */
struct strict_second {
	int group;
	int device;
};

struct strict_second strict_second(int container);

#endif /* STRICT_H */
