/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines at the top of the screen.
 */
#ifndef VFIOTOP_OVERVIEW_H
#define VFIOTOP_OVERVIEW_H

#include "state.h"

#define OVERVIEW_LINES 3

/**
 * overview_draw - all in one line, the gravest alert, the names of the tables
 * @state: the screen, with a report
 */
void overview_draw(const struct screen_state *state);

/**
 * tab_by_key - the table that a key leads to
 * @key: a digit
 * @name: is set to it
 *
 * Return: false when there is none.
 */
bool tab_by_key(int key, enum table_name *name);

/**
 * tab_beside - the next table or the one before
 * @name: this one
 * @step: 1 or -1
 *
 * Return: that one.
 */
enum table_name tab_beside(enum table_name name, int step);

#endif /* VFIOTOP_OVERVIEW_H */
