/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints of this project's VFIO modules.
 */
#ifndef VFIOTOP_SOURCE_TRACEPOINTS_H
#define VFIOTOP_SOURCE_TRACEPOINTS_H

#include "options.h"

/**
 * tracepoints_present - whether the loaded vfio module has them
 * @options: what not to use
 *
 * Return: whether it does.
 */
bool tracepoints_present(const struct collect_options *options);

#endif /* VFIOTOP_SOURCE_TRACEPOINTS_H */
