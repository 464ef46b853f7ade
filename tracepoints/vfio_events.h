/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the system "vfio". README.md in this folder documents every
 * event and field; vfio_records.h documents the records.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfio

#if !defined(VFIO_TRACEPOINTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define VFIO_TRACEPOINTS_H

#include <linux/tracepoint.h>

#include "vfio_records.h"
#include "vfio_watched.h"

TRACE_DEFINE_ENUM(VFIO_STAGE_DONE);
TRACE_DEFINE_ENUM(VFIO_STAGE_ARGUMENT);
TRACE_DEFINE_ENUM(VFIO_STAGE_ALIGNMENT);
TRACE_DEFINE_ENUM(VFIO_STAGE_OVERFLOW);
TRACE_DEFINE_ENUM(VFIO_STAGE_OVERLAP);
TRACE_DEFINE_ENUM(VFIO_STAGE_APERTURE);
TRACE_DEFINE_ENUM(VFIO_STAGE_RESERVED);
TRACE_DEFINE_ENUM(VFIO_STAGE_LIMIT);
TRACE_DEFINE_ENUM(VFIO_STAGE_MEMORY);
TRACE_DEFINE_ENUM(VFIO_STAGE_ACCOUNT);
TRACE_DEFINE_ENUM(VFIO_STAGE_PIN);
TRACE_DEFINE_ENUM(VFIO_STAGE_IOMMU);
TRACE_DEFINE_ENUM(VFIO_STAGE_DISABLED);
TRACE_DEFINE_ENUM(VFIO_STAGE_BACKEND);
TRACE_DEFINE_ENUM(VFIO_CAUSE_USER);
TRACE_DEFINE_ENUM(VFIO_CAUSE_ALL);
TRACE_DEFINE_ENUM(VFIO_CAUSE_DETACH);
TRACE_DEFINE_ENUM(VFIO_CAUSE_RELEASE);
TRACE_DEFINE_ENUM(VFIO_REQUEST_MAP);
TRACE_DEFINE_ENUM(VFIO_REQUEST_UNMAP);
TRACE_DEFINE_ENUM(VFIO_REQUEST_TEARDOWN);
TRACE_DEFINE_ENUM(VFIO_BACKING_NONE);
TRACE_DEFINE_ENUM(VFIO_BACKING_RAM);
TRACE_DEFINE_ENUM(VFIO_BACKING_PFNMAP);
TRACE_DEFINE_ENUM(VFIO_BACKING_MIXED);
TRACE_DEFINE_ENUM(VFIO_RESET_FUNCTION);
TRACE_DEFINE_ENUM(VFIO_RESET_BUS);
TRACE_DEFINE_ENUM(VFIO_DIRTY_UNKNOWN);
TRACE_DEFINE_ENUM(VFIO_DIRTY_START);
TRACE_DEFINE_ENUM(VFIO_DIRTY_STOP);
TRACE_DEFINE_ENUM(VFIO_DIRTY_BITMAP);

/* clang-format off */

#define show_vfio_stage(stage)				\
	__print_symbolic(stage,				\
		{ VFIO_STAGE_DONE,	"done" },	\
		{ VFIO_STAGE_ARGUMENT,	"argument" },	\
		{ VFIO_STAGE_ALIGNMENT,	"alignment" },	\
		{ VFIO_STAGE_OVERFLOW,	"overflow" },	\
		{ VFIO_STAGE_OVERLAP,	"overlap" },	\
		{ VFIO_STAGE_APERTURE,	"aperture" },	\
		{ VFIO_STAGE_RESERVED,	"reserved" },	\
		{ VFIO_STAGE_LIMIT,	"limit" },	\
		{ VFIO_STAGE_MEMORY,	"memory" },	\
		{ VFIO_STAGE_ACCOUNT,	"account" },	\
		{ VFIO_STAGE_PIN,	"pin" },	\
		{ VFIO_STAGE_IOMMU,	"iommu" },	\
		{ VFIO_STAGE_DISABLED,	"disabled" },	\
		{ VFIO_STAGE_BACKEND,	"backend" })

#define show_vfio_cause(cause)				\
	__print_symbolic(cause,				\
		{ VFIO_CAUSE_USER,	"user" },	\
		{ VFIO_CAUSE_ALL,	"all" },	\
		{ VFIO_CAUSE_DETACH,	"detach" },	\
		{ VFIO_CAUSE_RELEASE,	"release" })

#define show_vfio_request_kind(kind)			\
	__print_symbolic(kind,				\
		{ VFIO_REQUEST_MAP,	"map" },	\
		{ VFIO_REQUEST_UNMAP,	"unmap" },	\
		{ VFIO_REQUEST_TEARDOWN, "teardown" })

#define show_vfio_dirty_kind(kind)			\
	__print_symbolic(kind,				\
		{ VFIO_DIRTY_UNKNOWN,	"unknown" },	\
		{ VFIO_DIRTY_START,	"start" },	\
		{ VFIO_DIRTY_STOP,	"stop" },	\
		{ VFIO_DIRTY_BITMAP,	"bitmap" })

#define show_vfio_backing(backing)			\
	__print_symbolic(backing,			\
		{ VFIO_BACKING_NONE,	"none" },	\
		{ VFIO_BACKING_RAM,	"ram" },	\
		{ VFIO_BACKING_PFNMAP,	"pfnmap" },	\
		{ VFIO_BACKING_MIXED,	"mixed" })

#define show_vfio_reset_kind(kind)			\
	__print_symbolic(kind,				\
		{ VFIO_RESET_FUNCTION,	"function" },	\
		{ VFIO_RESET_BUS,	"bus" })

TRACE_EVENT(vfio_container_open,
	TP_PROTO(u64 container, u32 pid),
	TP_ARGS(container, pid),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->pid = pid;
	),
	TP_printk("container=%llu pid=%u", __entry->container, __entry->pid)
);

TRACE_EVENT(vfio_container_release,
	TP_PROTO(u64 container, u32 pid, u64 pinned, u64 mappings, s64 charged),
	TP_ARGS(container, pid, pinned, mappings, charged),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, pinned)
		__field(u64, mappings)
		__field(s64, charged)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->pinned = pinned;
		__entry->mappings = mappings;
		__entry->charged = charged;
		__entry->pid = pid;
	),
	TP_printk("container=%llu pid=%u pinned=%llu mappings=%llu charged=%lld",
		  __entry->container, __entry->pid, __entry->pinned,
		  __entry->mappings, __entry->charged)
);

TRACE_EVENT(vfio_group_open,
	TP_PROTO(const struct vfio_group_open_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u32, group)
		__field(u32, pid)
		__field(u32, holder_pid)
		__field(s32, ret)
	),
	TP_fast_assign(
		__entry->group = r->group;
		__entry->pid = r->pid;
		__entry->holder_pid = r->holder_pid;
		__entry->ret = r->ret;
	),
	TP_printk("group=%u pid=%u ret=%d holder_pid=%u", __entry->group,
		  __entry->pid, __entry->ret, __entry->holder_pid)
);

TRACE_EVENT(vfio_group_release,
	TP_PROTO(u32 group, u32 pid),
	TP_ARGS(group, pid),
	TP_STRUCT__entry(
		__field(u32, group)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->pid = pid;
	),
	TP_printk("group=%u pid=%u", __entry->group, __entry->pid)
);

DECLARE_EVENT_CLASS(vfio_group_container,
	TP_PROTO(u32 group, u64 container, s32 ret),
	TP_ARGS(group, container, ret),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, group)
		__field(s32, ret)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->group = group;
		__entry->ret = ret;
	),
	TP_printk("group=%u container=%llu ret=%d", __entry->group,
		  __entry->container, __entry->ret)
);

DEFINE_EVENT(vfio_group_container, vfio_group_attach,
	TP_PROTO(u32 group, u64 container, s32 ret),
	TP_ARGS(group, container, ret)
);

DEFINE_EVENT(vfio_group_container, vfio_group_detach,
	TP_PROTO(u32 group, u64 container, s32 ret),
	TP_ARGS(group, container, ret)
);

TRACE_EVENT(vfio_iommu_set,
	TP_PROTO(u64 container, u32 type, const char *backend, s32 ret),
	TP_ARGS(container, type, backend, ret),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, type)
		__field(s32, ret)
		__array(char, backend, VFIO_RECORD_NAME_LEN)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->type = type;
		__entry->ret = ret;
		strscpy(__entry->backend, backend, VFIO_RECORD_NAME_LEN);
	),
	TP_printk("container=%llu type=%u backend=%s ret=%d",
		  __entry->container, __entry->type, __entry->backend, __entry->ret)
);

TRACE_EVENT(vfio_device_open,
	TP_PROTO(const struct vfio_device_open_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, ns)
		__field(u32, group)
		__field(u32, pid)
		__field(s32, ret)
		__array(char, name, VFIO_RECORD_NAME_LEN)
	),
	TP_fast_assign(
		__entry->container = r->container;
		__entry->ns = r->ns;
		__entry->group = r->group;
		__entry->pid = r->pid;
		__entry->ret = r->ret;
		memcpy(__entry->name, r->name, VFIO_RECORD_NAME_LEN);
	),
	TP_printk("device=%s group=%u container=%llu pid=%u ret=%d ns=%llu",
		  __entry->name, __entry->group, __entry->container,
		  __entry->pid, __entry->ret, __entry->ns)
);

TRACE_EVENT(vfio_device_release,
	TP_PROTO(const char *name, u32 group, u64 container, u64 ns, u32 users),
	TP_ARGS(name, group, container, ns, users),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, ns)
		__field(u32, group)
		__array(char, name, VFIO_RECORD_NAME_LEN)
		__field(u32, users)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->ns = ns;
		__entry->group = group;
		strscpy(__entry->name, name, VFIO_RECORD_NAME_LEN);
		__entry->users = users;
	),
	TP_printk("device=%s group=%u container=%llu ns=%llu users=%u",
		  __entry->name, __entry->group, __entry->container,
		  __entry->ns, __entry->users)
);

TRACE_EVENT(vfio_device_reset,
	TP_PROTO(const struct vfio_device_reset_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, ns)
		__field(u32, group)
		__field(u32, pid)
		__field(s32, ret)
		__field(u32, kind)
		__array(char, name, VFIO_RECORD_NAME_LEN)
	),
	TP_fast_assign(
		__entry->container = r->container;
		__entry->ns = r->ns;
		__entry->group = r->group;
		__entry->pid = r->pid;
		__entry->ret = r->ret;
		__entry->kind = r->kind;
		memcpy(__entry->name, r->name, VFIO_RECORD_NAME_LEN);
	),
	TP_printk("device=%s group=%u container=%llu pid=%u kind=%s ret=%d ns=%llu",
		  __entry->name, __entry->group, __entry->container,
		  __entry->pid, show_vfio_reset_kind(__entry->kind),
		  __entry->ret, __entry->ns)
);

TRACE_EVENT_FN(vfio_dma_map_begin,
	TP_PROTO(u64 container, u64 iova, u64 size, u32 prot, u32 pid),
	TP_ARGS(container, iova, size, prot, pid),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u32, prot)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->prot = prot;
		__entry->pid = pid;
	),
	TP_printk("container=%llu pid=%u iova=0x%llx size=%llu prot=%u",
		  __entry->container, __entry->pid, __entry->iova,
		  __entry->size, __entry->prot),
	vfio_watch_begin, vfio_watch_end
);

TRACE_EVENT_FN(vfio_dma_map,
	TP_PROTO(const struct vfio_dma_map_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, vaddr)
		__field(u64, total_ns)
		__field(u64, pin_ns)
		__field(u64, iommu_ns)
		__field(u64, account_ns)
		__field(u64, pages)
		__field(u64, runs)
		__array(u64, leaf_bytes, VFIO_LEAF_SIZES)
		__field(u64, mappings)
		__field(u64, mappings_limit)
		__field(u64, pinned)
		__field(u64, conflict_iova)
		__field(u64, conflict_size)
		__field(u32, pid)
		__field(s32, ret)
		__field(u32, prot)
		__field(u32, stage)
		__field(u32, backing)
		__field(u64, charged)
		__field(u64, locked)
		__field(u64, locked_limit)
		__field(u32, ipc_lock)
	),
	TP_fast_assign(
		unsigned int i;

		__entry->container = r->container;
		__entry->iova = r->iova;
		__entry->size = r->size;
		__entry->vaddr = r->vaddr;
		__entry->total_ns = r->total_ns;
		__entry->pin_ns = r->pin_ns;
		__entry->iommu_ns = r->iommu_ns;
		__entry->account_ns = r->account_ns;
		__entry->pages = r->pages;
		__entry->runs = r->runs;
		for (i = 0; i < VFIO_LEAF_SIZES; i++)
			__entry->leaf_bytes[i] = r->leaf_mask & BIT(i) ? r->leaf_bytes[i] : 0;
		__entry->mappings = r->mappings;
		__entry->mappings_limit = r->mappings_limit;
		__entry->pinned = r->pinned;
		__entry->conflict_iova = r->conflict_iova;
		__entry->conflict_size = r->conflict_size;
		__entry->pid = r->pid;
		__entry->ret = r->ret;
		__entry->prot = r->prot;
		__entry->stage = r->stage;
		__entry->backing = r->backing;
		__entry->charged = r->charged;
		__entry->locked = r->locked;
		__entry->locked_limit = r->locked_limit;
		__entry->ipc_lock = r->ipc_lock;
	),
	TP_printk("container=%llu pid=%u iova=0x%llx size=%llu prot=%u ret=%d stage=%s total_ns=%llu pin_ns=%llu iommu_ns=%llu account_ns=%llu pages=%llu runs=%llu leaf_4k=%llu leaf_2m=%llu leaf_1g=%llu backing=%s mappings=%llu/%llu pinned=%llu conflict=0x%llx+%llu charged=%llu locked=%llu/%llu ipc_lock=%u",
		  __entry->container, __entry->pid, __entry->iova,
		  __entry->size, __entry->prot, __entry->ret,
		  show_vfio_stage(__entry->stage), __entry->total_ns,
		  __entry->pin_ns, __entry->iommu_ns, __entry->account_ns,
		  __entry->pages, __entry->runs, __entry->leaf_bytes[0],
		  __entry->leaf_bytes[9], __entry->leaf_bytes[18],
		  show_vfio_backing(__entry->backing), __entry->mappings,
		  __entry->mappings_limit, __entry->pinned,
		  __entry->conflict_iova, __entry->conflict_size,
		  __entry->charged, __entry->locked, __entry->locked_limit,
		  __entry->ipc_lock),
	vfio_watch_begin, vfio_watch_end
);

TRACE_EVENT_FN(vfio_dma_unmap_begin,
	TP_PROTO(u64 container, u64 iova, u64 size, u32 cause, u32 pid),
	TP_ARGS(container, iova, size, cause, pid),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u32, cause)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->cause = cause;
		__entry->pid = pid;
	),
	TP_printk("container=%llu pid=%u iova=0x%llx size=%llu cause=%s",
		  __entry->container, __entry->pid, __entry->iova,
		  __entry->size, show_vfio_cause(__entry->cause)),
	vfio_watch_begin, vfio_watch_end
);

TRACE_EVENT_FN(vfio_dma_unmap,
	TP_PROTO(const struct vfio_dma_unmap_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, done)
		__field(u64, total_ns)
		__field(u64, pages)
		__field(u64, expected)
		__field(u64, removed)
		__field(u64, mappings)
		__field(u64, pinned)
		__field(u32, pid)
		__field(s32, ret)
		__field(u32, cause)
		__field(u32, locked_pid)
		__field(u64, refunded)
		__field(u64, locked)
		__field(u32, no_backend)
	),
	TP_fast_assign(
		__entry->container = r->container;
		__entry->iova = r->iova;
		__entry->size = r->size;
		__entry->done = r->done;
		__entry->total_ns = r->total_ns;
		__entry->pages = r->pages;
		__entry->expected = r->expected;
		__entry->removed = r->removed;
		__entry->mappings = r->mappings;
		__entry->pinned = r->pinned;
		__entry->pid = r->pid;
		__entry->ret = r->ret;
		__entry->cause = r->cause;
		__entry->locked_pid = r->locked_pid;
		__entry->refunded = r->refunded;
		__entry->locked = r->locked;
		__entry->no_backend = r->no_backend;
	),
	TP_printk("container=%llu pid=%u iova=0x%llx size=%llu done=%llu cause=%s ret=%d total_ns=%llu pages=%llu expected=%llu removed=%llu mappings=%llu pinned=%llu refunded=%llu locked_pid=%u locked=%llu no_backend=%u",
		  __entry->container, __entry->pid, __entry->iova,
		  __entry->size, __entry->done, show_vfio_cause(__entry->cause),
		  __entry->ret, __entry->total_ns, __entry->pages,
		  __entry->expected, __entry->removed, __entry->mappings,
		  __entry->pinned, __entry->refunded, __entry->locked_pid,
		  __entry->locked, __entry->no_backend),
	vfio_watch_begin, vfio_watch_end
);

TRACE_EVENT_FN(vfio_dma_long_begin,
	TP_PROTO(u64 container, u64 iova, u64 size, u32 kind, u32 pid, u64 start_ns),
	TP_ARGS(container, iova, size, kind, pid, start_ns),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, start_ns)
		__field(u32, kind)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->start_ns = start_ns;
		__entry->kind = kind;
		__entry->pid = pid;
	),
	TP_printk("container=%llu pid=%u kind=%s iova=0x%llx size=%llu start_ns=%llu",
		  __entry->container, __entry->pid,
		  show_vfio_request_kind(__entry->kind), __entry->iova,
		  __entry->size, __entry->start_ns),
	vfio_watch_begin, vfio_watch_end
);

TRACE_EVENT_FN(vfio_dma_progress,
	TP_PROTO(u64 container, s64 pages),
	TP_ARGS(container, pages),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(s64, pages)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->pages = pages;
	),
	TP_printk("container=%llu pages=%lld", __entry->container, __entry->pages),
	vfio_watch_begin, vfio_watch_end
);

DECLARE_EVENT_CLASS(vfio_pages,
	TP_PROTO(u64 container, u64 pages, u64 pinned),
	TP_ARGS(container, pages, pinned),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, pages)
		__field(u64, pinned)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->pages = pages;
		__entry->pinned = pinned;
	),
	TP_printk("container=%llu pages=%llu pinned=%llu", __entry->container,
		  __entry->pages, __entry->pinned)
);

TRACE_EVENT(vfio_dma_revoke,
	TP_PROTO(u64 container, u64 iova, u64 size, u64 kept),
	TP_ARGS(container, iova, size, kept),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, kept)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->kept = kept;
	),
	TP_printk("container=%llu iova=0x%llx size=0x%llx kept=%llu",
		  __entry->container, __entry->iova, __entry->size, __entry->kept)
);

TRACE_EVENT(vfio_dirty_log,
	TP_PROTO(const struct vfio_dirty_log_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, bitmap_bytes)
		__field(u64, ns)
		__field(u32, pid)
		__field(s32, ret)
		__field(u32, kind)
	),
	TP_fast_assign(
		__entry->container = r->container;
		__entry->iova = r->iova;
		__entry->size = r->size;
		__entry->bitmap_bytes = r->bitmap_bytes;
		__entry->ns = r->ns;
		__entry->pid = r->pid;
		__entry->ret = r->ret;
		__entry->kind = r->kind;
	),
	TP_printk("container=%llu pid=%u kind=%s iova=0x%llx size=%llu bitmap_bytes=%llu ret=%d ns=%llu",
		  __entry->container, __entry->pid,
		  show_vfio_dirty_kind(__entry->kind), __entry->iova,
		  __entry->size, __entry->bitmap_bytes, __entry->ret,
		  __entry->ns)
);

TRACE_EVENT(vfio_dma_lost,
	TP_PROTO(u64 container, u64 iova, u64 size, u64 kept, u64 pages),
	TP_ARGS(container, iova, size, kept, pages),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, kept)
		__field(u64, pages)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->kept = kept;
		__entry->pages = pages;
	),
	TP_printk("container=%llu iova=0x%llx size=0x%llx kept=%llu pages=%llu",
		  __entry->container, __entry->iova, __entry->size, __entry->kept,
		  __entry->pages)
);

TRACE_EVENT(vfio_dma_excess,
	TP_PROTO(u64 container, u64 iova, u64 size, u64 pages),
	TP_ARGS(container, iova, size, pages),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(u64, pages)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->pages = pages;
	),
	TP_printk("container=%llu iova=0x%llx size=0x%llx pages=%llu",
		  __entry->container, __entry->iova, __entry->size, __entry->pages)
);

DEFINE_EVENT_FN(vfio_pages, vfio_pin,
	TP_PROTO(u64 container, u64 pages, u64 pinned),
	TP_ARGS(container, pages, pinned),
	vfio_watch_begin, vfio_watch_end
);

DEFINE_EVENT_FN(vfio_pages, vfio_unpin,
	TP_PROTO(u64 container, u64 pages, u64 pinned),
	TP_ARGS(container, pages, pinned),
	vfio_watch_begin, vfio_watch_end
);

DEFINE_EVENT_FN(vfio_pages, vfio_pin_standalone,
	TP_PROTO(u64 container, u64 pages, u64 pinned),
	TP_ARGS(container, pages, pinned),
	vfio_watch_begin, vfio_watch_end
);

DEFINE_EVENT_FN(vfio_pages, vfio_unpin_standalone,
	TP_PROTO(u64 container, u64 pages, u64 pinned),
	TP_ARGS(container, pages, pinned),
	vfio_watch_begin, vfio_watch_end
);

DECLARE_EVENT_CLASS(vfio_charge,
	TP_PROTO(const struct vfio_account_record *r),
	TP_ARGS(r),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(s64, pages)
		__field(u64, charged)
		__field(u64, limit)
		__field(u32, pid)
		__field(s32, ret)
		__field(u32, ipc_lock)
	),
	TP_fast_assign(
		__entry->container = r->container;
		__entry->pages = r->pages;
		__entry->charged = r->charged;
		__entry->limit = r->limit;
		__entry->pid = r->pid;
		__entry->ret = r->ret;
		__entry->ipc_lock = r->ipc_lock;
	),
	TP_printk("container=%llu pid=%u pages=%lld charged=%llu limit=%llu ipc_lock=%u ret=%d",
		  __entry->container, __entry->pid, __entry->pages,
		  __entry->charged, __entry->limit, __entry->ipc_lock,
		  __entry->ret)
);

DEFINE_EVENT_FN(vfio_charge, vfio_account,
	TP_PROTO(const struct vfio_account_record *r),
	TP_ARGS(r),
	vfio_watch_begin, vfio_watch_end
);

DEFINE_EVENT_FN(vfio_charge, vfio_account_standalone,
	TP_PROTO(const struct vfio_account_record *r),
	TP_ARGS(r),
	vfio_watch_begin, vfio_watch_end
);

TRACE_EVENT(vfio_account_drift,
	TP_PROTO(u64 container, u64 iova, u64 size, s64 pages, u32 pid),
	TP_ARGS(container, iova, size, pages, pid),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, iova)
		__field(u64, size)
		__field(s64, pages)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->iova = iova;
		__entry->size = size;
		__entry->pages = pages;
		__entry->pid = pid;
	),
	TP_printk("container=%llu iova=0x%llx size=0x%llx pages=%lld pid=%u",
		  __entry->container, __entry->iova, __entry->size, __entry->pages,
		  __entry->pid)
);

/* clang-format on */

#endif /* VFIO_TRACEPOINTS_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vfio_events
#include <trace/define_trace.h>
