/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On which NUMA nodes the memory of a cgroup is: of a VM, a pod or a unit. The kernel keeps
 * these figures; those of a process would have to be collected page by page.
 */
#ifndef VFIOTOP_NUMA_H
#define VFIOTOP_NUMA_H

#include "snapshot.h"

/* What was read of each cgroup lately. */
struct numa_cache;

/**
 * numa_cache_new - nothing was read
 *
 * Return: NULL when out of memory.
 */
struct numa_cache *numa_cache_new(void);

/**
 * numa_cache_free - free it
 * @cache: from numa_cache_new(), or NULL
 */
void numa_cache_free(struct numa_cache *cache);

/**
 * numa_find - where the memory of a cgroup is
 * @cache: from numa_cache_new()
 * @cgroup: its path, empty when unknown
 * @now_ns: CLOCK_MONOTONIC
 * @numa: gets it; unknown for the root, without the controller, or with cgroups of version 1
 */
void numa_find(struct numa_cache *cache, const char *cgroup, uint64_t now_ns,
	       struct numa_snapshot *numa);

#endif /* VFIOTOP_NUMA_H */
