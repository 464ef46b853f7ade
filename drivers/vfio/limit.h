/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of locked memory, as events tell of them. */
#ifndef VFIO_LIMIT_H
#define VFIO_LIMIT_H

#include <linux/mm.h>
#include <linux/resource.h>

/**
 * vfio_limit_pages - a limit in pages
 * @limit: RLIMIT_MEMLOCK of a process, in bytes
 *
 * Return: pages, U64_MAX without a limit.
 */
static inline u64 vfio_limit_pages(unsigned long limit)
{
	return limit == RLIM_INFINITY ? U64_MAX : limit >> PAGE_SHIFT;
}

#endif /* VFIO_LIMIT_H */
