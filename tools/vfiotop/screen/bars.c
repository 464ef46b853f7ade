// SPDX-License-Identifier: GPL-2.0-only
#include "bars.h"

#include <inttypes.h>
#include <string.h>

#include "histogram.h"
#include "paint.h"
#include "words.h"

#define POWERS (VT_HIST_BUCKETS / VT_HIST_SUB)

void bar_make(uint64_t part, uint64_t whole, char bar[BAR_SIZE])
{
	const char *mark = paint_unicode() ? "█" : "#";
	int full = BAR_WIDTH;

	if (part < whole)
		full = (int)((double)part / (double)whole * BAR_WIDTH + 0.5);
	else if (!whole)
		full = 0;
	/* The least part is seen. */
	if (part && !full)
		full = 1;
	*bar = '\0';
	for (int i = 0; i < BAR_WIDTH; i++)
		strcat(bar, i < full ? mark : " ");
}

void add_histogram(struct text *text, const uint64_t *buckets)
{
	uint64_t counts[POWERS] = { 0 }, most = 0;
	size_t first = POWERS, last = 0;

	for (size_t i = 0; i < POWERS * VT_HIST_SUB; i++)
		counts[i / VT_HIST_SUB] += buckets[i];
	for (size_t i = 0; i < POWERS; i++) {
		if (!counts[i])
			continue;
		first = first < i ? first : i;
		last = i;
		most = counts[i] > most ? counts[i] : most;
	}
	for (size_t i = first; i <= last && first < POWERS; i++) {
		char bar[BAR_SIZE], low[WORD_SIZE], high[WORD_SIZE];

		bar_make(counts[i], most, bar);
		word_ns(vt_hist_low((uint32_t)(i * VT_HIST_SUB)), low);
		word_ns(vt_hist_high((uint32_t)((i + 1) * VT_HIST_SUB - 1)) + 1, high);
		add_line(text, STYLE_NORMAL, "  %*s%s to %*s%s  %s %" PRIu64,
			 9 - (int)text_width(low), "", low, 9 - (int)text_width(high), "", high,
			 bar, counts[i]);
	}
}
