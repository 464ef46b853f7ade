// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void add_line(struct text *text, enum line_style style, const char *format, ...)
{
	struct text_line *more = realloc(text->lines, (text->n + 1) * sizeof(*more));
	va_list args;
	char *line;
	int n;

	if (!more) {
		text->failed = true;
		return;
	}
	text->lines = more;
	va_start(args, format);
	n = vasprintf(&line, format, args);
	va_end(args);
	if (n < 0) {
		text->failed = true;
		return;
	}
	while (n > 0 && line[n - 1] == ' ')
		line[--n] = '\0';
	more[text->n++] = (struct text_line){ line, style };
}

void text_free(struct text *text)
{
	for (size_t i = 0; i < text->n; i++)
		free(text->lines[i].text);
	free(text->lines);
	memset(text, 0, sizeof(*text));
}

size_t text_width(const char *string)
{
	size_t width = 0;

	for (; *string; string++)
		width += (*string & 0xc0) != 0x80;
	return width;
}
