/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the collector hands to the model: everything there was to read at one
 * moment, as the kernel side wrote it. Nothing here knows where it came from.
 */
#ifndef VFIOTOP_SNAPSHOT_H
#define VFIOTOP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfiotop.h"
#include "collect/cgroup.h"

/**
 * enum knowledge - what a source of events is able to tell
 * @KNOWS_CONTAINERS: that there are containers, and their end
 * @KNOWS_REQUESTS: maps and unmaps, their bytes, latencies and failures
 * @KNOWS_MAPPINGS: mappings now
 * @KNOWS_LIMIT: the most mappings there may be
 * @KNOWS_PINS: pages pinned now, for whatever reason
 * @KNOWS_RUNS: contiguous runs and bytes per leaf size
 * @KNOWS_PHASES: time of pinning, IOMMU driver and accounting within a map
 * @KNOWS_PROGRESS: pages pinned so far by a map in flight
 * @KNOWS_UNPINS: pages that were really unpinned, and so what a release left pinned
 * @KNOWS_CHARGES: locked memory, and what of it is charged for a container
 * @KNOWS_TEARDOWNS: teardowns, and how many mappings went
 * @KNOWS_TEARDOWN_BYTES: the size of these mappings
 * @KNOWS_OPENERS: who opened a container, and when
 * @KNOWS_MEMBERS: groups, devices and files that belong to a container
 * @KNOWS_GROUP_OPENS: opens of groups, also those that are refused
 * @KNOWS_GROUP_CLOSES: their closes
 * @KNOWS_DEVICE_OPENS: opens of devices
 * @KNOWS_DEVICE_CLOSES: their closes
 * @KNOWS_RESETS: resets of devices
 * @KNOWS_ALL: all of these
 * @KNOWS_PROCESSES: processes that have files of VFIO, instead of containers and their files
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
	KNOWS_ALL = (1 << 19) - 1,
	KNOWS_PROCESSES = 1 << 19,
	KNOWS_IOMMU = 1 << 20,
};

/**
 * struct process - a process as /proc shows it
 * @known: /proc could tell; not so in a PID namespace of its own
 * @alive: it exists, and is the one that was seen first under this number
 * @comm: its name, empty when unknown
 */
struct process {
	bool known;
	bool alive;
	char comm[VT_COMM_LEN];
};

/**
 * struct container_snapshot - one container
 * @stats: what the kernel side counted
 * @owner: the process that uses it: the last caller, else the opener
 * @owner_pid: its number, 0 when not known
 * @cgroup: path of its cgroup, the last one when it is dead, empty when unknown
 * @holders_known: the following is known
 * @holders: processes that have a file of the container, or of a group or device in it
 * @holder_pid: one of them, the owner if possible; 0 when there is none
 * @holder_comm: its name
 */
struct container_snapshot {
	struct vt_container stats;
	struct process owner;
	uint32_t owner_pid;
	char cgroup[CGROUP_PATH_SIZE];
	bool holders_known;
	uint32_t holders;
	uint32_t holder_pid;
	char holder_comm[VT_COMM_LEN];
};

/**
 * stats_know_pins - whether pins and mappings of a container are known
 * @stats: the container
 */
static inline bool stats_know_pins(const struct vt_container *stats)
{
	return stats->flags & (VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_TOTALS | VT_CONTAINER_WALKED);
}

/**
 * stats_pinned - pages pinned by a container now
 * @stats: the container
 */
static inline int64_t stats_pinned(const struct vt_container *stats)
{
	if (stats->flags & VT_CONTAINER_OPEN_SEEN)
		return stats->pinned;
	if (stats->flags & VT_CONTAINER_TOTALS)
		return (int64_t)stats->total_pinned;
	return stats->before_pinned + stats->pinned;
}

/**
 * stats_mappings - mappings of a container now
 * @stats: the container
 */
static inline int64_t stats_mappings(const struct vt_container *stats)
{
	if (stats->flags & VT_CONTAINER_OPEN_SEEN)
		return stats->mappings;
	if (stats->flags & VT_CONTAINER_TOTALS)
		return (int64_t)stats->total_mappings;
	return (int64_t)stats->before_mappings + stats->mappings;
}

/**
 * struct group_snapshot - one group
 * @id: group number
 * @stats: what the kernel side noted
 * @owner: process that has it open
 */
struct group_snapshot {
	uint32_t id;
	struct vt_group stats;
	struct process owner;
};

/**
 * struct pci_identity - a PCI device as sysfs shows it
 * @known: there is a device at this address
 * @vendor: vendor ID
 * @device: device ID
 * @name: name of vendor and device, empty when not both are known
 * @driver: driver that is bound to it, empty when none is
 */
struct pci_identity {
	bool known;
	uint16_t vendor;
	uint16_t device;
	char name[128];
	char driver[32];
};

/**
 * struct device_snapshot - one device
 * @key: its name
 * @stats: what the kernel side noted
 * @owner: process that opened it last
 * @pci: what it is, if it is a PCI device
 */
struct device_snapshot {
	struct vt_device_key key;
	struct vt_device stats;
	struct process owner;
	struct pci_identity pci;
};

/**
 * struct process_snapshot - a process that has files of VFIO
 * @pid: its number
 * @process: it
 * @cgroup: path of its cgroup, empty when unknown
 * @containers: files of /dev/vfio/vfio
 * @groups: files of groups
 * @devices: files of devices
 * @locks_known: the following is known
 * @locked: its locked memory in bytes
 * @locked_limit: its RLIMIT_MEMLOCK in bytes, ~0 when unlimited
 * @ipc_lock: CAP_IPC_LOCK lifts the limit
 * @iommu: what was mapped in the IOMMU on its behalf
 */
struct process_snapshot {
	uint32_t pid;
	struct process process;
	char cgroup[CGROUP_PATH_SIZE];
	uint32_t containers;
	uint32_t groups;
	uint32_t devices;
	bool locks_known;
	uint64_t locked;
	uint64_t locked_limit;
	bool ipc_lock;
	struct vt_iommu_calls iommu;
};

/**
 * struct snapshot - everything at one moment
 * @time_ns: CLOCK_MONOTONIC
 * @realtime_ns: CLOCK_REALTIME
 * @missing: what of VFIO is not loaded; if anything, all that follows is empty
 * @source: name of the source of events
 * @attach: how the programs are attached, NULL when there are none
 * @knowledge: enum knowledge of that source
 * @existing: what was there before the watch was looked for
 * @lost: totals by enum vt_lost
 * @missed_programs: runs of programs that the kernel skipped
 * @containers: containers, n_containers of them
 * @flights: operations in flight
 * @groups: groups
 * @devices: devices
 * @processes: processes that have files of VFIO, if the source knows these
 * @unseen_known: the following is known
 * @unseen: processes whose files could not be looked at
 * @failures: failures since the last snapshot, oldest first
 *
 * The arrays belong to the collector and stay until its next snapshot.
 */
struct snapshot {
	uint64_t time_ns;
	uint64_t realtime_ns;
	const char *missing;
	const char *source;
	const char *attach;
	unsigned int knowledge;
	bool existing;
	uint64_t lost[VT_LOST_KINDS];
	uint64_t missed_programs;
	struct container_snapshot *containers;
	size_t n_containers;
	struct vt_flight *flights;
	size_t n_flights;
	struct group_snapshot *groups;
	size_t n_groups;
	struct device_snapshot *devices;
	size_t n_devices;
	struct process_snapshot *processes;
	size_t n_processes;
	bool unseen_known;
	uint64_t unseen;
	struct vt_failure *failures;
	size_t n_failures;
};

#endif /* VFIOTOP_SNAPSHOT_H */
