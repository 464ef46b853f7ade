/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations in flight, groups, devices and processes as the report has them.
 */
#ifndef VFIOTOP_ROWS_H
#define VFIOTOP_ROWS_H

#include "snapshot.h"
#include "view.h"

/**
 * view_operation - an operation in flight
 * @view: is filled in
 * @operation: the operation
 * @now_ns: time of the snapshot
 */
void view_operation(struct in_flight_view *view, const struct vt_in_flight *operation,
		    uint64_t now_ns);

/**
 * view_range - mappings that are neighbours
 * @view: is filled in
 * @container: theirs
 * @range: which of its ranges
 * @sizes: of pages
 */
void view_range(struct range_view *view, const struct vt_container *container, size_t range,
		const struct page_sizes *sizes);

/**
 * view_group - a group
 * @view: is filled in
 * @group: its present state
 * @reserved: room for RESERVED_MAX regions, which the view refers to
 */
void view_group(struct group_view *view, const struct group_snapshot *group,
		struct reserved_view *reserved);

/**
 * view_device - a device
 * @view: is filled in
 * @device: its present state
 * @knowledge: enum knowledge
 */
void view_device(struct device_view *view, const struct device_snapshot *device,
		 unsigned int knowledge);

/**
 * view_process - a process
 * @view: is filled in
 * @process: its present state
 */
void view_process(struct process_view *view, const struct process_snapshot *process);

#endif /* VFIOTOP_ROWS_H */
