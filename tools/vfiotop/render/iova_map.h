/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IOVA space as a row of letters: one for the leaf size of each place where something is
 * mapped, and dots for what lies between, however far it is.
 */
#ifndef VFIOTOP_IOVA_MAP_H
#define VFIOTOP_IOVA_MAP_H

#include "view.h"

#define IOVA_HOLE     '.'
#define IOVA_SMALL    'k'
#define IOVA_LARGE    'M'
#define IOVA_GIANT    'G'
#define IOVA_MIXED    'm'
#define IOVA_RESERVED '#'
#define IOVA_UNKNOWN  '?'

#define IOVA_LEGEND_SIZE 160

/* More than any container has, with those of its groups that are not the same. */
#define IOVA_PARTS 128

/**
 * iova_map_parts - what is mapped, and what cannot be
 * @view: a report
 * @container: an address space of it
 * @parts: gets its ranges, and the reserved regions of its groups, by address; IOVA_PARTS of them
 *
 * Return: how many.
 */
size_t iova_map_parts(const struct view *view, const struct container_view *container,
		      struct range_view *parts);

/**
 * iova_map_word - what is at a range
 * @range: the range
 *
 * Return: the size of its leaves, or that it is reserved.
 */
const char *iova_map_word(const struct range_view *range);

/**
 * iova_map_legend - what the letters mean
 * @sizes: of pages
 * @legend: gets it, IOVA_LEGEND_SIZE bytes
 */
void iova_map_legend(const struct page_sizes *sizes, char *legend);

/**
 * iova_map_letter - the letter of a range
 * @range: the range
 *
 * Return: for the size of its leaves.
 */
char iova_map_letter(const struct range_view *range);

/**
 * iova_map_make - draw the map
 * @ranges: n of them, by address
 * @n: how many
 * @width: letters that there is room for
 * @letters: gets at most so many, and NUL
 *
 * Each range has a letter at least; more of them go to the larger ranges.
 */
void iova_map_make(const struct range_view *ranges, size_t n, size_t width, char *letters);

#endif /* VFIOTOP_IOVA_MAP_H */
