/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the screen remembers from one report to the next.
 */
#ifndef VFIOTOP_STATE_H
#define VFIOTOP_STATE_H

#include "render/tables.h"

#define MAX_COLUMNS 64
#define INPUT_SIZE  32
#define NO_SORT	    MAX_COLUMNS

/**
 * enum screen_mode - what the keys mean now
 * @MODE_TABLE: a table
 * @MODE_FILTER: the filter is being typed
 * @MODE_DELAY: the delay is being typed
 * @MODE_COLUMNS: columns are being chosen
 * @MODE_DETAIL: one container
 * @MODE_HELP: the help
 */
enum screen_mode {
	MODE_TABLE,
	MODE_FILTER,
	MODE_DELAY,
	MODE_COLUMNS,
	MODE_DETAIL,
	MODE_HELP,
};

/**
 * struct tab_state - how one table is shown
 * @columns: n_columns of them, as chosen
 * @n_columns: how many
 * @widths: what each needs; they only grow, so that columns do not jump
 * @shown: what each gets on a terminal so wide
 * @sort: index of the column that gives the order, NO_SORT: alarms first
 * @reverse: the other way round
 * @left: columns scrolled out, after the first, which stays
 * @cursor: index of the row with the cursor
 * @selected: key of that row
 * @top: index of the row at the top
 * @held: keys of all rows in their order, which stays while the cursor is not on the first;
 *	NULL while it does not
 * @n_held: how many
 */
struct tab_state {
	struct column columns[MAX_COLUMNS];
	size_t n_columns;
	int widths[MAX_COLUMNS];
	int shown[MAX_COLUMNS];
	size_t sort;
	bool reverse;
	size_t left;
	size_t cursor;
	uint64_t selected;
	size_t top;
	uint64_t *held;
	size_t n_held;
};

/**
 * struct screen_state - the screen
 * @mode: what the keys mean
 * @tab: the table that is shown
 * @tabs: how each is shown
 * @filter: shown are rows that have it in one of their cells
 * @input: what is being typed
 * @tree: rows are grouped by virtual machine, pod or unit
 * @paused: @view is a copy that does not change
 * @stopped: no report comes by itself
 * @container: the one shown in detail
 * @line: first line of detail or help, or the column with the cursor
 * @view: the report on the screen, NULL when there is none
 * @delay_ns: delay that was asked for
 */
struct screen_state {
	enum screen_mode mode;
	enum table_name tab;
	struct tab_state tabs[TABLES];
	char filter[INPUT_SIZE];
	char input[INPUT_SIZE];
	bool tree;
	bool paused;
	bool stopped;
	uint64_t container;
	size_t line;
	const struct view *view;
	uint64_t delay_ns;
};

#endif /* VFIOTOP_STATE_H */
