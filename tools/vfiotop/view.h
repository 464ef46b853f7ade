/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the model hands to the renderers: one report. Nothing here knows where it came from,
 * nor how it is shown; what each figure means, fields.h says.
 */
#ifndef VFIOTOP_VIEW_H
#define VFIOTOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "knowledge.h"
#include "page_sizes.h"

#define VIEW_COMM_SIZE	      16
#define VIEW_NAME_SIZE	      48 /* of devices and backends */
#define VIEW_CGROUP_SIZE      256
#define VIEW_CGROUP_NAME_SIZE 128
#define VIEW_TEXT_SIZE	      256
#define VIEW_ALERT_SIZE	      16
#define VIEW_LEAF_SIZES	      VFIO_LEAF_SIZES /* 4 KiB to 1 GiB and more */

/**
 * struct figure - a number that may be unknown
 * @value: the number; meaningless unless known
 * @known: whether it is known
 */
struct figure {
	uint64_t value;
	bool known;
};

/**
 * struct cgroup_names - names found in the path of a cgroup; each may be empty
 * @unit: the innermost systemd unit that holds processes, a service or a scope, as systemd
 *	writes it
 * @domain: the libvirt domain
 * @pod: UID of the Kubernetes pod
 */
struct cgroup_names {
	char unit[VIEW_CGROUP_NAME_SIZE];
	char domain[VIEW_CGROUP_NAME_SIZE];
	char pod[VIEW_CGROUP_NAME_SIZE];
};

/**
 * struct requests_view - one kind of request of one container
 * @count: requests that succeeded since the watch began
 * @errors: requests that failed since the watch began
 * @bytes: bytes mapped or unmapped since the watch began
 * @per_second: requests that succeeded, per second and times 1000, since the last report
 * @bytes_per_second: likewise bytes
 * @p50: median latency in ns since the watch began
 * @p90: 90th percentile
 * @p99: 99th percentile
 * @max: longest, exact
 * @sum: time of all
 * @mean_bytes: bytes per request that succeeded
 * @buckets: how many took how long, as in histogram.h; NULL when unknown
 */
struct requests_view {
	struct figure count;
	struct figure errors;
	struct figure bytes;
	struct figure per_second;
	struct figure bytes_per_second;
	struct figure p50;
	struct figure p90;
	struct figure p99;
	struct figure max;
	struct figure sum;
	struct figure mean_bytes;
	const uint64_t *buckets;
};

/**
 * struct failure_view - a request that was refused
 * @time_ns: when, CLOCK_MONOTONIC
 * @error: errno
 * @pid: process that asked
 * @container: container number
 * @group: group number
 * @holder_pid: process that has the group open
 * @iova: start of the range asked for
 * @size: its bytes
 * @conflict_iova: start of what was in the way
 * @conflict_size: its bytes
 * @locked: bytes locked by the process, when more may not be
 * @locked_limit: its limit
 * @operation: what was asked for, e.g. "map"
 * @comm: name of @pid, empty when unknown
 * @name: device or backend, empty when it was about none
 * @stage: step at which a map failed, empty when unknown
 * @cause: why, in words; empty when unknown
 * @text: the same in one line, with the cause
 */
struct failure_view {
	struct figure time_ns;
	struct figure error;
	struct figure pid;
	struct figure container;
	struct figure group;
	struct figure holder_pid;
	struct figure iova;
	struct figure size;
	struct figure conflict_iova;
	struct figure conflict_size;
	struct figure locked;
	struct figure locked_limit;
	char operation[16];
	char comm[VIEW_COMM_SIZE];
	char name[VIEW_NAME_SIZE];
	char stage[16];
	char cause[VIEW_TEXT_SIZE];
	char text[VIEW_TEXT_SIZE];
};

/**
 * struct in_flight_view - an operation in flight
 * @container: container number
 * @pid: process
 * @tid: thread
 * @iova: start of the range
 * @size: bytes asked for
 * @done: bytes pinned so far
 * @elapsed: ns since it began
 * @operation: "map", "unmap" or "teardown"
 */
struct in_flight_view {
	struct figure container;
	struct figure pid;
	struct figure tid;
	struct figure iova;
	struct figure size;
	struct figure done;
	struct figure elapsed;
	char operation[12];
};

/**
 * struct dirty_log_view - dirty-log requests of one container
 * @starts: tracking was begun
 * @stops: it was ended
 * @bitmaps: bitmaps that were got
 * @errors: requests that failed
 * @range: bytes of the ranges that these bitmaps are of
 * @bytes: bytes of the bitmaps
 * @last: latency in ns of the last that was got
 * @max: the longest
 * @sum: time of all
 */
struct dirty_log_view {
	struct figure starts;
	struct figure stops;
	struct figure bitmaps;
	struct figure errors;
	struct figure range;
	struct figure bytes;
	struct figure last;
	struct figure max;
	struct figure sum;
};

/**
 * enum alert_severity - how grave an alert is
 * @SEVERITY_NONE: there is none
 * @SEVERITY_NOTICE: worth knowing
 * @SEVERITY_WARNING: something is slow, near a limit, or left behind
 * @SEVERITY_CRITICAL: memory may be corrupted or lost
 */
enum alert_severity {
	SEVERITY_NONE,
	SEVERITY_NOTICE,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
};

/**
 * enum leaf_class - how large IOMMU leaves are
 * @LEAVES_UNKNOWN: that is not known
 * @LEAVES_SMALL: smaller than a superpage
 * @LEAVES_LARGE: superpages
 * @LEAVES_GIANT: as large as an entry of the next level of tables maps
 * @LEAVES_MIXED: small ones and superpages
 * @LEAVES_RESERVED: nothing is mapped, as it is reserved
 */
enum leaf_class {
	LEAVES_UNKNOWN,
	LEAVES_SMALL,
	LEAVES_LARGE,
	LEAVES_GIANT,
	LEAVES_MIXED,
	LEAVES_RESERVED,
};

/**
 * struct range_view - mappings of a superpage and more that are neighbours
 * @iova: where they begin
 * @size: bytes of all
 * @class: of their IOMMU leaves
 * @leaves: the same as the smallest size: "4K" (a page) for all that are no superpages, "2M",
 *	"1G" and so on, or "mixed"; empty when unknown
 */
struct range_view {
	struct figure iova;
	struct figure size;
	enum leaf_class class;
	char leaves[8];
};

/**
 * struct node_view - memory on one NUMA node
 * @node: its number
 * @memory: bytes that are anonymous or shared memory
 * @hugetlb: bytes that are hugetlb pages
 */
struct node_view {
	struct figure node;
	struct figure memory;
	struct figure hugetlb;
};

#define VIEW_AGES 5 /* 1 s, 10 s, 1 min, 10 min, 1 h */

/**
 * struct age_view - mappings that are younger than some age
 * @least: there are not fewer
 * @most: nor more
 */
struct age_view {
	struct figure least;
	struct figure most;
};

/**
 * struct size_view - maps of one size
 * @from: the least bytes of these, a power of two; there is a size for each
 * @maps: how many there were since the watch began
 * @recent: thereof since the last report
 * @mappings: mappings of that size now
 * @younger: how many of these are younger than each of these ages
 */
struct size_view {
	struct figure from;
	struct figure maps;
	struct figure recent;
	struct figure mappings;
	struct age_view younger[VIEW_AGES];
};

/**
 * struct container_view - one address space: a VFIO container, or an IOAS of iommufd
 * @id: its number
 * @ioas: ID of the IOAS in its context
 * @context: number of the iommufd context
 * @pid: process that uses it: the last that mapped or unmapped, else the opener
 * @owner_alive: 1 while that process exists, else 0
 * @rss: bytes of that process's memory that are present
 * @numa: where the memory of its cgroup is, by node; NULL when unknown
 * @n_numa: how many nodes there are
 * @oldest_iova: start of its oldest mapping
 * @oldest_size: the bytes of that
 * @oldest_ns: when it was made, CLOCK_MONOTONIC
 * @oldest_tid: by which thread
 * @map_sizes: its maps by size, the smallest first; NULL when unknown
 * @n_map_sizes: how many sizes there were
 * @orphan: 1 when it is open and has been without a living owner for some time, else 0
 * @opener_pid: process that opened it
 * @opened_ns: when, CLOCK_MONOTONIC
 * @before_watch: 1 when that was before the watch, else 0
 * @census_mappings: mappings that it had when the watch began
 * @census_bytes: their size
 * @census_pinned: bytes that they had pinned
 * @holders: processes that have it, or its groups and devices, open
 * @holder_pid: one of them, @pid if possible
 * @released_ns: when it was released, CLOCK_MONOTONIC; unknown while it is open
 * @mappings: mappings now
 * @mappings_limit: how many it may have
 * @pinned: bytes pinned now, by mappings and for emulated devices
 * @pinned_peak: the most during the watch
 * @maps_pinned: bytes that maps have pinned since the watch began
 * @unpinned: bytes that were unpinned since then, by unmaps, teardowns or otherwise
 * @runs: contiguous runs mapped since the watch began
 * @mean_run: bytes per run
 * @leaf_bytes: bytes mapped since the watch began, per leaf size from 4 KiB
 * @sizes: of pages; its superpages are those that the IOMMU supports, if that is known
 * @lacks_superpages: the IOMMU supports none
 * @incongruent: bytes of maps of a superpage and more, at an IOVA and a user address that
 *	differ modulo a superpage
 * @superpages: percent of these bytes in superpages
 * @superpage_hint: why that is low, or not counted; empty when it is neither, or the reason is
 *	unknown
 * @mapped: bytes mapped now
 * @mapping_bytes: bytes per mapping
 * @pin_ns: time of all maps spent pinning
 * @iommu_ns: time of all maps spent in the IOMMU driver
 * @account_ns: time of all maps spent charging locked memory
 * @charged: bytes charged to locked memory by this container
 * @locked: bytes locked by the paying process
 * @locked_limit: its limit; ~0 is known and means unlimited
 * @locked_unlimited: 1 when CAP_IPC_LOCK or the limit itself allows everything
 * @unmap_differs: successful unmaps that unmapped another number of bytes than asked
 * @teardowns: teardowns of all mappings
 * @teardown_mappings: mappings removed by teardowns
 * @ram_bytes: bytes of maps of ordinary memory
 * @bar_bytes: likewise of device memory
 * @other_bytes: likewise of both, or not pinned yet
 * @teardown_bytes: bytes unmapped by teardowns
 * @teardown_pinned: bytes unpinned by teardowns
 * @teardown_ns: time of teardowns
 * @left_pinned: bytes still pinned after the release
 * @comm: name of @pid, empty when unknown
 * @opener_comm: name of @opener_pid, empty when unknown
 * @holder_comm: name of @holder_pid, empty when unknown
 * @cgroup: path of the cgroup of @pid, empty when unknown
 * @names: names in that path
 * @backend: IOMMU backend, empty when unknown
 * @api: "vfio" or "iommufd"
 * @locked_by: who is charged for locked memory: "mm", "user" or "none"; empty when unknown
 * @map: maps
 * @unmap: unmaps asked for by the user
 * @dirty_log: dirty-log requests
 * @groups: group numbers
 * @n_groups: how many
 * @devices: device names
 * @n_devices: how many
 * @in_flight: operations in flight, longest first
 * @n_in_flight: how many
 * @ranges: where mappings of a superpage and more lie that were made during the watch, by address;
 *	NULL when unknown
 * @n_ranges: how many
 * @first_failure: first failed map or unmap, NULL when there was none
 * @severity: of its gravest alert
 * @alert: kind of that one, empty when there is none
 */
struct container_view {
	struct figure id;
	struct figure ioas;
	struct figure context;
	struct figure pid;
	struct figure owner_alive;
	struct figure rss;
	struct figure orphan;
	struct figure opener_pid;
	struct figure opened_ns;
	struct figure before_watch;
	struct figure census_mappings;
	struct figure census_bytes;
	struct figure census_pinned;
	struct figure holders;
	struct figure holder_pid;
	struct figure released_ns;
	struct figure mappings;
	struct figure mappings_limit;
	struct figure pinned;
	struct figure pinned_peak;
	struct figure maps_pinned;
	struct figure unpinned;
	struct figure runs;
	struct figure mean_run;
	struct figure leaf_bytes[VIEW_LEAF_SIZES];
	struct page_sizes sizes;
	bool lacks_superpages;
	struct figure incongruent;
	struct figure superpages;
	char superpage_hint[VIEW_TEXT_SIZE];
	struct figure mapped;
	struct figure mapping_bytes;
	struct figure pin_ns;
	struct figure iommu_ns;
	struct figure account_ns;
	struct figure charged;
	struct figure locked;
	struct figure locked_limit;
	struct figure locked_unlimited;
	struct figure unmap_differs;
	struct figure teardowns;
	struct figure teardown_mappings;
	struct figure ram_bytes;
	struct figure bar_bytes;
	struct figure other_bytes;
	struct figure teardown_bytes;
	struct figure teardown_pinned;
	struct figure teardown_ns;
	struct figure left_pinned;
	char comm[VIEW_COMM_SIZE];
	char opener_comm[VIEW_COMM_SIZE];
	char holder_comm[VIEW_COMM_SIZE];
	char cgroup[VIEW_CGROUP_SIZE];
	struct cgroup_names names;
	char backend[VIEW_NAME_SIZE];
	char api[8];
	char locked_by[8];
	struct requests_view map;
	struct requests_view unmap;
	struct dirty_log_view dirty_log;
	const uint32_t *groups;
	size_t n_groups;
	const char *const *devices;
	size_t n_devices;
	const struct in_flight_view *in_flight;
	size_t n_in_flight;
	const struct node_view *numa;
	size_t n_numa;
	struct figure oldest_iova;
	struct figure oldest_size;
	struct figure oldest_ns;
	struct figure oldest_tid;
	const struct size_view *map_sizes;
	size_t n_map_sizes;
	const struct range_view *ranges;
	size_t n_ranges;
	const struct failure_view *first_failure;
	enum alert_severity severity;
	char alert[VIEW_ALERT_SIZE];
};

/**
 * view_leaf_bytes - bytes that were mapped in leaves of some sizes
 * @container: its leaf_bytes count; those unknown as 0
 * @from: first size, 0 for 4 KiB
 * @to: the size after the last, VIEW_LEAF_SIZES for all
 *
 * Return: their sum.
 */
static inline uint64_t view_leaf_bytes(const struct container_view *container, size_t from,
				       size_t to)
{
	uint64_t sum = 0;

	for (size_t i = from; i < to; i++)
		if (container->leaf_bytes[i].known)
			sum += container->leaf_bytes[i].value;
	return sum;
}

/**
 * view_superpage_bytes - bytes that were mapped in superpages
 * @container: as for view_leaf_bytes()
 *
 * Return: their sum.
 */
static inline uint64_t view_superpage_bytes(const struct container_view *container)
{
	return view_leaf_bytes(container, page_sizes_leaf(container->sizes.superpage),
			       VIEW_LEAF_SIZES);
}

/**
 * struct reserved_view - IOVAs that cannot be mapped
 * @iova: where they begin
 * @size: bytes
 * @kind: "direct", "direct-relaxable", "msi", "reserved" or "other"
 */
struct reserved_view {
	struct figure iova;
	struct figure size;
	char kind[20];
};

/**
 * struct group_view - a group that is open, attached or was refused
 * @id: group number
 * @pid: process that has it open
 * @owner_alive: 1 while that process exists, else 0
 * @container: container it is attached to
 * @opened_ns: when, CLOCK_MONOTONIC
 * @opens: successful opens since the watch began
 * @open_errors: failed opens since the watch began
 * @reserved: its reserved regions, by address; NULL when unknown
 * @n_reserved: how many
 * @comm: name of @pid, empty when unknown
 */
struct group_view {
	struct figure id;
	struct figure pid;
	struct figure owner_alive;
	struct figure container;
	struct figure opened_ns;
	struct figure opens;
	struct figure open_errors;
	const struct reserved_view *reserved;
	size_t n_reserved;
	char comm[VIEW_COMM_SIZE];
};

/**
 * struct actions_view - one kind of action on a device
 * @count: actions that succeeded since the watch began
 * @errors: actions that failed since the watch began
 * @last: latency in ns of the last that succeeded
 * @max: the longest
 * @sum: time of all
 */
struct actions_view {
	struct figure count;
	struct figure errors;
	struct figure last;
	struct figure max;
	struct figure sum;
};

/**
 * struct device_view - a device that is or was open
 * @address: its name, for PCI its address
 * @state: "open" or "closed", empty when unknown
 * @group: its group
 * @container: container that it was in at the last event
 * @pid: process that opened it last
 * @owner_alive: 1 while that process exists, else 0
 * @comm: name of @pid, empty when unknown
 * @vendor_id: PCI vendor ID
 * @device_id: PCI device ID
 * @pci_name: name of these, empty when unknown
 * @driver: driver that is bound to it now, empty when unknown
 * @cdev: name of its node in /dev/vfio/devices, empty when it has none
 * @opened_ns: when it was opened last, CLOCK_MONOTONIC
 * @open: opens
 * @close: closes; none fails
 * @reset: resets that the user asked for
 */
struct device_view {
	char address[VIEW_NAME_SIZE];
	char state[8];
	struct figure group;
	struct figure container;
	struct figure pid;
	struct figure owner_alive;
	char comm[VIEW_COMM_SIZE];
	struct figure vendor_id;
	struct figure device_id;
	char pci_name[128];
	char driver[32];
	char cdev[16];
	struct figure opened_ns;
	struct actions_view open;
	struct actions_view close;
	struct actions_view reset;
};

/**
 * struct process_view - a process that has open VFIO files
 * @pid: its number
 * @api: by what it maps: "vfio", "iommufd" or "vfio and iommufd"; empty when unknown
 * @iommufds: how often it has /dev/iommu open
 * @pinned: bytes pinned in its memory for iommufd and others
 * @containers: how often it has /dev/vfio/vfio open
 * @groups: groups that it has open
 * @devices: devices that it has open
 * @locked: bytes locked by it
 * @locked_limit: its limit
 * @locked_unlimited: 1 when CAP_IPC_LOCK or the limit itself allows everything
 * @since_ns: since when its IOMMU calls are counted, CLOCK_MONOTONIC
 * @iommu_maps: calls that map
 * @iommu_map_bytes: bytes that they mapped
 * @iommu_unmaps: calls that unmap
 * @iommu_unmap_bytes: bytes that they unmapped
 * @comm: its name, empty when unknown
 * @cgroup: path of its cgroup, empty when unknown
 * @names: names in that path
 */
struct process_view {
	struct figure pid;
	char api[20];
	struct figure iommufds;
	struct figure pinned;
	struct figure containers;
	struct figure groups;
	struct figure devices;
	struct figure locked;
	struct figure locked_limit;
	struct figure locked_unlimited;
	struct figure since_ns;
	struct figure iommu_maps;
	struct figure iommu_map_bytes;
	struct figure iommu_unmaps;
	struct figure iommu_unmap_bytes;
	char comm[VIEW_COMM_SIZE];
	char cgroup[VIEW_CGROUP_SIZE];
	struct cgroup_names names;
};

/**
 * enum leak_kind - what kind of leak
 * @LEAK_KERNEL: pins left by the kernel: after a release, or after an unmap
 * @LEAK_GROWTH: a live owner whose pins or mappings only rise
 * @LEAK_ORPHAN: the container is open, its owner is dead
 * @LEAK_ACCOUNTING: charged pages differ from pinned pages
 * @LEAK_OVER_UNPIN: more pages were released than had been pinned
 * @LEAK_KINDS: how many kinds there are
 */
enum leak_kind {
	LEAK_KERNEL,
	LEAK_GROWTH,
	LEAK_ORPHAN,
	LEAK_ACCOUNTING,
	LEAK_OVER_UNPIN,
	LEAK_KINDS,
};

/**
 * struct made_view - a mapping of a container that leaks, and who made it
 * @iova: its start
 * @size: its bytes
 * @pinned: bytes that its map pinned
 * @charged: bytes that were charged for it
 * @made_ns: when it was made, CLOCK_MONOTONIC
 * @pid: process that made it
 * @tid: the thread
 * @stack: functions that made it, the innermost first
 * @n_stack: how many
 */
struct made_view {
	struct figure iova;
	struct figure size;
	struct figure pinned;
	struct figure charged;
	struct figure made_ns;
	struct figure pid;
	struct figure tid;
	const char *const *stack;
	size_t n_stack;
};

/**
 * struct leak_view - one leak
 * @kind: which
 * @container: container number
 * @ioas: ID of the IOAS, where it is one of iommufd
 * @pid: its owner
 * @bytes: how much
 * @iova: start of the mapping that did not give back all its pages, the first of them
 * @size: its bytes
 * @ranges: where the address space's mappings of 2 MiB and more lie; NULL when unknown
 * @n_ranges: how many
 * @oldest_iova: start of the oldest of its mappings
 * @oldest_size: the bytes of that
 * @oldest_ns: when it was made, CLOCK_MONOTONIC
 * @oldest_tid: by which thread
 * @pinned: bytes that the address space has pinned
 * @mappings: its mappings
 * @opened_ns: when it was opened, CLOCK_MONOTONIC; the census does not know
 * @since_ns: when it was first noticed, CLOCK_MONOTONIC
 * @slope: growth: bytes pinned per minute
 * @mappings_slope: growth: mappings per hour
 * @confidence: growth: percent, how sure that is
 * @suspected: growth: 1 while it may be a start-up or the tooth of a saw, else 0
 * @before_watch: 1 when it was open before the watch, else 0
 * @holder_pid: a process that has it open
 * @unfinished: who holds it has not been looked for since its owner died
 * @comm: name of @pid, empty when unknown
 * @holder_comm: name of @holder_pid, empty when unknown
 * @owner: "alive", "dead" or "zombie", empty when unknown
 * @api: "vfio" or "iommufd"
 * @name: the kind as a word, e.g. "kernel-leak"
 * @text: why it is believed to be one, in one sentence
 * @next: what to look at next
 * @groups: group numbers, NULL when unknown
 * @n_groups: how many
 * @devices: device names, NULL when unknown
 * @n_devices: how many
 * @stack: names of the functions that made the mapping at @iova, or most mappings, the innermost
 *	first; NULL when unknown
 * @n_stack: how many
 * @made: the oldest of its mappings that were made since the watch began and are there, the
 *	first one first; NULL when that is not known
 * @n_made: how many
 */
struct leak_view {
	enum leak_kind kind;
	struct figure container;
	struct figure ioas;
	struct figure pid;
	struct figure bytes;
	struct figure iova;
	struct figure size;
	const struct range_view *ranges;
	size_t n_ranges;
	struct figure oldest_iova;
	struct figure oldest_size;
	struct figure oldest_ns;
	struct figure oldest_tid;
	struct figure pinned;
	struct figure mappings;
	struct figure opened_ns;
	struct figure since_ns;
	struct figure slope;
	struct figure mappings_slope;
	struct figure confidence;
	struct figure suspected;
	struct figure before_watch;
	struct figure holder_pid;
	bool unfinished;
	char comm[VIEW_COMM_SIZE];
	char holder_comm[VIEW_COMM_SIZE];
	char owner[8];
	char api[8];
	char name[20];
	char text[VIEW_TEXT_SIZE];
	char next[VIEW_TEXT_SIZE];
	const uint32_t *groups;
	size_t n_groups;
	const char *const *devices;
	size_t n_devices;
	const char *const *stack;
	size_t n_stack;
	const struct made_view *made;
	size_t n_made;
};

/**
 * struct alert_view - something that needs attention
 * @severity: how grave
 * @severity_name: the same as a word, e.g. "warning"
 * @name: its kind, e.g. "memlock"
 * @container: container number
 * @pid: process
 * @comm: name of @pid, empty when unknown
 * @since_ns: when it was first noticed, CLOCK_MONOTONIC
 * @text: one sentence
 */
struct alert_view {
	enum alert_severity severity;
	char severity_name[10];
	char name[VIEW_ALERT_SIZE];
	struct figure container;
	struct figure pid;
	char comm[VIEW_COMM_SIZE];
	struct figure since_ns;
	char text[VIEW_TEXT_SIZE];
};

/**
 * struct totals_view - all containers since the watch began, those gone included
 * @containers: containers seen
 * @map_count: maps that succeeded
 * @map_errors: maps that failed
 * @map_bytes: bytes mapped
 * @unmap_count: unmaps that succeeded
 * @unmap_errors: unmaps that failed
 * @unmap_bytes: bytes unmapped by request
 * @teardown_bytes: bytes unmapped by teardowns
 * @pinned: bytes pinned now, by mappings and for emulated devices
 */
struct totals_view {
	struct figure containers;
	struct figure map_count;
	struct figure map_errors;
	struct figure map_bytes;
	struct figure unmap_count;
	struct figure unmap_errors;
	struct figure unmap_bytes;
	struct figure teardown_bytes;
	struct figure pinned;
};

/**
 * struct host_view - pinned memory of the host, whoever pinned it
 * @pinned: bytes pinned now, by the kernel's own count
 * @vfio: thereof by VFIO and iommufd
 * @kept: thereof left by mappings that were removed
 * @others: the rest, which VFIO does not explain
 * @pinner_pid: the process with most in its VmPin, if there is a rest
 * @pinner_bytes: that
 * @pinner_comm: its name, empty when unknown
 */
struct host_view {
	struct figure pinned;
	struct figure vfio;
	struct figure kept;
	struct figure others;
	struct figure pinner_pid;
	struct figure pinner_bytes;
	char pinner_comm[VIEW_COMM_SIZE];
};

/**
 * struct watch_view - what the watch itself takes
 * @attach_failures: better sources that the kernel did not let attach
 * @program_runs: runs of its BPF programs
 * @program_ns: their time
 * @containers: containers in the table of these
 * @groups: groups in the table of these
 * @groups_max: its size
 * @devices: devices in the table of these
 * @devices_max: its size
 * @in_flight: operations in the table of these
 * @in_flight_max: its size
 */
struct watch_view {
	struct figure attach_failures;
	struct figure program_runs;
	struct figure program_ns;
	struct figure containers;
	struct figure groups;
	struct figure groups_max;
	struct figure devices;
	struct figure devices_max;
	struct figure in_flight;
	struct figure in_flight_max;
};

/**
 * struct lost_view - what could not be recorded
 * @containers: events of containers for which there was no room
 * @in_flight: operations that are not among those in flight
 * @groups: events of groups for which there was no room
 * @devices: events of devices for which there was no room
 * @failures: failures that came faster than they were read
 * @starts: operations without a latency
 * @reads: records that could not be read
 * @census: containers whose pins and mappings from before the watch are not known
 * @missed: runs of programs that the kernel skipped
 */
struct lost_view {
	struct figure containers;
	struct figure in_flight;
	struct figure groups;
	struct figure devices;
	struct figure failures;
	struct figure starts;
	struct figure reads;
	struct figure census;
	struct figure missed;
};

/**
 * struct traced_view - a map, unmap or teardown that ended; in no report, as it is told at once
 * @time_ns: when, CLOCK_MONOTONIC
 * @realtime_ns: when, CLOCK_REALTIME
 * @container: container number
 * @pid: process
 * @tid: thread
 * @iova: start of the range
 * @size: bytes asked for
 * @done: bytes mapped or unmapped
 * @pinned: bytes pinned, or unpinned
 * @total: how long it took
 * @pin: part of it spent pinning
 * @iommu: part of it spent in the IOMMU driver
 * @other: the rest of it
 * @error: errno, 0 when it succeeded
 * @operation: "map", "unmap" or "teardown"
 * @comm: name of the thread
 * @api: "vfio" or "iommufd"
 * @backing: what is mapped: "ram", "bar" or "both"; empty when unknown
 * @stage: step at which a map failed, empty when it did not or that is unknown
 * @stack: names of the functions that called it, the innermost first; NULL when unknown
 * @n_stack: how many
 */
struct traced_view {
	struct figure time_ns;
	struct figure realtime_ns;
	struct figure container;
	struct figure pid;
	struct figure tid;
	struct figure iova;
	struct figure size;
	struct figure done;
	struct figure pinned;
	struct figure total;
	struct figure pin;
	struct figure iommu;
	struct figure other;
	struct figure error;
	char operation[12];
	char comm[VIEW_COMM_SIZE];
	char api[8];
	char backing[8];
	char stage[16];
	const char *const *stack;
	size_t n_stack;
};

/**
 * struct view - one report
 * @time_ns: CLOCK_MONOTONIC
 * @realtime_ns: CLOCK_REALTIME
 * @interval_ns: time since the last report, or since the watch began
 * @watched_ns: time since the watch began
 * @waiting_for: what of VFIO is not loaded; then only times are known
 * @only: what is shown of all that is watched, in words; empty for all
 * @source: source of the figures
 * @attach: how the programs are attached, empty when there are none
 * @knowledge: enum knowledge of the source
 * @census: 1 when what was open before the watch was looked for, else 0
 * @runs_over: 1 when runs are no longer counted, as that became too costly, else 0
 * @iommufd: 1 when iommufd is watched, 0 when it is not; unknown where there is none
 * @no_iommufd: why it is not, empty when unknown
 * @hugepages_disabled: 1 when vfio_iommu_type1 has disable_hugepages set, else 0
 * @page: bytes of a page
 * @superpage: bytes of the smallest superpage
 * @unseen: processes whose open files could not be examined
 * @lost: what could not be recorded
 * @lost_sum: all of that
 * @totals: all containers
 * @host: pinned memory of the host
 * @watch: what the watch takes
 * @containers: by number
 * @n_containers: how many
 * @in_flight: operations in flight, longest first
 * @n_in_flight: how many
 * @groups: by number
 * @n_groups: how many
 * @devices: by address
 * @n_devices: how many
 * @processes: by number; none where the source knows what belongs to which container
 * @n_processes: how many
 * @leaks: the worst first
 * @n_leaks: how many
 * @suppressed: how many more there are that are not to be reported
 * @alerts: what needs attention, the gravest first
 * @n_alerts: how many
 * @failures: the last ones, oldest first
 * @n_failures: how many
 * @new_failures: those of them that are newer than the last report
 * @n_new_failures: how many
 * @failures_dropped: new ones that there was no room for
 * @traced: traced requests, where the view is of these instead of a report
 * @n_traced: how many
 */
struct view {
	struct figure time_ns;
	struct figure realtime_ns;
	struct figure interval_ns;
	struct figure watched_ns;
	char waiting_for[48];
	char only[VIEW_TEXT_SIZE];
	char source[16];
	char attach[16];
	unsigned int knowledge;
	struct figure census;
	struct figure runs_over;
	struct figure iommufd;
	char no_iommufd[VIEW_TEXT_SIZE];
	struct figure hugepages_disabled;
	struct figure page;
	struct figure superpage;
	struct figure unseen;
	struct lost_view lost;
	uint64_t lost_sum;
	struct totals_view totals;
	struct host_view host;
	struct watch_view watch;
	struct container_view *containers;
	size_t n_containers;
	struct in_flight_view *in_flight;
	size_t n_in_flight;
	struct group_view *groups;
	size_t n_groups;
	struct device_view *devices;
	size_t n_devices;
	struct process_view *processes;
	size_t n_processes;
	struct leak_view *leaks;
	size_t n_leaks;
	struct figure suppressed;
	struct alert_view *alerts;
	size_t n_alerts;
	const struct failure_view *failures;
	size_t n_failures;
	const struct failure_view *new_failures;
	size_t n_new_failures;
	struct figure failures_dropped;
	const struct traced_view *traced;
	size_t n_traced;
};

#endif /* VFIOTOP_VIEW_H */
