// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

/* --- What a row is about ------------------------------------------------------------- */

static uint64_t hash(const char *text)
{
	return hash_text(text, strlen(text));
}

static uint64_t key_of(enum field_scope scope, const void *row)
{
	const struct alert_view *a = row;
	const struct leak_view *l = row;
	const struct failure_view *f = row;

	switch (scope) {
	case SCOPE_CONTAINER:
		return ((const struct container_view *)row)->id.value;
	case SCOPE_IN_FLIGHT:
		return ((const struct in_flight_view *)row)->tid.value;
	case SCOPE_GROUP:
		return ((const struct group_view *)row)->id.value;
	case SCOPE_DEVICE:
		return hash(((const struct device_view *)row)->address);
	case SCOPE_PROCESS:
		return ((const struct process_view *)row)->pid.value;
	case SCOPE_ALERT:
		return hash(a->name) ^ a->container.value << 32 ^ a->pid.value;
	case SCOPE_LEAK:
		return hash(l->name) ^ l->container.value << 32 ^ l->pid.value;
	default:
		return f->time_ns.value ^ f->pid.value << 48;
	}
}

enum alert_severity row_severity(enum field_scope scope, const void *row)
{
	switch (scope) {
	case SCOPE_CONTAINER:
		return ((const struct container_view *)row)->severity;
	case SCOPE_ALERT:
		return ((const struct alert_view *)row)->severity;
	default:
		return SEVERITY_NONE;
	}
}

struct figure row_container(enum field_scope scope, const void *row)
{
	const struct field *field =
		fields_find(scope, scope == SCOPE_CONTAINER ? "id" : "container");

	return field ? field_figure(field, row) : (struct figure){ 0 };
}

/* --- Filter -------------------------------------------------------------------------- */

static bool matches(const struct screen_state *state, const struct tab_state *tab, const void *row)
{
	char cell[CELL_SIZE];

	if (!state->filter[0])
		return true;
	for (size_t i = 0; i < tab->n_columns; i++) {
		column_cell(&tab->columns[i], state->view, row, cell);
		if (strcasestr(cell, state->filter))
			return true;
	}
	return false;
}

/* --- Order --------------------------------------------------------------------------- */

struct order {
	const struct tab_state *tab;
	enum field_scope scope;
};

/* Without a column: the gravest first; failures, the newest first. */
static int compare_by_default(enum field_scope scope, const struct item *a, const struct item *b)
{
	enum alert_severity x = row_severity(scope, a->row), y = row_severity(scope, b->row);

	if (x != y)
		return x < y ? 1 : -1;
	if (scope == SCOPE_FAILURE)
		return (a->row < b->row) - (a->row > b->row);
	return (a->row > b->row) - (a->row < b->row);
}

/* Of numbers the largest first, texts as in the alphabet. */
static int compare_by_column(const struct column *column, const struct item *a,
			     const struct item *b)
{
	int result = column_compare(column, a->row, b->row);

	return column->left ? result : -result;
}

static int compare_items(const void *a, const void *b, void *order)
{
	const struct order *o = order;
	const struct item *x = a, *y = b;
	int groups = strcmp(x->group, y->group), result = 0;

	if (groups)
		return groups;
	if (o->tab->sort < o->tab->n_columns)
		result = compare_by_column(&o->tab->columns[o->tab->sort], x, y);
	if (!result)
		result = compare_by_default(o->scope, x, y);
	return o->tab->reverse ? -result : result;
}

struct place {
	uint64_t key;
	size_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static size_t place_of(const struct place *places, size_t n, uint64_t key)
{
	struct place wanted = { .key = key };
	const struct place *found = bsearch(&wanted, places, n, sizeof(*places), compare_places);

	return found ? found->index : n;
}

static int compare_indexes(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* Puts the rows where they were; new ones come last. */
static void keep_order(struct items *items, const struct tab_state *tab)
{
	struct place *places = calloc(tab->n_held + 1, sizeof(*places));
	struct place *now = calloc(items->n + 1, sizeof(*now));
	struct item *sorted = calloc(items->n + 1, sizeof(*sorted));

	if (places && now && sorted) {
		for (size_t i = 0; i < tab->n_held; i++)
			places[i] = (struct place){ tab->held[i], i };
		qsort(places, tab->n_held, sizeof(*places), compare_places);
		/* The index of a new row is its own, after all others. */
		for (size_t i = 0; i < items->n; i++) {
			size_t index = place_of(places, tab->n_held, items->first[i].key);

			now[i].key = i;
			now[i].index = index < tab->n_held ? index : tab->n_held + i;
		}
		qsort(now, items->n, sizeof(*now), compare_indexes);
		for (size_t i = 0; i < items->n; i++)
			sorted[i] = items->first[now[i].key];
		memcpy(items->first, sorted, items->n * sizeof(*sorted));
	}
	free(places);
	free(now);
	free(sorted);
}

void tab_hold(struct tab_state *tab, const struct items *items)
{
	tab_release(tab);
	tab->held = calloc(items->n + 1, sizeof(*tab->held));
	if (!tab->held)
		return;
	for (size_t i = 0; i < items->n; i++)
		if (items->first[i].row)
			tab->held[tab->n_held++] = items->first[i].key;
}

void tab_release(struct tab_state *tab)
{
	free(tab->held);
	tab->held = NULL;
	tab->n_held = 0;
}

/* --- Groups -------------------------------------------------------------------------- */

/* A line with the name comes before the rows of each group. There is room for all. */
static void add_names(struct items *items)
{
	size_t names = 0, from = items->n, to;

	for (size_t i = 0; i < items->n; i++)
		names += !i || strcmp(items->first[i].group, items->first[i - 1].group);
	items->n += names;
	to = items->n;
	while (from--) {
		struct item *item = &items->first[from];
		bool begins = !from || strcmp(item->group, items->first[from - 1].group);

		items->first[--to] = *item;
		if (!begins)
			continue;
		to--;
		items->first[to] = items->first[to + 1];
		items->first[to].row = NULL;
		items->first[to].key = hash(items->first[to].group);
	}
}

/* --- All of it ----------------------------------------------------------------------- */

static void find_cursor(struct tab_state *tab, const struct items *items)
{
	for (size_t i = 0; tab->held && i < items->n; i++)
		if (items->first[i].key == tab->selected)
			tab->cursor = i;
	if (tab->cursor >= items->n)
		tab->cursor = items->n ? items->n - 1 : 0;
	tab->selected = items->n ? items->first[tab->cursor].key : 0;
}

struct items items_make(const struct screen_state *state, struct tab_state *tab)
{
	const struct table *table = table_get(state->tab);
	struct field_rows rows = table_rows(table, state->view);
	struct order order = { .tab = tab, .scope = table->scope };
	struct items items = { .first = calloc(2 * rows.n + 1, sizeof(*items.first)) };
	char name[CELL_SIZE];
	bool grouped = false;

	if (!items.first)
		return items;
	for (size_t i = 0; i < rows.n; i++) {
		const void *row = (const char *)rows.first + i * rows.size;
		struct item *item = &items.first[items.n];

		if (!matches(state, tab, row))
			continue;
		item->row = row;
		item->key = key_of(table->scope, row);
		grouped = state->tree && row_name(table->scope, row, name);
		if (grouped)
			snprintf(item->group, sizeof(item->group), "%.*s",
				 (int)sizeof(item->group) - 1, name);
		items.n++;
	}
	items.all = rows.n;
	qsort_r(items.first, items.n, sizeof(*items.first), compare_items, &order);
	if (grouped)
		add_names(&items);
	else if (tab->held)
		keep_order(&items, tab);
	find_cursor(tab, &items);
	return items;
}
