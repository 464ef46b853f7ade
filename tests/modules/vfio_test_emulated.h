/* SPDX-License-Identifier: GPL-2.0-only */
/* What the device of vfio_test_emulated understands, besides VFIO's own ioctls. */
#ifndef VFIO_TEST_EMULATED_H
#define VFIO_TEST_EMULATED_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct vfio_test_range - user memory that the device is to reach
 * @iova: I/O virtual address
 * @size: bytes; pinning takes whole pages
 * @data: user address to copy from or to
 * @prot: 1 read, 2 write, for pinning
 * @pad: 0
 */
struct vfio_test_range {
	__u64 iova;
	__u64 size;
	__u64 data;
	__u32 prot;
	__u32 pad;
};

#define VFIO_TEST_PIN	  _IOW('t', 0, struct vfio_test_range)
#define VFIO_TEST_UNPIN	  _IOW('t', 1, struct vfio_test_range)
#define VFIO_TEST_READ	  _IOW('t', 2, struct vfio_test_range)
#define VFIO_TEST_WRITE	  _IOW('t', 3, struct vfio_test_range)
/* 1: forget to give pages back when they are recalled; 0: do give them back. */
#define VFIO_TEST_FORGET  _IO('t', 4)
/* Returns how often pages were recalled. */
#define VFIO_TEST_RECALLS _IO('t', 5)

#endif /* VFIO_TEST_EMULATED_H */
