/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares and histograms as bars.
 */
#ifndef VFIOTOP_BARS_H
#define VFIOTOP_BARS_H

#include "render/lines.h"

#define BAR_WIDTH 30
#define BAR_SIZE  (3 * BAR_WIDTH + 1)

/**
 * bar_make - a bar
 * @part: what it shows
 * @whole: what a full one would show
 * @bar: gets it, BAR_WIDTH columns
 */
void bar_make(uint64_t part, uint64_t whole, char bar[BAR_SIZE]);

/**
 * add_histogram - the latencies of requests, a line for each power of two
 * @text: gets the lines
 * @buckets: as in histogram.h
 */
void add_histogram(struct text *text, const uint64_t *buckets);

#endif /* VFIOTOP_BARS_H */
