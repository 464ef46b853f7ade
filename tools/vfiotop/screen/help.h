/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The help on the screen.
 */
#ifndef VFIOTOP_HELP_H
#define VFIOTOP_HELP_H

#include "render/render.h"

/**
 * help_make - the keys, and what columns and marks mean
 * @text: its lines are replaced
 */
void help_make(struct text *text);

#endif /* VFIOTOP_HELP_H */
