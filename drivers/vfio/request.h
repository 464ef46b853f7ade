/* SPDX-License-Identifier: GPL-2.0-only */
/* How requests of <linux/vfio.h> begin: with the size that their user knows. */
#ifndef VFIO_REQUEST_H
#define VFIO_REQUEST_H

#include <linux/types.h>
#include <linux/uaccess.h>

/**
 * vfio_copy_request - copy a request from its user
 * @request: gets it; begins with a u32, argsz
 * @arg: where the user has it
 * @minsz: bytes that every user knows
 *
 * Return: 0, -EFAULT, or -EINVAL if argsz is less than @minsz.
 */
static inline int vfio_copy_request(void *request, const void __user *arg, size_t minsz)
{
	if (copy_from_user(request, arg, minsz))
		return -EFAULT;
	return *(const u32 *)request < minsz ? -EINVAL : 0;
}

#endif /* VFIO_REQUEST_H */
