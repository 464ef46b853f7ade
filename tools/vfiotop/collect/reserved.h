/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of IOMMU groups, from sysfs.
 */
#ifndef VFIOTOP_RESERVED_H
#define VFIOTOP_RESERVED_H

#include "snapshot.h"

/* What was read of each group lately. */
struct reserved_cache;

/**
 * reserved_cache_new - nothing was read
 * @slots: more groups are read again and again
 *
 * Return: NULL when out of memory.
 */
struct reserved_cache *reserved_cache_new(size_t slots);

/**
 * reserved_cache_free - free it
 * @cache: from reserved_cache_new(), or NULL
 */
void reserved_cache_free(struct reserved_cache *cache);

/**
 * reserved_find - the reserved regions of a group
 * @cache: from reserved_cache_new()
 * @group: number of the group
 * @container: that it is in: devices may have come to it since it was in another one
 * @now_ns: CLOCK_MONOTONIC
 * @regions: gets them; unknown when they cannot be read, or are too many
 */
void reserved_find(struct reserved_cache *cache, uint32_t group, uint64_t container,
		   uint64_t now_ns, struct reserved_regions *regions);

#endif /* VFIOTOP_RESERVED_H */
