// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "render/render.h"

bool output_open(struct output *output, const struct options *options)
{
	*output = (struct output){ .mode = options->output };
	return true;
}

bool output_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	complain("cannot write to standard output: %s; check where it goes", strerror(errno));
	return false;
}

static bool out_of_memory(void)
{
	complain("cannot write the report: not enough memory; free some");
	return false;
}

static bool print_json(const struct view *view)
{
	char *line = render_json(view);

	if (!line)
		return out_of_memory();
	puts(line);
	free(line);
	return output_flush();
}

static bool print_text(const struct view *view, bool first)
{
	struct text text = { 0 };
	bool failed;

	render_text(view, SORT_ID, &text);
	if (!first)
		putchar('\n');
	for (size_t i = 0; i < text.n; i++)
		puts(text.lines[i].text);
	failed = text.failed;
	text_free(&text);
	return failed ? out_of_memory() : output_flush();
}

bool output_print(struct output *output, const struct view *view)
{
	bool first = !output->printed;

	output->printed = true;
	if (output->mode == OUTPUT_JSON)
		return print_json(view);
	return print_text(view, first);
}
