/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: snapshots in, views out. It computes everything that renderers show, and knows
 * neither the kernel nor a terminal.
 */
#ifndef VFIOTOP_MODEL_H
#define VFIOTOP_MODEL_H

#include "growth.h"
#include "selection.h"
#include "snapshot.h"
#include "view.h"

#define MODEL_FAILURES 128 /* failures kept */
#define MODEL_LEAKS    64  /* leaks kept of containers that are gone */

struct alert_limits;
struct model;
struct suppressions;

/**
 * model_new - an empty model
 * @start_ns: CLOCK_MONOTONIC when the watch began, or the wait for VFIO
 * @only: show only what meets this; its texts stay valid; NULL shows all
 *
 * Return: NULL when out of memory.
 */
struct model *model_new(uint64_t start_ns, const struct selection *only);

/**
 * model_free - free a model and its view
 * @model: or NULL
 */
void model_free(struct model *model);

/**
 * model_alert_limits - say when there is an alert
 * @model: from model_new()
 * @limits: in place of the usual ones
 */
void model_alert_limits(struct model *model, const struct alert_limits *limits);

/**
 * model_limits - say what is called growth
 * @model: from model_new()
 * @limits: what is; copied
 */
void model_limits(struct model *model, const struct growth_limits *limits);

/**
 * model_suppress - say what leaks are not to be reported
 * @model: from model_new()
 * @suppressions: these, which have to stay, or NULL
 */
void model_suppress(struct model *model, const struct suppressions *suppressions);

/**
 * model_update - make the next report
 * @model: from model_new()
 * @snapshot: the present
 * @tick: a whole interval has ended; reports in between do not count for finding leaks
 *
 * Return: the report, valid until the next update or the snapshot's end; NULL when
 * out of memory.
 */
const struct view *model_update(struct model *model, const struct snapshot *snapshot, bool tick);

#endif /* VFIOTOP_MODEL_H */
