/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records carried by the tracepoints of the system "vfio".
 *
 * A tracepoint with much to say passes one pointer to one of these records, so
 * that a BPF program on the raw tracepoint reads it with a single copy and
 * needs no type information of the module. The layout is a stable interface:
 * fields are never moved or removed, new ones are added at the end, and only
 * fixed-width types occur. README.md in this folder is the reference.
 *
 * Conventions of all records:
 * - container: the number of a VFIO container; starts at 1, never repeats while
 *   the vfio module is loaded, 0 when there is none.
 * - group: the number of the IOMMU group, as in /dev/vfio/N.
 * - pid: thread group id of the caller in the initial PID namespace.
 * - ret: 0 or a negative errno.
 * - *_ns: nanoseconds of CLOCK_MONOTONIC; 0 when not measured, which happens
 *   only when the event was enabled while the operation was already running.
 *   Durations of maps and unmaps of at most VFIO_BRIEF_BYTES are counted in
 *   cycles where the kernel trusts these.
 */
#ifndef VFIO_RECORDS_H
#define VFIO_RECORDS_H

#include <linux/types.h>

/* Leaf sizes are counted per power of two, from 4 KiB to 1 GiB and above. */
#define VFIO_LEAF_SHIFT_MIN 12
#define VFIO_LEAF_SIZES	    19

#define VFIO_RECORD_NAME_LEN 48 /* a UUID, as mediated devices are called by, has 36 */

/* A map or unmap of at most so many bytes is brief: it has no vfio_dma_long_begin. */
#define VFIO_BRIEF_BYTES (64 * 1024)

/**
 * enum vfio_map_stage - the step at which a map request ended
 * @VFIO_STAGE_DONE: every step succeeded
 * @VFIO_STAGE_ARGUMENT: the structure could not be read, is too short or has unknown flags
 * @VFIO_STAGE_ALIGNMENT: size zero, or iova, vaddr or size not a multiple of the page size
 * @VFIO_STAGE_OVERFLOW: the range wraps around the end of an address space
 * @VFIO_STAGE_OVERLAP: another mapping is in the way; see conflict_iova and conflict_size
 * @VFIO_STAGE_APERTURE: outside of what the IOMMU can translate
 * @VFIO_STAGE_RESERVED: touches a reserved region; see conflict_iova and conflict_size
 * @VFIO_STAGE_LIMIT: dma_entry_limit mappings exist already
 * @VFIO_STAGE_MEMORY: the kernel had no memory for its own records
 * @VFIO_STAGE_ACCOUNT: the locked-memory limit forbids it
 * @VFIO_STAGE_PIN: user memory could not be pinned
 * @VFIO_STAGE_IOMMU: the IOMMU driver refused the translation
 * @VFIO_STAGE_DISABLED: SPAPR TCE: the caller has not enabled the container
 * @VFIO_STAGE_BACKEND: no IOMMU backend has been chosen yet
 */
enum vfio_map_stage {
	VFIO_STAGE_DONE,
	VFIO_STAGE_ARGUMENT,
	VFIO_STAGE_ALIGNMENT,
	VFIO_STAGE_OVERFLOW,
	VFIO_STAGE_OVERLAP,
	VFIO_STAGE_APERTURE,
	VFIO_STAGE_RESERVED,
	VFIO_STAGE_LIMIT,
	VFIO_STAGE_MEMORY,
	VFIO_STAGE_ACCOUNT,
	VFIO_STAGE_PIN,
	VFIO_STAGE_IOMMU,
	VFIO_STAGE_DISABLED,
	VFIO_STAGE_BACKEND,
};

/**
 * enum vfio_unmap_cause - why a mapping went away
 * @VFIO_CAUSE_USER: VFIO_IOMMU_UNMAP_DMA of a range
 * @VFIO_CAUSE_ALL: VFIO_IOMMU_UNMAP_DMA with VFIO_DMA_UNMAP_FLAG_ALL
 * @VFIO_CAUSE_DETACH: the last group left the container
 * @VFIO_CAUSE_RELEASE: the container was released
 */
enum vfio_unmap_cause {
	VFIO_CAUSE_USER,
	VFIO_CAUSE_ALL,
	VFIO_CAUSE_DETACH,
	VFIO_CAUSE_RELEASE,
};

/**
 * enum vfio_request_kind - what a request does to mappings
 * @VFIO_REQUEST_MAP: VFIO_IOMMU_MAP_DMA
 * @VFIO_REQUEST_UNMAP: VFIO_IOMMU_UNMAP_DMA
 * @VFIO_REQUEST_TEARDOWN: the end of all mappings, at detach or release
 */
enum vfio_request_kind {
	VFIO_REQUEST_MAP,
	VFIO_REQUEST_UNMAP,
	VFIO_REQUEST_TEARDOWN,
};

/**
 * enum vfio_backing - what a mapping's user memory is
 * @VFIO_BACKING_NONE: nothing was pinned
 * @VFIO_BACKING_RAM: ordinary memory, pinned
 * @VFIO_BACKING_PFNMAP: device memory such as a BAR, not counted as pinned
 * @VFIO_BACKING_MIXED: some of each
 */
enum vfio_backing {
	VFIO_BACKING_NONE,
	VFIO_BACKING_RAM,
	VFIO_BACKING_PFNMAP,
	VFIO_BACKING_MIXED,
};

/**
 * enum vfio_reset_kind - how much is reset
 * @VFIO_RESET_FUNCTION: the device alone, by VFIO_DEVICE_RESET
 * @VFIO_RESET_BUS: all devices of its slot or bus, by VFIO_DEVICE_PCI_HOT_RESET
 */
enum vfio_reset_kind {
	VFIO_RESET_FUNCTION,
	VFIO_RESET_BUS,
};

/**
 * enum vfio_dirty_kind - what a dirty-log request is for
 * @VFIO_DIRTY_UNKNOWN: it could not be read, or asks for none of these
 * @VFIO_DIRTY_START: begin to track
 * @VFIO_DIRTY_STOP: end it
 * @VFIO_DIRTY_BITMAP: get the dirty pages of a range
 */
enum vfio_dirty_kind {
	VFIO_DIRTY_UNKNOWN,
	VFIO_DIRTY_START,
	VFIO_DIRTY_STOP,
	VFIO_DIRTY_BITMAP,
};

/**
 * struct vfio_group_open_record - an open of /dev/vfio/N, successful or not
 * @group: group number
 * @pid: who opens
 * @holder_pid: who has it open already when ret is -EBUSY, else 0
 * @ret: result
 */
struct vfio_group_open_record {
	__u32 group;
	__u32 pid;
	__u32 holder_pid;
	__s32 ret;
};

/**
 * struct vfio_device_open_record - VFIO_GROUP_GET_DEVICE_FD, successful or not
 * @container: container of the group
 * @ns: duration, including the function reset where the bus driver does one
 * @group: group number
 * @pid: who opens
 * @ret: 0 or errno
 * @pad: 0
 * @name: the name asked for up to the first blank, e.g. a PCI address; NUL-terminated
 */
struct vfio_device_open_record {
	__u64 container;
	__u64 ns;
	__u32 group;
	__u32 pid;
	__s32 ret;
	__u32 pad;
	char name[VFIO_RECORD_NAME_LEN];
};

/**
 * struct vfio_device_reset_record - a reset that the user asked for, successful or not
 * @container: container of the group
 * @ns: duration
 * @group: group number
 * @pid: who asked
 * @ret: result
 * @kind: enum vfio_reset_kind
 * @name: the device through which it was asked for; NUL-terminated
 *
 * Resets that are part of opening and closing a device have no such record.
 */
struct vfio_device_reset_record {
	__u64 container;
	__u64 ns;
	__u32 group;
	__u32 pid;
	__s32 ret;
	__u32 kind;
	char name[VFIO_RECORD_NAME_LEN];
};

/**
 * struct vfio_dma_map_record - one VFIO_IOMMU_MAP_DMA, successful or not
 * @container: container number
 * @iova: first I/O virtual address
 * @size: bytes asked for
 * @vaddr: user address; recorded, but printed by no tool unless asked to
 * @total_ns: the whole request
 * @pin_ns: thereof finding and pinning pages
 * @iommu_ns: thereof in the IOMMU driver
 * @account_ns: thereof charging locked memory
 * @pages: 4 KiB pages pinned by this request and still pinned; 0 on failure
 * @runs: physically contiguous runs that were mapped; 0 on failure
 * @leaf_bytes: bytes per IOMMU leaf size; element i counts leaves of 2^(12+i) bytes. Of no meaning
 *	where leaf_mask has no bit
 * @mappings: mappings in the container afterwards
 * @mappings_limit: the most it may have
 * @pinned: pages pinned by the container afterwards
 * @conflict_iova: first address of what was in the way (stages OVERLAP, RESERVED), or of
 *	what the IOMMU can translate (stage APERTURE)
 * @conflict_size: its size in bytes, 0 when there was none
 * @pid: caller
 * @ret: result
 * @prot: VFIO_DMA_MAP_FLAG_READ and _WRITE
 * @leaf_mask: bit i is set where leaf_bytes[i] counts leaves, which then is not 0
 * @stage: enum vfio_map_stage
 * @backing: enum vfio_backing
 * @charged: 4 KiB pages charged to the caller's locked memory for this mapping; 0 on failure
 * @locked: the caller's locked_vm afterwards, in 4 KiB pages
 * @locked_limit: the caller's RLIMIT_MEMLOCK in 4 KiB pages; ~0 when unlimited
 * @ipc_lock: 1 when CAP_IPC_LOCK lifted the limit; 0 when nothing was charged
 * @made: mappings that there are more afterwards: 1, or 0 on failure; with SPAPR TCE, entries of
 *	the table
 * @pgsizes: mapping of more than a page: sizes of leaves that the IOMMU supports, a bit each; else 0
 * @end_ns: when it ended, by CLOCK_MONOTONIC
 * @tid: the thread
 * @pad: 0
 */
struct vfio_dma_map_record {
	__u64 container;
	__u64 iova;
	__u64 size;
	__u64 vaddr;
	__u64 total_ns;
	__u64 pin_ns;
	__u64 iommu_ns;
	__u64 account_ns;
	__u64 pages;
	__u64 runs;
	__u64 leaf_bytes[VFIO_LEAF_SIZES];
	__u64 mappings;
	__u64 mappings_limit;
	__u64 pinned;
	__u64 conflict_iova;
	__u64 conflict_size;
	__u32 pid;
	__s32 ret;
	__u32 prot;
	__u32 leaf_mask;
	__u32 stage;
	__u32 backing;
	__u64 charged;
	__u64 locked;
	__u64 locked_limit;
	__u32 ipc_lock;
	__s32 made;
	__u64 pgsizes;
	__u64 end_ns;
	__u32 tid;
	__u32 pad;
};

/**
 * struct vfio_dma_unmap_record - one unmap: a request of the user, or one teardown of all
 * @container: container number
 * @iova: first I/O virtual address asked for
 * @size: bytes asked for; for VFIO_CAUSE_ALL and teardown the bytes found
 * @done: bytes really unmapped
 * @total_ns: duration
 * @pages: 4 KiB pages unpinned, without those of emulated devices
 * @expected: pages that the removed mappings had pinned; more than @pages means a leak
 * @removed: mappings removed
 * @mappings: mappings in the container afterwards
 * @pinned: pages pinned by the container afterwards
 * @pid: caller
 * @ret: result
 * @cause: enum vfio_unmap_cause
 * @locked_pid: who paid for the last of the removed mappings; 0 when @refunded is 0
 * @refunded: 4 KiB pages of locked memory given back
 * @locked: locked_vm of @locked_pid afterwards, in 4 KiB pages
 * @no_backend: 1 when it failed as no IOMMU backend had been chosen yet
 * @pad: 0
 */
struct vfio_dma_unmap_record {
	__u64 container;
	__u64 iova;
	__u64 size;
	__u64 done;
	__u64 total_ns;
	__u64 pages;
	__u64 expected;
	__u64 removed;
	__u64 mappings;
	__u64 pinned;
	__u32 pid;
	__s32 ret;
	__u32 cause;
	__u32 locked_pid;
	__u64 refunded;
	__u64 locked;
	__u32 no_backend;
	__u32 pad;
};

/**
 * struct vfio_account_record - a charge or refund of locked memory
 * @container: container number
 * @pages: 4 KiB pages charged, negative when refunded
 * @charged: the mm's locked_vm afterwards, in 4 KiB pages
 * @limit: RLIMIT_MEMLOCK in 4 KiB pages; ~0 when unlimited
 * @pid: thread group id of the process that made the mapping, and so pays
 * @ret: 0, -ENOMEM past the limit, or -EINTR when killed while waiting
 * @ipc_lock: 1 when CAP_IPC_LOCK lifts the limit
 * @pad: 0
 */
struct vfio_account_record {
	__u64 container;
	__s64 pages;
	__u64 charged;
	__u64 limit;
	__u32 pid;
	__s32 ret;
	__u32 ipc_lock;
	__u32 pad;
};

/**
 * struct vfio_dirty_log_record - one VFIO_IOMMU_DIRTY_PAGES, successful or not
 * @container: container number
 * @iova: VFIO_DIRTY_BITMAP: start of the range
 * @size: VFIO_DIRTY_BITMAP: its bytes
 * @bitmap_bytes: VFIO_DIRTY_BITMAP: bytes of the bitmap
 * @ns: duration
 * @pid: caller
 * @ret: result
 * @kind: enum vfio_dirty_kind
 * @pad: 0
 */
struct vfio_dirty_log_record {
	__u64 container;
	__u64 iova;
	__u64 size;
	__u64 bitmap_bytes;
	__u64 ns;
	__u32 pid;
	__s32 ret;
	__u32 kind;
	__u32 pad;
};

#endif /* VFIO_RECORDS_H */
