/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs write and vfiotop reads: plain fixed-width records in BPF maps,
 * private to one build of vfiotop.
 *
 * Counters only grow and are changed by atomic additions, so that a reader may
 * look at any moment, and difference two looks. Times are CLOCK_MONOTONIC in
 * nanoseconds. Pages are the kernel's, whatever their size; vfiotop turns them into bytes as
 * it reads them, so in a snapshot every such field is in bytes. 0 in a time means that it did
 * not happen.
 */
#ifndef VFIOTOP_BPF_H
#define VFIOTOP_BPF_H

#include <linux/types.h>

#include "histogram.h"
#include "vfio_records.h"

#define VT_COMM_LEN 16

/* How many ranges a container has, each of mappings that are neighbours. */
#define VT_RANGES 32

/* How many of its oldest mappings a container knows. */
#define VT_OLDEST 4

/*
 * Stand for bpf_rdonly_cast() in programs, and for the number of the type it casts to, until they
 * are loaded; no helper has this number, and nothing else this value.
 */
#define VT_CALL_CAST 0x7fff0000
#define VT_CAST_TYPE 0x7fff0001

/* A total or a stage that the source does not know. */
#define VT_UNKNOWN	 (~0ULL)
#define VT_STAGE_UNKNOWN (~0U)

/*
 * How far from its home the slot of a container, or of an operation in flight, may be. Both
 * tables are at most half full, so that none is farther.
 */
#define VT_CONTAINER_PROBES 128
#define VT_IN_FLIGHT_PROBES 32

/**
 * enum vt_operation - what was asked for
 * @VT_OP_NONE: nothing
 * @VT_OP_MAP: VFIO_IOMMU_MAP_DMA
 * @VT_OP_UNMAP: VFIO_IOMMU_UNMAP_DMA
 * @VT_OP_TEARDOWN: unmap of all that is left, at detach or release
 * @VT_OP_GROUP_OPEN: open of /dev/vfio/N
 * @VT_OP_ATTACH: VFIO_GROUP_SET_CONTAINER
 * @VT_OP_DETACH: VFIO_GROUP_UNSET_CONTAINER
 * @VT_OP_SET_IOMMU: VFIO_SET_IOMMU
 * @VT_OP_DEVICE_OPEN: VFIO_GROUP_GET_DEVICE_FD
 * @VT_OP_DEVICE_RESET: VFIO_DEVICE_RESET
 * @VT_OP_BUS_RESET: VFIO_DEVICE_PCI_HOT_RESET
 * @VT_OP_DIRTY_LOG: VFIO_IOMMU_DIRTY_PAGES; neither in flight nor among failures
 */
enum vt_operation {
	VT_OP_NONE,
	VT_OP_MAP,
	VT_OP_UNMAP,
	VT_OP_TEARDOWN,
	VT_OP_GROUP_OPEN,
	VT_OP_ATTACH,
	VT_OP_DETACH,
	VT_OP_SET_IOMMU,
	VT_OP_DEVICE_OPEN,
	VT_OP_DEVICE_RESET,
	VT_OP_BUS_RESET,
	VT_OP_DIRTY_LOG,
};

/*
 * Runs that are counted on stock modules: one for so many pages, and so many beyond that. Of
 * a run of VT_RUN_PAGES pages counting is some percent of what mapping it takes.
 */
#define VT_RUN_PAGES  16
#define VT_RUNS_BURST 4096

/**
 * enum vt_lost - what could not be recorded
 * @VT_LOST_CONTAINER: events of a container for which no slot was free
 * @VT_LOST_IN_FLIGHT: operations for which no slot was free
 * @VT_LOST_GROUP: events of a group for which the table was full
 * @VT_LOST_DEVICE: events of a device for which the table was full
 * @VT_LOST_FAILURE: failures that did not fit into the ring buffer
 * @VT_LOST_START: operations without a latency, running when the watch began
 * @VT_LOST_READ: records that could not be read
 * @VT_LOST_TRACED: traced requests that did not fit into their ring buffer
 * @VT_LOST_KINDS: how many kinds there are
 */
enum vt_lost {
	VT_LOST_CONTAINER,
	VT_LOST_IN_FLIGHT,
	VT_LOST_GROUP,
	VT_LOST_DEVICE,
	VT_LOST_FAILURE,
	VT_LOST_START,
	VT_LOST_READ,
	VT_LOST_TRACED,
	VT_LOST_KINDS,
};

/**
 * struct vt_failure - one request that the kernel refused
 * @time_ns: when; 0 in a struct vt_container without any failure
 * @container: container number, 0 when there was none
 * @iova: map, unmap: start of the range
 * @size: map, unmap: bytes asked for
 * @conflict_iova: map: start of what was in the way, or of what the IOMMU can translate
 * @conflict_size: map: its bytes, 0 when nothing was
 * @mappings: map: mappings in the container
 * @mappings_limit: map: the most it may have
 * @locked: map: pages locked by the paying process
 * @locked_limit: map: its limit in pages, ~0 when unlimited or unknown
 * @operation: enum vt_operation
 * @stage: map: enum vfio_map_stage, or VT_STAGE_UNKNOWN; unmap: VFIO_STAGE_BACKEND, or 0
 * @ret: negative errno
 * @pid: who asked
 * @group: group number, for operations on groups and devices
 * @holder_pid: group open with -EBUSY: who has it
 * @comm: name of the process that asked
 * @name: device or backend name, else empty
 */
struct vt_failure {
	__u64 time_ns;
	__u64 container;
	__u64 iova;
	__u64 size;
	__u64 conflict_iova;
	__u64 conflict_size;
	__u64 mappings;
	__u64 mappings_limit;
	__u64 locked;
	__u64 locked_limit;
	__u32 operation;
	__u32 stage;
	__s32 ret;
	__u32 pid;
	__u32 group;
	__u32 holder_pid;
	char comm[VT_COMM_LEN];
	char name[VFIO_RECORD_NAME_LEN];
};

/**
 * struct vt_traced - a map, unmap or teardown that ended
 * @time_ns: when
 * @container: container number
 * @iova: start of the range, 0 for a teardown
 * @size: bytes asked for; teardown: bytes found
 * @done: bytes mapped or unmapped
 * @pages: pages pinned, or unpinned; VT_UNKNOWN when that could not be read
 * @charged: map: pages charged; VT_UNKNOWN for an IOAS
 * @total_ns: how long it took, 0 when its begin was not seen
 * @pin_ns: map: part of it spent pinning
 * @iommu_ns: map: part of it spent in the IOMMU driver
 * @operation: enum vt_operation: map, unmap or teardown
 * @pid: whose it was
 * @tid: the thread
 * @ret: 0 or a negative errno
 * @stage: map: enum vfio_map_stage, or VT_STAGE_UNKNOWN
 * @backing: map: enum vfio_backing
 * @ioas: 1 when the container is an IOAS of iommufd
 * @stack_bytes: bytes of the stack that follows, or a negative errno; 0 when none was taken
 * @comm: name of the thread
 */
struct vt_traced {
	__u64 time_ns;
	__u64 container;
	__u64 iova;
	__u64 size;
	__u64 done;
	__u64 pages;
	__u64 charged;
	__u64 total_ns;
	__u64 pin_ns;
	__u64 iommu_ns;
	__u32 operation;
	__u32 pid;
	__u32 tid;
	__s32 ret;
	__u32 stage;
	__u32 backing;
	__u32 ioas;
	__s32 stack_bytes;
	char comm[VT_COMM_LEN];
};

/* More frames no stack has here. */
#define VT_STACK_FRAMES 32

/**
 * struct vt_traced_stack - the same, with the stack of the thread in user space
 * @request: all but the stack
 * @frames: addresses of instructions, the innermost first
 */
struct vt_traced_stack {
	struct vt_traced request;
	__u64 frames[VT_STACK_FRAMES];
};

/**
 * struct vt_requests - totals of one kind of request of one container
 * @count: requests that succeeded
 * @errors: requests that failed; in no other total
 * @bytes: bytes mapped, or really unmapped
 * @asked: bytes that those requests asked for, less @bytes until vfiotop reads it
 * @pages: pages pinned, or unpinned
 * @ns_sum: time spent
 * @ns_max: longest request
 * @buckets: number of requests per latency, see histogram.h
 * @sizes: number of maps, or of removals of single mappings, per size, see histogram.h
 */
struct vt_requests {
	__u64 count;
	__u64 errors;
	__u64 bytes;
	__u64 asked;
	__u64 pages;
	__u64 ns_sum;
	__u64 ns_max;
	__u64 buckets[VT_HIST_BUCKETS];
	__u64 sizes[VT_SIZE_CLASSES];
};

/**
 * struct vt_dirty_log - dirty-log requests of one container
 * @starts: tracking was begun
 * @stops: it was ended
 * @bitmaps: bitmaps that were got
 * @errors: requests that failed; in no other total
 * @range_bytes: bytes of the ranges that these bitmaps are of
 * @bitmap_bytes: bytes of the bitmaps
 * @ns_sum: time spent getting them
 * @ns_max: longest of these requests
 * @ns_last: last of them; 0 when none was timed
 */
struct vt_dirty_log {
	__u64 starts;
	__u64 stops;
	__u64 bitmaps;
	__u64 errors;
	__u64 range_bytes;
	__u64 bitmap_bytes;
	__u64 ns_sum;
	__u64 ns_max;
	__u64 ns_last;
};

/**
 * enum vt_container_flags - how much is known of a container
 * @VT_CONTAINER_OPEN_SEEN: its opening was watched, so totals are complete
 * @VT_CONTAINER_TOTALS: @total_pinned and @total_mappings are known
 * @VT_CONTAINER_ACCOUNTED: an accounting record was seen
 * @VT_CONTAINER_CENSUS: what it had when the watch began was counted
 * @VT_CONTAINER_IOAS: it is an IOAS of iommufd
 * @VT_CONTAINER_CUT: mappings were cut in pieces or not counted, so their number is unknown
 * @VT_CONTAINER_ENDS_LOST: ends of requests were lost, so that what it has is not known
 * @VT_CONTAINER_OPAQUE: nor is it, as the structures of its backend are not known
 * @VT_CONTAINER_UNPINNED: mappings were made that are not pinned, for emulated devices alone
 * @VT_CONTAINER_PINS_UNSEEN: these were pinned, for a device that came later, and how much of
 *	it is not known
 * @VT_CONTAINER_RUNS_MISSED: maps were made whose runs were not counted
 * @VT_CONTAINER_BACKING: it is known what its maps are of
 * @VT_CONTAINER_PHASES: iommufd: phases of its maps were measured
 * @VT_CONTAINER_SIZES_LOST: several mappings were made or removed at once, whose sizes are not
 *	known
 * @VT_CONTAINER_DEVICE_KEPT: the first mapping of which something was kept is of device memory
 */
enum vt_container_flags {
	VT_CONTAINER_OPEN_SEEN = 1 << 0,
	VT_CONTAINER_TOTALS = 1 << 1,
	VT_CONTAINER_ACCOUNTED = 1 << 2,
	VT_CONTAINER_CENSUS = 1 << 3,
	VT_CONTAINER_IOAS = 1 << 4,
	VT_CONTAINER_CUT = 1 << 5,
	VT_CONTAINER_ENDS_LOST = 1 << 6,
	VT_CONTAINER_OPAQUE = 1 << 7,
	VT_CONTAINER_UNPINNED = 1 << 8,
	VT_CONTAINER_PINS_UNSEEN = 1 << 9,
	VT_CONTAINER_RUNS_MISSED = 1 << 10,
	VT_CONTAINER_BACKING = 1 << 11,
	VT_CONTAINER_PHASES = 1 << 12,
	VT_CONTAINER_SIZES_LOST = 1 << 13,
	VT_CONTAINER_DEVICE_KEPT = 1 << 14,
};

/**
 * enum vt_locked_by - who iommufd charges for locked memory
 * @VT_LOCKED_BY_UNKNOWN: nothing was pinned yet, or it is not iommufd
 * @VT_LOCKED_BY_NONE: nobody
 * @VT_LOCKED_BY_USER: the user, for all of the user's processes together
 * @VT_LOCKED_BY_MM: the process
 */
enum vt_locked_by {
	VT_LOCKED_BY_UNKNOWN,
	VT_LOCKED_BY_NONE,
	VT_LOCKED_BY_USER,
	VT_LOCKED_BY_MM,
};

/**
 * struct vt_container - everything about one address space: a VFIO container or an IOAS
 * @key: what the source knows the container by; 0 while the slot is free
 * @id: the number of the container
 * @first_ns: first event seen
 * @opened_ns: opened; 0 when that was before the watch
 * @released_ns: released; the slot stays until vfiotop has shown it
 * @pinned: pages pinned minus pages unpinned during the watch, for whatever reason
 * @pinned_peak: the most that were pinned during the watch
 * @mappings: mappings made minus mappings removed during the watch
 * @pins_standalone: pins and unpins outside of a map or unmap, as emulated devices make them
 * @total_pinned: pages pinned at the last map, unmap or such pin, by the kernel's own count
 * @total_mappings: mappings at the last map or unmap, by the kernel's own count
 * @mappings_limit: the most there may be
 * @runs: physically contiguous runs of all maps
 * @leaf_bytes: bytes per IOMMU leaf size of all maps, as in struct vfio_dma_map_record
 * @pgsizes: sizes of leaves that the IOMMU supports, a bit each; 0 when not seen
 * @congruent: bytes of maps of a superpage and more whose IOVA and user address are equal
 *	modulo a superpage
 * @incongruent: likewise of those where these differ
 * @bar_bytes: bytes of maps of device memory; of those of VT_CONTAINER_BACKING
 * @other_bytes: likewise of maps of both kinds of memory, or that did not pin any yet
 * @ranges_seq: odd while the ranges are being changed
 * @ranges_lost: not 0 when the ranges are not known
 * @oldest_seq: odd while the oldest mappings are being changed
 * @oldest_lost: not 0 when the oldest mapping is not known
 * @oldest_more: there are younger mappings than the following
 * @oldest_iova: starts of the oldest mappings
 * @oldest_size: their bytes; 0 where there is none
 * @oldest_ns: when they were made
 * @oldest_tid: by which thread
 * @range_iova: where mappings of a superpage and more lie that were made during the
 *	watch, or that the census has counted
 * @range_size: bytes of a range, 0 when it is unused
 * @range_leaves: mask of the sizes of its leaves as in @leaf_bytes, 0 when unknown
 * @pin_ns: time of all maps spent pinning
 * @iommu_ns: time of all maps spent in the IOMMU driver
 * @account_ns: time of all maps spent charging locked memory
 * @charged: pages charged minus pages refunded during the watch
 * @charge_errors: charges refused
 * @locked: pages locked by the paying process after the last charge or refund
 * @locked_limit: its limit in pages, ~0 when unlimited
 * @unpinned_short: pages of removed mappings that did not come back, at least
 * @unpinned_over: pages released beyond what the mappings had pinned
 * @kept_mappings: removed mappings of which pages did not come back
 * @kept_iova: start of the first of these
 * @kept_size: its bytes
 * @kept_pages: its pages that did not come back
 * @excess_pages: pages that were unpinned while mappings were removed, beyond what these had, by
 *	the host's count: by others, or twice
 * @excess_mappings: mappings that this happened to
 * @excess_iova: start of the last of these
 * @excess_size: its bytes
 * @doubtful_pages: pages that seemed not to come back while mappings were removed, though counts
 *	may only have been out of sight
 * @doubtful_mappings: mappings that this happened to
 * @doubtful_iova: start of the last of these
 * @doubtful_size: its bytes
 * @drift: pages charged too much, or too little, by the modules' own word
 * @drift_iova: start of the first mapping that this happened to
 * @drift_size: its bytes
 * @drift_pid: who pays for it
 * @pad: 0
 * @unmap_differs: successful unmaps of a range that unmapped another number of bytes
 * @teardowns: teardowns of all that was left
 * @teardown_mappings: mappings removed by them
 * @teardown_bytes: bytes unmapped by them
 * @teardown_pages: pages unpinned by them
 * @teardown_ns: time spent in them
 * @left_pinned: pages still pinned after the release
 * @left_mappings: mappings still there after the release
 * @left_charged: pages still charged after the release
 * @census_mappings: mappings that it had when the watch began
 * @census_bytes: their size
 * @census_pinned: pages that they had pinned
 * @backend_key: stock modules: address of the backend's data, 0 when its choice was not seen
 * @opener_pid: who opened it, 0 when not seen
 * @caller_pid: who mapped or unmapped last, 0 when no process did
 * @locked_pid: who pays for locked memory, 0 when unknown
 * @census_pid: who made the last of these mappings, 0 when unknown
 * @ipc_lock: 1 when CAP_IPC_LOCK lifts the limit
 * @iommu_type: argument of VFIO_SET_IOMMU, 0 when not seen
 * @flags: enum vt_container_flags
 * @ioas: iommufd: ID of the IOAS in its context
 * @context: iommufd: number of the context
 * @locked_by: iommufd: enum vt_locked_by
 * @context_key: iommufd: address of the context
 * @opener_comm: name of @opener_pid when it opened
 * @caller_comm: name of @caller_pid
 * @backend: name of the IOMMU backend, empty when not seen
 * @first_failure: the first map or unmap that failed
 * @map: totals of maps
 * @unmap: totals of unmaps asked for by the user
 * @dirty_log: totals of dirty-log requests
 *
 * @pinned and @mappings are exact for a container whose opening was watched. Of
 * another one @total_pinned and @total_mappings tell more, and where the kernel has
 * no such count, what was there before the watch is to be added.
 *
 * Slots form a table with open addressing: a container is in the slot that its
 * key hashes to, or in one of VT_CONTAINER_PROBES - 1 others. There are twice as many slots as
 * containers at most.
 */
struct vt_container {
	__u64 key;
	__u64 id;
	__u64 first_ns;
	__u64 opened_ns;
	__u64 released_ns;
	__s64 pinned;
	__s64 pinned_peak;
	__s64 mappings;
	__u64 pins_standalone;
	__u64 total_pinned;
	__u64 total_mappings;
	__u64 mappings_limit;
	__u64 runs;
	__u64 leaf_bytes[VFIO_LEAF_SIZES];
	__u64 pgsizes;
	__u64 congruent;
	__u64 incongruent;
	__u64 bar_bytes;
	__u64 other_bytes;
	__u64 ranges_seq;
	__u64 ranges_lost;
	__u64 oldest_seq;
	__u64 oldest_lost;
	__u64 oldest_more;
	__u64 oldest_iova[VT_OLDEST];
	__u64 oldest_size[VT_OLDEST];
	__u64 oldest_ns[VT_OLDEST];
	__u64 oldest_tid[VT_OLDEST];
	__u64 range_iova[VT_RANGES];
	__u64 range_size[VT_RANGES];
	__u64 range_leaves[VT_RANGES];
	__u64 pin_ns;
	__u64 iommu_ns;
	__u64 account_ns;
	__s64 charged;
	__u64 charge_errors;
	__u64 locked;
	__u64 locked_limit;
	__u64 unpinned_short;
	__u64 unpinned_over;
	__u64 kept_mappings;
	__u64 kept_iova;
	__u64 kept_size;
	__u64 kept_pages;
	__u64 excess_pages;
	__u64 excess_mappings;
	__u64 excess_iova;
	__u64 excess_size;
	__u64 doubtful_pages;
	__u64 doubtful_mappings;
	__u64 doubtful_iova;
	__u64 doubtful_size;
	__s64 drift;
	__u64 drift_iova;
	__u64 drift_size;
	__u32 drift_pid;
	__u32 pad;
	__u64 unmap_differs;
	__u64 teardowns;
	__u64 teardown_mappings;
	__u64 teardown_bytes;
	__u64 teardown_pages;
	__u64 teardown_ns;
	__u64 left_pinned;
	__u64 left_mappings;
	__s64 left_charged;
	__u64 census_mappings;
	__u64 census_bytes;
	__s64 census_pinned;
	__u64 backend_key;
	__u32 opener_pid;
	__u32 caller_pid;
	__u32 locked_pid;
	__u32 census_pid;
	__u32 ipc_lock;
	__u32 iommu_type;
	__u32 flags;
	__u32 ioas;
	__u32 context;
	__u32 locked_by;
	__u64 context_key;
	char opener_comm[VT_COMM_LEN];
	char caller_comm[VT_COMM_LEN];
	char backend[VFIO_RECORD_NAME_LEN];
	struct vt_failure first_failure;
	struct vt_requests map;
	struct vt_requests unmap;
	struct vt_dirty_log dirty_log;
};

/**
 * struct vt_pin_mark - the host's count of pages unpinned, at some moment
 * @released: pages unpinned by this CPU, and what others have added to the nodes' counts
 * @moves: how often the task had left its CPU
 * @nodes: how many were read; 0 when the count is not known
 */
struct vt_pin_mark {
	__u64 released;
	__u64 moves;
	__u64 nodes;
};

/**
 * struct vt_in_flight - the operation that a thread is in
 * @start_ns: when it began; 0 when there is none
 * @check_ns: equal to @start_ns unless the record is being changed
 * @container: number of the container
 * @iova: start of the range
 * @size: bytes asked for
 * @pages: pages pinned so far
 * @unpinned: pages unpinned so far
 * @key: stock modules: what the source knows the container by
 * @removed: stock modules: mappings removed so far
 * @done: stock modules: their size
 * @refunded: stock modules: pages that they were charged
 * @last_iova: stock modules: start of the mapping that was removed last
 * @last_size: its bytes
 * @last_pages: pages that it was charged
 * @last_mark: the count as it began to go
 * @dma: stock modules: address of the mapping that a map makes, 0 until it is seen to pin
 * @refused: iommufd: a charge was refused
 * @made: iommufd: mappings that a map makes
 * @step_ns: iommufd: when the step in progress began, 0 when none is
 * @pin_ns: iommufd: time of steps that pinned
 * @iommu_ns: iommufd: time of steps in the IOMMU driver
 * @source: iommufd: key of the address space that a copy is from, else 0
 * @tid: the thread
 * @pid: its process
 * @operation: enum vt_operation: map, unmap or teardown; iommufd: attach or detach, too
 * @holder: the thread whose slot this is from begin to end, 0 while it is free
 * @slot: its own index
 * @container_slot: stock modules, iommufd: the slot of the container
 *
 * Brief maps and unmaps, see VFIO_BRIEF_BYTES, have none: they come in great numbers.
 *
 * Slots form a table with open addressing, as those of containers do: a thread is in the slot
 * that the low bits of its number tell, or in one of the VT_IN_FLIGHT_PROBES - 1 that follow.
 *
 * The writer sets @start_ns to 0, then @check_ns, then the rest, then
 * @start_ns; a reader takes a copy from @start_ns to @check_ns, the last.
 */
struct vt_in_flight {
	__u64 start_ns;
	__u64 container;
	__u64 iova;
	__u64 size;
	__u64 pages;
	__u64 unpinned;
	__u64 key;
	__u64 removed;
	__u64 done;
	__u64 refunded;
	__u64 last_iova;
	__u64 last_size;
	__u64 last_pages;
	struct vt_pin_mark last_mark;
	__u64 dma;
	__u64 source;
	__u64 refused;
	__u64 made;
	__u64 step_ns;
	__u64 pin_ns;
	__u64 iommu_ns;
	__u32 tid;
	__u32 pid;
	__u32 operation;
	__u32 holder;
	__u32 slot;
	__u32 container_slot;
	__u64 check_ns;
};

/**
 * enum vt_state - whether something is open
 * @VT_STATE_UNKNOWN: its opening was not watched
 * @VT_STATE_OPEN: open
 * @VT_STATE_CLOSED: closed
 */
enum vt_state {
	VT_STATE_UNKNOWN,
	VT_STATE_OPEN,
	VT_STATE_CLOSED,
};

/**
 * struct vt_group - an IOMMU group; the key is its number
 * @container: container that it is attached to, 0 when none or unknown
 * @opened_ns: last successful open, 0 when not seen
 * @opens: successful opens
 * @open_errors: failed opens
 * @pid: who has it open, 0 when unknown
 * @state: enum vt_state
 * @comm: name of @pid, empty when unknown
 */
struct vt_group {
	__u64 container;
	__u64 opened_ns;
	__u64 opens;
	__u64 open_errors;
	__u32 pid;
	__u32 state;
	char comm[VT_COMM_LEN];
};

/**
 * struct vt_device_key - a device by its name
 * @name: e.g. a PCI address, padded with NUL
 */
struct vt_device_key {
	char name[VFIO_RECORD_NAME_LEN];
};

/**
 * struct vt_actions - totals of one kind of action on a device
 * @count: actions that succeeded
 * @errors: actions that failed; in no other total
 * @ns_sum: time spent
 * @ns_max: longest action
 * @ns_last: last action; 0 when none was timed
 */
struct vt_actions {
	__u64 count;
	__u64 errors;
	__u64 ns_sum;
	__u64 ns_max;
	__u64 ns_last;
};

/**
 * struct vt_device - a device
 * @container: container of its group at the last event
 * @opened_ns: last successful open, 0 when not seen
 * @group: group number, VT_NO_GROUP when VFIO has no groups
 * @pid: who opened it last, 0 when not seen
 * @state: enum vt_state
 * @pad: 0
 * @comm: name of @pid, empty when unknown
 * @open: opens, function reset included
 * @close: closes of file descriptors, function reset included
 * @reset: resets that the user asked for
 */
struct vt_device {
	__u64 container;
	__u64 opened_ns;
	__u32 group;
	__u32 pid;
	__u32 state;
	__u32 pad;
	char comm[VT_COMM_LEN];
	struct vt_actions open;
	struct vt_actions close;
	struct vt_actions reset;
};

/**
 * struct vt_holder - a process that has a VFIO file open
 * @container: number of the container that the file belongs to, 0 when it belongs to none
 * @context: number of the iommufd context that it belongs to, 0 when it belongs to none
 * @group: group number; VT_NO_GROUP for a file of a container or context
 * @pid: the process
 * @comm: its name
 * @device: name of the device for a file of one, else empty
 */
struct vt_holder {
	__u64 container;
	__u64 context;
	__u32 group;
	__u32 pid;
	char comm[VT_COMM_LEN];
	char device[VFIO_RECORD_NAME_LEN];
};

#define VT_NO_GROUP 0xffffffffU

/**
 * struct vt_iommu_calls - what a process mapped and unmapped in IOMMUs
 * @since_ns: since when its calls are counted, 0 when they are not
 * @maps: calls of iommu_map() that did it
 * @map_bytes: bytes that they mapped
 * @unmaps: calls of iommu_unmap() that did it
 * @unmap_bytes: bytes that they unmapped
 */
struct vt_iommu_calls {
	__u64 since_ns;
	__u64 maps;
	__u64 map_bytes;
	__u64 unmaps;
	__u64 unmap_bytes;
};

/**
 * struct vt_host_pins - the host's count of pinned pages, of all users of pins
 * @acquired: pages pinned since it booted
 * @released: pages unpinned
 */
struct vt_host_pins {
	__u64 acquired;
	__u64 released;
};

#endif /* VFIOTOP_BPF_H */
