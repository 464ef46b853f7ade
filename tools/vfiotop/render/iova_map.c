// SPDX-License-Identifier: GPL-2.0-only
#include "iova_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

#define GIB 1073741824ULL

static int compare_parts(const void *a, const void *b)
{
	uint64_t x = ((const struct range_view *)a)->iova.value;
	uint64_t y = ((const struct range_view *)b)->iova.value;

	return (x > y) - (x < y);
}

/* Groups have most of their regions in common. */
static size_t add_part(struct range_view *parts, size_t n, const struct range_view *part)
{
	for (size_t i = 0; i < n; i++)
		if (part->class == LEAVES_RESERVED && parts[i].iova.value == part->iova.value)
			return n;
	if (n < IOVA_PARTS)
		parts[n++] = *part;
	return n;
}

size_t iova_map_parts(const struct view *view, const struct container_view *c,
		      struct range_view *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_ranges; i++)
		n = add_part(parts, n, &c->ranges[i]);
	for (size_t i = 0; i < view->n_groups; i++) {
		const struct group_view *g = &view->groups[i];

		if (!g->container.known || g->container.value != c->id.value)
			continue;
		for (size_t j = 0; j < g->n_reserved; j++) {
			struct range_view part = {
				.iova = g->reserved[j].iova,
				.size = g->reserved[j].size,
				.class = LEAVES_RESERVED,
			};

			if (part.size.known)
				n = add_part(parts, n, &part);
		}
	}
	qsort(parts, n, sizeof(*parts), compare_parts);
	return n;
}

const char *iova_map_word(const struct range_view *range)
{
	if (range->class == LEAVES_RESERVED)
		return "reserved";
	return range->leaves[0] ? range->leaves : "-";
}

char iova_map_letter(const struct range_view *range)
{
	switch (range->class) {
	case LEAVES_SMALL:
		return IOVA_SMALL;
	case LEAVES_LARGE:
		return IOVA_LARGE;
	case LEAVES_GIANT:
		return IOVA_GIANT;
	case LEAVES_MIXED:
		return IOVA_MIXED;
	case LEAVES_RESERVED:
		return IOVA_RESERVED;
	default:
		return IOVA_UNKNOWN;
	}
}

void iova_map_legend(const struct page_sizes *sizes, char *legend)
{
	char superpage[WORD_SIZE], giant[WORD_SIZE];

	word_bytes(sizes->superpage, superpage);
	word_bytes(page_sizes_giant(sizes), giant);
	snprintf(
		legend, IOVA_LEGEND_SIZE,
		"G %s leaves  M %s leaves  k smaller ones  m mixed  ? unknown  # reserved  . nothing, "
		"compressed",
		giant, superpage);
}

/* Dots before a range: more for a hole that is much longer. */
static size_t hole(const struct range_view *ranges, size_t i)
{
	uint64_t end = i ? ranges[i - 1].iova.value + ranges[i - 1].size.value : 0;
	uint64_t size = ranges[i].iova.value - end;

	if (!size)
		return 0;
	return size < GIB ? 1 : size < 1024 * GIB ? 2 : 3;
}

struct letters {
	char *text;
	size_t n;
	size_t room;
};

static void put(struct letters *l, char letter, size_t n)
{
	for (; n && l->n < l->room; n--)
		l->text[l->n++] = letter;
	l->text[l->n] = '\0';
}

void iova_map_make(const struct range_view *ranges, size_t n, size_t width, char *letters)
{
	struct letters l = { .text = letters, .room = width };
	size_t least = n, rest;
	double all = 0;

	letters[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		least += hole(ranges, i);
		all += (double)ranges[i].size.value;
	}
	rest = width > least ? width - least : 0;
	for (size_t i = 0; i < n; i++) {
		double share = (double)ranges[i].size.value / all;

		put(&l, IOVA_HOLE, hole(ranges, i));
		put(&l, iova_map_letter(&ranges[i]), 1 + (size_t)(share * (double)rest));
	}
}
