/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pictures of a page, in SVG. Each has a title and a description for those who cannot see
 * it, and a table of the same figures stands next to it.
 */
#ifndef VFIOTOP_PICTURES_H
#define VFIOTOP_PICTURES_H

#include <stdio.h>

#include "story.h"

/**
 * picture_latencies - maps by time and latency
 * @story: the story
 * @out: where to
 */
void picture_latencies(const struct story *story, FILE *out);

/**
 * picture_sizes - maps by time and size
 * @story: the story
 * @out: where to
 */
void picture_sizes(const struct story *story, FILE *out);

/**
 * picture_pinned - memory pinned over time
 * @story: the story
 * @out: where to
 */
void picture_pinned(const struct story *story, FILE *out);

/**
 * struct part - a part of a bar
 * @name: what it is
 * @value: its length
 */
struct part {
	const char *name;
	uint64_t value;
};

/**
 * picture_bar - one bar of several parts
 * @name: what it shows
 * @parts: n of them, at most four
 * @n: how many
 * @word: writes a value in words, as word_ns() does
 * @out: where to
 */
void picture_bar(const char *name, const struct part *parts, size_t n,
		 void (*word)(uint64_t value, char *word), FILE *out);

/**
 * picture_ranges - where mappings lie
 * @ranges: n of them, by address
 * @n: how many
 * @sizes: of pages
 * @out: where to
 */
void picture_ranges(const struct range_view *ranges, size_t n, const struct page_sizes *sizes,
		    FILE *out);

#endif /* VFIOTOP_PICTURES_H */
