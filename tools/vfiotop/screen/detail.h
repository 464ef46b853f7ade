/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One container with all that is known of it.
 */
#ifndef VFIOTOP_DETAIL_H
#define VFIOTOP_DETAIL_H

#include "render/render.h"

/**
 * detail_make - describe a container
 * @view: the report
 * @id: number of the container
 * @width: columns that there are
 * @text: its lines are replaced
 */
void detail_make(const struct view *view, uint64_t id, size_t width, struct text *text);

#endif /* VFIOTOP_DETAIL_H */
