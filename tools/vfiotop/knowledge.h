/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a source of figures knows.
 */
#ifndef VFIOTOP_KNOWLEDGE_H
#define VFIOTOP_KNOWLEDGE_H

/**
 * enum knowledge - what a source knows
 * @KNOWS_CONTAINERS: containers, from first use to release
 * @KNOWS_REQUESTS: maps and unmaps, their bytes, latencies and failures
 * @KNOWS_MAPPINGS: mappings now
 * @KNOWS_LIMIT: how many mappings a container may have
 * @KNOWS_PINS: pages pinned now, by mappings or for emulated devices
 * @KNOWS_RUNS: contiguous runs and bytes per leaf size
 * @KNOWS_PHASES: time that maps spend pinning, in the IOMMU driver, and accounting
 * @KNOWS_PROGRESS: pages pinned so far by a map in flight
 * @KNOWS_UNPINS: pages actually unpinned, and so what a release left pinned
 * @KNOWS_CHARGES: locked memory, and how much of it is charged for a container
 * @KNOWS_TEARDOWNS: teardowns, and how many mappings they removed
 * @KNOWS_TEARDOWN_BYTES: the size of these mappings
 * @KNOWS_OPENERS: who opened a container, and when
 * @KNOWS_MEMBERS: groups, devices and files that belong to a container
 * @KNOWS_GROUP_OPENS: opens of groups, including refused ones
 * @KNOWS_GROUP_CLOSES: their closes
 * @KNOWS_DEVICE_OPENS: opens of devices
 * @KNOWS_DEVICE_CLOSES: their closes
 * @KNOWS_RESETS: resets of devices
 * @KNOWS_RANGES: where mappings of a superpage and more lie
 * @KNOWS_DIRTY_LOG: dirty-log requests
 * @KNOWS_ALL: all of these
 * @KNOWS_PROCESSES: processes that have open VFIO files, instead of which file belongs to
 *	which container
 * @KNOWS_IOMMU: what is mapped in the IOMMU on behalf of these processes
 */
enum knowledge {
	KNOWS_CONTAINERS = 1 << 0,
	KNOWS_REQUESTS = 1 << 1,
	KNOWS_MAPPINGS = 1 << 2,
	KNOWS_LIMIT = 1 << 3,
	KNOWS_PINS = 1 << 4,
	KNOWS_RUNS = 1 << 5,
	KNOWS_PHASES = 1 << 6,
	KNOWS_PROGRESS = 1 << 7,
	KNOWS_UNPINS = 1 << 8,
	KNOWS_CHARGES = 1 << 9,
	KNOWS_TEARDOWNS = 1 << 10,
	KNOWS_TEARDOWN_BYTES = 1 << 11,
	KNOWS_OPENERS = 1 << 12,
	KNOWS_MEMBERS = 1 << 13,
	KNOWS_GROUP_OPENS = 1 << 14,
	KNOWS_GROUP_CLOSES = 1 << 15,
	KNOWS_DEVICE_OPENS = 1 << 16,
	KNOWS_DEVICE_CLOSES = 1 << 17,
	KNOWS_RESETS = 1 << 18,
	KNOWS_RANGES = 1 << 19,
	KNOWS_DIRTY_LOG = 1 << 20,
	KNOWS_ALL = (1 << 21) - 1,
	KNOWS_PROCESSES = 1 << 21,
	KNOWS_IOMMU = 1 << 22,
};

#endif /* VFIOTOP_KNOWLEDGE_H */
