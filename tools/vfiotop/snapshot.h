/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the collector hands to the model: everything that could be read at one moment, as the
 * BPF programs and /proc gave it, with bytes instead of pages. Nothing here depends on the
 * source.
 */
#ifndef VFIOTOP_SNAPSHOT_H
#define VFIOTOP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "knowledge.h"
#include "page_sizes.h"
#include "vfiotop.h"

#define CGROUP_PATH_SIZE 256

/**
 * struct process - a process as /proc shows it
 * @known: /proc shows it; not so in a PID namespace other than the initial one
 * @alive: it exists, and is the process that was first seen with this number
 * @zombie: it has ended, and its parent has not taken note of that
 * @rss: bytes of its memory that are present, without hugetlb pages; 0 when unknown
 * @comm: its name, empty when unknown
 */
struct process {
	bool known;
	bool alive;
	bool zombie;
	uint64_t rss;
	char comm[VT_COMM_LEN];
};

/* Hosts with more are not known. */
#define NUMA_NODES 16

/**
 * struct numa_snapshot - on which NUMA nodes the memory of a cgroup is
 * @known: the following is known
 * @hugetlb_known: so is @hugetlb
 * @nodes: mask of the nodes that there are
 * @memory: bytes of each that are anonymous or shared memory
 * @hugetlb: bytes of each that are hugetlb pages
 */
struct numa_snapshot {
	bool known;
	bool hugetlb_known;
	uint64_t nodes;
	uint64_t memory[NUMA_NODES];
	uint64_t hugetlb[NUMA_NODES];
};

/**
 * struct container_snapshot - one container
 * @stats: what the BPF programs counted
 * @owner: the process that uses it: the last caller, else the opener
 * @owner_pid: its number, 0 when not known
 * @cgroup: path of its cgroup, the last one when it is dead, empty when unknown
 * @numa: where the memory of that cgroup is
 * @holders_known: the following is known
 * @holders_ns: when they began to be looked for, CLOCK_MONOTONIC; 0 when unknown
 * @holders: processes that have the container, or a group or device in it, open
 * @holder_pid: one of them, the owner if possible; 0 when there is none
 * @holder_comm: its name
 */
struct container_snapshot {
	struct vt_container stats;
	struct process owner;
	uint32_t owner_pid;
	char cgroup[CGROUP_PATH_SIZE];
	struct numa_snapshot numa;
	bool holders_known;
	uint64_t holders_ns;
	uint32_t holders;
	uint32_t holder_pid;
	char holder_comm[VT_COMM_LEN];
};

/**
 * stats_sum - a sum of figures that no real host reaches the limits of
 * @a: one
 * @b: the other
 *
 * Return: the sum, or -1, which is unknown, when it cannot be right.
 */
static inline int64_t stats_sum(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? -1 : sum;
}

/**
 * stats_know_pins - whether pins and mappings of a container are known
 * @stats: the container
 *
 * Return: whether they are.
 */
static inline bool stats_know_pins(const struct vt_container *stats)
{
	return !(stats->flags &
		 (VT_CONTAINER_ENDS_LOST | VT_CONTAINER_OPAQUE | VT_CONTAINER_PINS_UNSEEN)) &&
	       stats->flags & (VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_TOTALS | VT_CONTAINER_CENSUS);
}

/**
 * stats_pinned - bytes pinned by a container now
 * @stats: the container
 *
 * Return: how many.
 */
static inline int64_t stats_pinned(const struct vt_container *stats)
{
	if (stats->flags & VT_CONTAINER_OPEN_SEEN)
		return stats->pinned;
	if (stats->flags & VT_CONTAINER_TOTALS)
		return (int64_t)stats->total_pinned;
	return stats_sum(stats->census_pinned, stats->pinned);
}

/**
 * stats_mappings - mappings of a container now
 * @stats: the container
 *
 * Return: how many.
 */
static inline int64_t stats_mappings(const struct vt_container *stats)
{
	if (stats->flags & VT_CONTAINER_OPEN_SEEN)
		return stats->mappings;
	if (stats->flags & VT_CONTAINER_TOTALS)
		return (int64_t)stats->total_mappings;
	return stats_sum((int64_t)stats->census_mappings, stats->mappings);
}

/* A group with more is not known. */
#define RESERVED_MAX 16

/**
 * enum reserved_kind - why IOVAs are reserved
 * @RESERVED_NONE: there is no such region
 * @RESERVED_DIRECT: the firmware wants them mapped to the same addresses
 * @RESERVED_RELAXABLE: likewise, but not when a user has the device
 * @RESERVED_MSI: interrupts
 * @RESERVED_PLAIN: they cannot be used
 * @RESERVED_OTHER: another reason
 * @RESERVED_KINDS: how many kinds there are
 */
enum reserved_kind {
	RESERVED_NONE,
	RESERVED_DIRECT,
	RESERVED_RELAXABLE,
	RESERVED_MSI,
	RESERVED_PLAIN,
	RESERVED_OTHER,
	RESERVED_KINDS,
};

/**
 * struct reserved_regions - IOVAs of a group that cannot be mapped, by address
 * @known: these are all
 * @first: address where a region begins
 * @last: its last address
 * @kind: enum reserved_kind, RESERVED_NONE behind the last one
 */
struct reserved_regions {
	bool known;
	uint64_t first[RESERVED_MAX];
	uint64_t last[RESERVED_MAX];
	uint32_t kind[RESERVED_MAX];
};

/**
 * struct group_snapshot - one group
 * @id: group number
 * @stats: what the BPF programs recorded
 * @owner: process that has it open
 * @reserved: its reserved regions
 */
struct group_snapshot {
	uint32_t id;
	struct vt_group stats;
	struct process owner;
	struct reserved_regions reserved;
};

/**
 * struct pci_identity - a PCI device as sysfs shows it
 * @known: there is a device at this address
 * @vendor: vendor ID
 * @device: device ID
 * @name: name of vendor and device, empty when not both are known
 * @driver: driver that is bound to it, empty when none is
 * @cdev: name of its node in /dev/vfio/devices, empty when it has none
 */
struct pci_identity {
	bool known;
	uint16_t vendor;
	uint16_t device;
	char name[128];
	char driver[32];
	char cdev[16];
};

/**
 * struct device_snapshot - one device
 * @key: its name
 * @stats: what the BPF programs recorded
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
 * struct process_snapshot - a process that has open VFIO files
 * @pid: its number
 * @process: it
 * @cgroup: path of its cgroup, empty when unknown
 * @containers: how often it has /dev/vfio/vfio open
 * @groups: groups that it has open
 * @devices: devices that it has open
 * @iommufd_known: the following three are known
 * @iommufds: how often it has /dev/iommu open
 * @cdevs: devices that it has opened by nodes of their own, which only iommufd serves
 * @pinned: bytes pinned in its memory for iommufd and others, as the kernel counts them
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
	bool iommufd_known;
	uint32_t iommufds;
	uint32_t cdevs;
	uint64_t pinned;
	bool locks_known;
	uint64_t locked;
	uint64_t locked_limit;
	bool ipc_lock;
	struct vt_iommu_calls iommu;
};

/**
 * struct host_snapshot - pinned memory of the host, whoever pinned it
 * @known: the following is known
 * @settled: nobody pinned or unpinned anything while the snapshot was taken, so that it may be
 *	compared with what the containers have pinned
 * @pinned: bytes that the host counts; negative when more was unpinned than pinned
 * @acquired: bytes pinned since it was booted, whoever did it, with what was given back
 * @kept: bytes that mappings did not give back when they were removed
 * @pinner_pid: the process with most in its VmPin, which VFIO's containers are not part of; 0 when
 *	none has any, or it was not looked for
 * @pinner_bytes: that
 * @pinner_comm: its name
 */
struct host_snapshot {
	bool known;
	bool settled;
	int64_t pinned;
	int64_t acquired;
	uint64_t kept;
	uint32_t pinner_pid;
	uint64_t pinner_bytes;
	char pinner_comm[VT_COMM_LEN];
};

/**
 * struct watch_snapshot - what the watch itself takes
 * @attach_known: the following is known
 * @attach_failures: better sources that the kernel did not let attach
 * @known: the following is known
 * @program_runs: runs of the BPF programs, as far as the kernel counted them; it does not by
 *	itself
 * @program_ns: time that these took
 * @containers: containers in the table of these
 * @groups: groups in the table of these
 * @groups_max: its size
 * @devices: devices in the table of these
 * @devices_max: its size
 * @in_flight: operations in the table of these
 * @in_flight_max: its size
 */
struct watch_snapshot {
	bool attach_known;
	uint64_t attach_failures;
	bool known;
	uint64_t program_runs;
	uint64_t program_ns;
	uint64_t containers;
	uint64_t groups;
	uint64_t groups_max;
	uint64_t devices;
	uint64_t devices_max;
	uint64_t in_flight;
	uint64_t in_flight_max;
};

/**
 * struct snapshot - everything at one moment
 * @time_ns: CLOCK_MONOTONIC
 * @realtime_ns: CLOCK_REALTIME
 * @missing: what of VFIO is not loaded; NULL when nothing, else all that follows is empty
 * @source: name of the source
 * @attach: how the programs are attached, NULL when there are none
 * @knowledge: enum knowledge of that source
 * @census: what was open when the watch began was looked for
 * @runs_over: runs were counted, until that became too costly
 * @iommufd_loaded: the kernel has iommufd
 * @iommufd: it is watched
 * @no_iommufd: why it is there and not watched, NULL when it is, or unknown
 * @sizes: of pages
 * @hugepages_known: the following is known
 * @hugepages_disabled: the parameter disable_hugepages of vfio_iommu_type1 is set
 * @lost: totals by enum vt_lost
 * @missed_programs: runs of programs that the kernel skipped
 * @host: pinned memory of the host
 * @watch: what the watch takes
 * @containers: containers
 * @n_containers: how many
 * @in_flight: operations in flight
 * @n_in_flight: how many
 * @groups: groups
 * @n_groups: how many
 * @devices: devices
 * @n_devices: how many
 * @processes: processes that have open VFIO files, if the source knows these
 * @n_processes: how many
 * @unseen_known: the following is known
 * @unseen: processes whose open files could not be examined
 * @failures: failures since the last snapshot, oldest first
 * @n_failures: how many
 *
 * The arrays belong to the collector and are valid until its next snapshot.
 */
struct snapshot {
	uint64_t time_ns;
	uint64_t realtime_ns;
	const char *missing;
	const char *source;
	const char *attach;
	unsigned int knowledge;
	bool census;
	bool runs_over;
	bool iommufd_loaded;
	bool iommufd;
	const char *no_iommufd;
	struct page_sizes sizes;
	bool hugepages_known;
	bool hugepages_disabled;
	uint64_t lost[VT_LOST_KINDS];
	uint64_t missed_programs;
	struct host_snapshot host;
	struct watch_snapshot watch;
	struct container_snapshot *containers;
	size_t n_containers;
	struct vt_in_flight *in_flight;
	size_t n_in_flight;
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

/**
 * snapshot_time - the snapshot is of this moment
 * @snapshot: gets the time
 */
static inline void snapshot_time(struct snapshot *snapshot)
{
	snapshot->time_ns = clock_ns(CLOCK_MONOTONIC);
	snapshot->realtime_ns = clock_ns(CLOCK_REALTIME);
}

/**
 * snapshot_pinned - bytes that the containers of a snapshot have pinned
 * @snapshot: the snapshot
 *
 * What a container had when it was released is left behind, and not its own.
 *
 * Return: how many.
 */
static inline int64_t snapshot_pinned(const struct snapshot *snapshot)
{
	int64_t pinned = 0;

	for (size_t i = 0; i < snapshot->n_containers; i++)
		if (!snapshot->containers[i].stats.released_ns)
			pinned = stats_sum(pinned, stats_pinned(&snapshot->containers[i].stats));
	return pinned;
}

/**
 * snapshot_others - bytes that others than VFIO have pinned
 * @snapshot: the snapshot, in which the host's count is known
 *
 * Return: how many; negative, which is unknown, when it cannot be right.
 */
static inline int64_t snapshot_others(const struct snapshot *snapshot)
{
	int64_t rest;

	if (__builtin_sub_overflow(snapshot->host.pinned, snapshot->host.kept, &rest) ||
	    __builtin_sub_overflow(rest, snapshot_pinned(snapshot), &rest))
		return -1;
	return rest;
}

#endif /* VFIOTOP_SNAPSHOT_H */
