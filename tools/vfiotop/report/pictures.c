// SPDX-License-Identifier: GPL-2.0-only
#include "pictures.h"

#include <inttypes.h>
#include <string.h>

#include "render/html.h"
#include "render/iova_map.h"
#include "words.h"

/* In units of the picture, which is as wide as a phone and grows with the page. */
#define WIDTH  400
#define LEFT   74 /* of the names of rows */
#define RIGHT  6
#define ROW    18
#define TOP    4
#define BOTTOM 22 /* of the names of columns */
#define BIN    ((WIDTH - LEFT - RIGHT) / STORY_BINS)

#define SHADES 5

static void begin(FILE *out, const char *id, int height, const char *title, const char *description)
{
	fprintf(out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">"
		"<title id=\"%s-t\">",
		WIDTH, height, id, id, id);
	html_text(out, title);
	fprintf(out, "</title><desc id=\"%s-d\">", id);
	html_text(out, description);
	fputs("</desc>\n", out);
}

static void name_row(FILE *out, int y, const char *name)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 5, y + ROW - 5);
	html_text(out, name);
	fputs("</text>\n", out);
}

/* Where there is nothing, it is seen that there is nothing. */
static void grid(FILE *out, int y)
{
	fprintf(out, "<rect class=\"grid\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", LEFT,
		y, BIN * STORY_BINS - 1, ROW - 1);
}

/* The times of begin, middle and end. */
static void name_times(const struct story *story, FILE *out, int y)
{
	static const char *const anchors[] = { "start", "middle", "end" };
	uint64_t all = story->end_ns - story->start_ns;

	for (uint64_t i = 0; i < 3; i++) {
		char word[WORD_SIZE];

		word_ns(all * i / 2, word);
		fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
			LEFT + (int)i * BIN * STORY_BINS / 2, y + 15, anchors[i], i ? word : "0 s");
	}
}

/* Few are told from many, and one from none. */
static int shade(uint64_t count, uint64_t most)
{
	int shade = 1;

	while (shade < SHADES && most > 4 && count > most >> 2 * (SHADES - shade))
		shade++;
	return most <= 4 ? SHADES : shade;
}

static void cell(FILE *out, size_t bin, int y, uint64_t count, uint64_t most, const char *tip)
{
	if (!count)
		return;
	fprintf(out,
		"<rect class=\"s%d\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"><title>%s"
		"</title></rect>\n",
		shade(count, most), LEFT + (int)bin * BIN, y, BIN - 1, ROW - 1, tip);
}

/* The counts of a part of the time, where @first are those of the first. */
static const uint64_t *counts_of(const struct story *story, const uint64_t *first, size_t bin)
{
	size_t offset = (size_t)((const char *)first - (const char *)&story->bins[0]);

	return (const void *)((const char *)&story->bins[bin] + offset);
}

static uint64_t most_of(const struct story *story, const uint64_t *first, size_t n)
{
	uint64_t most = 0;

	for (size_t bin = 0; bin < STORY_BINS; bin++) {
		const uint64_t *counts = counts_of(story, first, bin);

		for (size_t i = 0; i < n; i++)
			if (counts[i] > most)
				most = counts[i];
	}
	return most;
}

static void bound(size_t i, size_t n, uint64_t (*limit)(size_t class),
		  void (*in_words)(uint64_t value, char *word), char *name, size_t size)
{
	char word[WORD_SIZE];
	bool last = i == n - 1;

	in_words(limit(last ? i - 1 : i), word);
	snprintf(name, size, "%s %s", last ? "≥" : "<", word);
}

/* A row for each of @n classes, the last at the top; @first are the counts of the first part. */
static void squares(const struct story *story, FILE *out, int bottom, const uint64_t *first,
		    size_t n, uint64_t (*limit)(size_t class),
		    void (*in_words)(uint64_t value, char *word))
{
	uint64_t most = most_of(story, first, n);
	char name[WORD_SIZE + 8], tip[WORD_SIZE];

	for (size_t i = 0; i < n; i++) {
		int y = bottom - (int)(i + 1) * ROW;

		bound(i, n, limit, in_words, name, sizeof(name));
		name_row(out, y, name);
		grid(out, y);
		for (size_t bin = 0; bin < STORY_BINS; bin++) {
			uint64_t count = counts_of(story, first, bin)[i];

			snprintf(tip, sizeof(tip), "%" PRIu64 " maps", count);
			cell(out, bin, y, count, most, tip);
		}
	}
}

void picture_latencies(const struct story *story, FILE *out)
{
	int bottom = TOP + (STORY_LATENCIES + 1) * ROW;
	char tip[WORD_SIZE + 32];

	begin(out, "latency", bottom + BOTTOM, "Maps over time, by latency",
	      "Each square counts the maps that ended in its part of the time and took as long as "
	      "its row says; darker means more. The row at the top shows when a map was in "
	      "flight. The table after the picture has the sums.");
	name_row(out, TOP, "in flight");
	grid(out, TOP);
	for (size_t bin = 0; bin < STORY_BINS; bin++) {
		char word[WORD_SIZE];

		word_ns(story->bins[bin].in_flight, word);
		snprintf(tip, sizeof(tip), "running for %s", word);
		if (story->bins[bin].in_flight)
			fprintf(out,
				"<rect class=\"run\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">"
				"<title>%s</title></rect>\n",
				LEFT + (int)bin * BIN, TOP, BIN - 1, ROW - 1, tip);
	}
	squares(story, out, bottom, story->bins[0].latencies, STORY_LATENCIES, story_latency,
		word_ns);
	name_times(story, out, bottom);
	fputs("</svg>\n", out);
}

void picture_sizes(const struct story *story, FILE *out)
{
	int bottom = TOP + STORY_SIZES * ROW;

	begin(out, "size", bottom + BOTTOM, "Maps over time, by size",
	      story->mean_sizes
		      ? "Each square counts the maps of its part of the time; its row is the "
			"mean size of the maps that a container made between two reports. "
			"Darker means more."
		      : "Each square counts the maps of its part of the time and of the size "
			"that its row says; darker means more.");
	squares(story, out, bottom, story->bins[0].sizes, STORY_SIZES, story_size, word_bytes);
	name_times(story, out, bottom);
	fputs("</svg>\n", out);
}

void picture_pinned(const struct story *story, FILE *out)
{
	int height = 5 * ROW, bottom = TOP + height;
	char word[WORD_SIZE], tip[WORD_SIZE + 64];
	const struct story_bin *b = &story->bins[0];
	uint64_t most = 0;

	for (size_t bin = 0; bin < STORY_BINS; bin++)
		if (story->bins[bin].pinned_known && story->bins[bin].pinned > most)
			most = story->bins[bin].pinned;
	word_bytes(most, word);
	snprintf(tip, sizeof(tip), "Bars of the memory pinned over time, at most %s.", word);
	begin(out, "pinned", bottom + BOTTOM, "Pinned memory over time", tip);
	name_row(out, TOP, word);
	name_row(out, bottom - ROW, "0");
	fprintf(out, "<path class=\"axis\" d=\"M%d %dH%d\"/>\n", LEFT, bottom, WIDTH - RIGHT);
	for (size_t bin = 0; bin < STORY_BINS; bin++) {
		int part;

		/* Where there is no report, it is as in the one before. */
		if (story->bins[bin].reports)
			b = &story->bins[bin];
		if (!b->pinned_known || !b->pinned)
			continue;
		part = (int)((double)b->pinned / (double)most * height + 0.5);
		word_bytes(b->pinned, word);
		fprintf(out,
			"<rect class=\"s4\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">"
			"<title>%s</title></rect>\n",
			LEFT + (int)bin * BIN, bottom - part, BIN - 1, part, word);
	}
	name_times(story, out, bottom);
	fputs("</svg>\n", out);
}

void picture_bar(const char *name, const struct part *parts, size_t n,
		 void (*in_words)(uint64_t value, char *word), FILE *out)
{
	static unsigned int number;
	int height = ROW + 8 + (int)((n + 1) / 2) * ROW, x = 0;
	double sum = 0, so_far = 0;
	char id[24];

	for (size_t i = 0; i < n; i++)
		sum += (double)parts[i].value;
	if (!(sum > 0))
		return;
	snprintf(id, sizeof(id), "bar%u", number++);
	begin(out, id, height, name,
	      "One bar; its parts are named below it, and in the table after the picture.");
	for (size_t i = 0; i < n; i++) {
		int end, at = (int)(i % 2) * WIDTH / 2, y = ROW + 8 + (int)(i / 2) * ROW;
		char word[WORD_SIZE];

		so_far += (double)parts[i].value;
		end = (int)(so_far / sum * WIDTH + 0.5);
		in_words(parts[i].value, word);
		fprintf(out,
			"<rect class=\"p%zu\" x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\"/>\n"
			"<rect class=\"p%zu\" x=\"%d\" y=\"%d\" width=\"11\" height=\"11\"/>"
			"<text x=\"%d\" y=\"%d\">%s %s</text>\n",
			i, x, end - x, ROW, i, at, y + 1, at + 16, y + 11, parts[i].name, word);
		x = end;
	}
	fputs("</svg>\n", out);
}

#define LETTERS	    80
#define LETTER_SIZE (WIDTH / LETTERS)

static const char *range_class(char letter)
{
	switch (letter) {
	case IOVA_GIANT:
		return "s5";
	case IOVA_LARGE:
		return "s4";
	case IOVA_SMALL:
	case IOVA_MIXED:
		return "run";
	case IOVA_RESERVED:
		return "res";
	case IOVA_HOLE:
		return "grid";
	default:
		return "p3";
	}
}

/* The same letters are one square. Where it is wide enough its letter is there, too. */
void picture_ranges(const struct range_view *ranges, size_t n, const struct page_sizes *sizes,
		    FILE *out)
{
	static unsigned int number;
	char letters[LETTERS + 1], id[24], text[320], superpage[WORD_SIZE], giant[WORD_SIZE];
	size_t length;

	word_bytes(sizes->superpage, superpage);
	word_bytes(page_sizes_giant(sizes), giant);
	snprintf(text, sizeof(text),
		 "From the lowest address to the highest, compressed; G, M and k stand for IOMMU "
		 "entries of %s, of %s and of less, m for a mixture, # for what is reserved. The "
		 "table after the picture has the addresses.",
		 giant, superpage);

	iova_map_make(ranges, n, LETTERS, letters);
	snprintf(id, sizeof(id), "ranges%u", number++);
	begin(out, id, ROW, "Where mappings lay", text);
	for (size_t i = 0; letters[i]; i += length) {
		char accept[2] = { letters[i] };
		int x = (int)i * LETTER_SIZE;

		length = strspn(letters + i, accept);
		fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\"/>\n",
			range_class(letters[i]), x, (int)length * LETTER_SIZE, ROW);
		if (length >= 3 && letters[i] != IOVA_HOLE)
			fprintf(out, "<text class=\"on\" x=\"%d\" y=\"%d\">%c</text>\n", x + 3,
				ROW - 5, letters[i]);
	}
	fputs("</svg>\n", out);
}
