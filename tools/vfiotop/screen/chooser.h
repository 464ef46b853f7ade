/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Choice of the columns of a table: any field that fits into a cell.
 */
#ifndef VFIOTOP_CHOOSER_H
#define VFIOTOP_CHOOSER_H

#include "state.h"

/**
 * chooser_draw - list what can be chosen
 * @state: the screen
 * @y: first line
 * @height: lines
 */
void chooser_draw(const struct screen_state *state, int y, int height);

/**
 * chooser_toggle - choose the column with the cursor, or drop it
 * @state: the screen
 */
void chooser_toggle(struct screen_state *state);

/**
 * chooser_lines - how many columns there are
 * @state: the screen
 *
 * Return: the number.
 */
size_t chooser_lines(const struct screen_state *state);

#endif /* VFIOTOP_CHOOSER_H */
