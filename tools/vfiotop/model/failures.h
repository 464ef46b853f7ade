/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that were refused, in words.
 */
#ifndef VFIOTOP_FAILURES_H
#define VFIOTOP_FAILURES_H

#include "snapshot.h"
#include "view.h"

/**
 * operation_name - what was asked for, e.g. "map"
 * @operation: enum vt_operation
 *
 * Return: its name.
 */
const char *operation_name(uint32_t operation);

/**
 * failure_stage - the step at which a map ended, as in tracepoints/README.md
 * @stage: enum vfio_map_stage
 *
 * Return: NULL when it is none of these.
 */
const char *failure_stage(uint32_t stage);

/**
 * failure_text - a failure in one line, with its cause
 * @failure: the failure
 * @line: the line
 * @size: its room
 */
void failure_text(const struct vt_failure *failure, char *line, size_t size);

/**
 * failure_view - a failure as the report has it
 * @view: is filled in
 * @failure: the failure
 */
void failure_view(struct failure_view *view, const struct vt_failure *failure);

/**
 * failure_is_about_group - whether a failure says which group it is about
 * @failure: the failure
 *
 * Return: whether it does.
 */
bool failure_is_about_group(const struct vt_failure *failure);

#endif /* VFIOTOP_FAILURES_H */
