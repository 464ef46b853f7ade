/* SPDX-License-Identifier: GPL-2.0-only */
/* What the devices of vfio_test_strict understand, besides VFIO's own ioctls. */
#ifndef VFIO_TEST_STRICT_H
#define VFIO_TEST_STRICT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The names of the devices, each alone in its group. */
#define VFIO_TEST_STRICT_0 "vfio-test-strict-0"
#define VFIO_TEST_STRICT_1 "vfio-test-strict-1"

/**
 * struct vfio_test_strict_range - whole pages that a request is about
 * @iova: of the first
 * @size: bytes
 * @prot: 1 read, 2 write; for pinning
 * @byte: to be written, or that was read; for WRITE and READ
 */
struct vfio_test_strict_range {
	__u64 iova;
	__u64 size;
	__u32 prot;
	__u32 byte;
};

/**
 * struct vfio_test_strict_stats - what the driver was told, and what it saw
 * @recalls: calls of dma_unmap
 * @recalled: pages that the driver held in the ranges of these calls
 * @late: pages that it gave back after the call that had recalled them
 * @held: pages that it holds now
 * @waiting: threads that wait to be killed
 * @iova: of the last call
 * @size: of the last call
 * @bad_ranges: violation: calls with a range that is empty, misaligned or wraps around
 * @not_recalled: violation: pages that went and that no call had named
 * @released: violation: pages that were unpinned while the driver held them
 */
struct vfio_test_strict_stats {
	__u64 recalls;
	__u64 recalled;
	__u64 late;
	__u64 held;
	__u64 waiting;
	__u64 iova;
	__u64 size;
	__u64 bad_ranges;
	__u64 not_recalled;
	__u64 released;
};

#define VFIO_TEST_STRICT_PIN	     _IOW('t', 16, struct vfio_test_strict_range)
/* The same from a kernel thread, which has no memory, no limit and all capabilities. */
#define VFIO_TEST_STRICT_PIN_KTHREAD _IOW('t', 17, struct vfio_test_strict_range)
/* Gives back what is held in a range; returns the number of pages. */
#define VFIO_TEST_STRICT_UNPIN	     _IOW('t', 18, struct vfio_test_strict_range)
/* Waits until the calling thread is killed, and then does the same. */
#define VFIO_TEST_STRICT_UNPIN_LAST  _IOW('t', 19, struct vfio_test_strict_range)
/* Keeps pages through so many recalls; what is not negative ends by itself. */
#define VFIO_TEST_STRICT_KEEP	     _IO('t', 20)
/* Waits until there were as many recalls in all. */
#define VFIO_TEST_STRICT_WAIT	     _IO('t', 21)
/* The user has unmapped a range, and nothing of it may be held. */
#define VFIO_TEST_STRICT_GONE	     _IOW('t', 22, struct vfio_test_strict_range)
#define VFIO_TEST_STRICT_STATS	     _IOR('t', 23, struct vfio_test_strict_stats)
/* The first byte of a page that is held. */
#define VFIO_TEST_STRICT_READ	     _IOWR('t', 24, struct vfio_test_strict_range)
#define VFIO_TEST_STRICT_WRITE	     _IOW('t', 25, struct vfio_test_strict_range)
/* At the close forgets what it holds. */
#define VFIO_TEST_STRICT_FORGET	     _IO('t', 26)

#endif /* VFIO_TEST_STRICT_H */
