// SPDX-License-Identifier: GPL-2.0-only
#include "traced.h"

#include <time.h>

#include "fields.h"

#define NS_PER_S   1000000000ULL
#define TIME_WIDTH 15 /* 12:34:56.789012 */

/* Texts begin at the left of their column, numbers end at its right. */
static void put(const struct field *field, const char *cell, bool last, FILE *out)
{
	int pad = field->width - (int)text_width(cell);
	bool left = field->unit == UNIT_TEXT;

	if (pad < 0)
		pad = 0;
	fprintf(out, "  %*s%s%*s", left ? 0 : pad, "", cell, left && !last ? pad : 0, "");
}

static const struct field *next_column(const struct field *previous)
{
	const struct field *f = previous;

	do
		f = fields_next(SCOPE_TRACED, f);
	while (f && !f->title);
	return f;
}

/* The time of day, as logs have it. */
static void put_time(struct figure realtime_ns, FILE *out)
{
	time_t seconds = (time_t)(realtime_ns.value / NS_PER_S);
	char time[TIME_WIDTH + 1] = "-";
	struct tm tm;

	if (realtime_ns.known && localtime_r(&seconds, &tm))
		strftime(time, sizeof(time), "%H:%M:%S", &tm);
	fprintf(out, "%s.%06u", time, (unsigned int)(realtime_ns.value % NS_PER_S / 1000));
}

void traced_text_header(FILE *out)
{
	const struct field *f = NULL;

	fprintf(out, "%-*s", TIME_WIDTH, "TIME");
	while ((f = next_column(f)))
		put(f, f->title, !next_column(f), out);
	fputc('\n', out);
}

void traced_text(const struct traced_view *request, FILE *out)
{
	const struct field *f = NULL;

	put_time(request->realtime_ns, out);
	while ((f = next_column(f))) {
		const char *text = f->unit == UNIT_TEXT ? field_text(f, request) : NULL;
		char word[WORD_SIZE];

		if (f->unit != UNIT_TEXT)
			word_figure(f->unit, field_figure(f, request), word);
		put(f, f->unit != UNIT_TEXT ? word : text ? text : "-", !next_column(f), out);
	}
	fputc('\n', out);
	for (size_t i = 0; request->stack && i < request->n_stack; i++)
		fprintf(out, "    #%zu %s\n", i, request->stack[i]);
	/* Who makes the ioctl is called by somebody. */
	if (request->stack && request->n_stack < 2)
		fputs("    (no more: what called it was built without frame pointers)\n", out);
}
