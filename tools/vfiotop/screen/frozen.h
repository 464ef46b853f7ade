/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A copy of a report that lasts while the screen is paused.
 */
#ifndef VFIOTOP_FROZEN_H
#define VFIOTOP_FROZEN_H

#include "view.h"

/**
 * frozen_copy - copy a report with all that it points to
 * @view: the report
 *
 * Return: the only copy there is at a time, NULL when out of memory.
 */
const struct view *frozen_copy(const struct view *view);

/**
 * frozen_free - free the copy
 */
void frozen_free(void);

#endif /* VFIOTOP_FROZEN_H */
