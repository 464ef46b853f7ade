/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table on the screen: only what is visible is made.
 */
#ifndef VFIOTOP_GRID_H
#define VFIOTOP_GRID_H

#include "rows.h"

/**
 * tab_open - show a table for the first time, with its own columns
 * @tab: how it is shown
 * @name: which
 */
void tab_open(struct tab_state *tab, enum table_name name);

/**
 * grid_draw - draw the table
 * @state: the screen, with a report
 * @tab: how the table is shown; learns how wide its cells are, and what is at the top
 * @items: its rows
 * @y: first line
 * @height: lines
 */
void grid_draw(const struct screen_state *state, struct tab_state *tab, const struct items *items,
	       int y, int height);

/**
 * severity_paint - how a severity looks
 * @severity: which
 *
 * Return: the look.
 */
int severity_paint(enum alert_severity severity);

/**
 * severity_mark - the same without colours
 * @severity: which
 *
 * Return: two characters.
 */
const char *severity_mark(enum alert_severity severity);

#endif /* VFIOTOP_GRID_H */
