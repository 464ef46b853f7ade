// SPDX-License-Identifier: GPL-2.0-only
#include "frozen.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "histogram.h"

/* One piece of memory that the copy points to. */
struct piece {
	struct piece *next;
	char bytes[];
};

static struct piece *pieces;
static struct view copy;
static bool failed;

/* Always room for one byte: what is known and empty is not NULL. */
static void *duplicate(const void *bytes, size_t n)
{
	struct piece *piece = malloc(sizeof(*piece) + n + 1);

	if (!piece) {
		failed = true;
		return NULL;
	}
	if (n)
		memcpy(piece->bytes, bytes, n);
	piece->next = pieces;
	pieces = piece;
	return piece->bytes;
}

static void copy_texts(const char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		texts[i] = duplicate(texts[i], strlen(texts[i]) + 1);
}

static void copy_histogram(struct requests_view *requests)
{
	if (requests->buckets)
		requests->buckets =
			duplicate(requests->buckets, VT_HIST_BUCKETS * sizeof(*requests->buckets));
}

/* Makes a row its own, whose pointers still lead to the original. */
static void copy_row(enum field_scope scope, void *row)
{
	const struct field *f = NULL;

	if (scope == SCOPE_CONTAINER) {
		copy_histogram(&((struct container_view *)row)->map);
		copy_histogram(&((struct container_view *)row)->unmap);
	}
	while (!failed && (f = fields_next(scope, f))) {
		struct field_rows rows;
		char *to;

		if (f->unit < UNIT_NUMBERS || f->unit == UNIT_OBJECT)
			continue;
		rows = field_rows(f, row);
		if (!rows.first)
			continue;
		to = duplicate(rows.first, rows.n * rows.size);
		memcpy((char *)row + f->offset, &to, sizeof(to));
		if (to && f->unit == UNIT_TEXTS)
			copy_texts((const char **)to, rows.n);
		for (size_t i = 0; to && f->unit >= UNIT_ROW && i < rows.n; i++)
			copy_row(f->of, to + i * rows.size);
	}
}

const struct view *frozen_copy(const struct view *view)
{
	/* Paused again, before another report was drawn. */
	if (view == &copy)
		return view;
	frozen_free();
	copy = *view;
	copy_row(SCOPE_REPORT, &copy);
	copy.failures = duplicate(view->failures, view->n_failures * sizeof(*view->failures));
	copy.in_flight = duplicate(view->in_flight, view->n_in_flight * sizeof(*view->in_flight));
	if (!failed)
		return &copy;
	frozen_free();
	return NULL;
}

void frozen_free(void)
{
	while (pieces) {
		struct piece *next = pieces->next;

		free(pieces);
		pieces = next;
	}
	failed = false;
}
