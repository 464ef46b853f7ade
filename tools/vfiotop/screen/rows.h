/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a table as they are shown: filtered, in order, grouped.
 */
#ifndef VFIOTOP_SCREEN_ROWS_H
#define VFIOTOP_SCREEN_ROWS_H

#include "state.h"

/**
 * struct item - a line of a table
 * @row: the row; NULL for the name of a group of rows
 * @key: tells the row from others, in this report and the next
 * @group: name of its group, empty without groups
 */
struct item {
	const void *row;
	uint64_t key;
	char group[VIEW_CGROUP_NAME_SIZE];
};

/**
 * struct items - all of them
 * @first: n of them, to be freed
 * @n: how many
 * @all: how many there would be without a filter
 */
struct items {
	struct item *first;
	size_t n;
	size_t all;
};

/**
 * items_make - the rows of the table that is shown
 * @state: the screen, with a report
 * @tab: how the table is shown; learns where its cursor is now
 *
 * Return: the rows, none when out of memory.
 */
struct items items_make(const struct screen_state *state, struct tab_state *tab);

/**
 * row_severity - how grave what a row says is
 * @scope: of the row
 * @row: the row
 *
 * Return: the severity.
 */
enum alert_severity row_severity(enum field_scope scope, const void *row);

/**
 * row_container - the container that a row is about
 * @scope: of the row
 * @row: the row
 *
 * Return: its number, perhaps unknown.
 */
struct figure row_container(enum field_scope scope, const void *row);

/**
 * tab_hold - keep the present order of rows
 * @tab: the table
 * @items: its rows
 */
void tab_hold(struct tab_state *tab, const struct items *items);

/**
 * tab_release - let the rows be put in order again
 * @tab: the table
 */
void tab_release(struct tab_state *tab);

#endif /* VFIOTOP_SCREEN_ROWS_H */
