// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "render/render.h"
#include "report/advise.h"
#include "serve/serve.h"

enum exit_code output_open(struct output *output, const struct options *options)
{
	const struct serve_options serve = {
		.listen = options->listen,
		.textfile = options->textfile,
		.interval_ns = options->interval_ns,
	};
	const char *why = NULL;

	*output = (struct output){ .mode = options->output };
	if (output->mode == OUTPUT_SERVE)
		return serve_start(&serve, &output->server);
	if (options->columns)
		why = columns_parse(&output->columns, options->columns);
	if (why) {
		complain("wrong option --columns=%s: %s; see vfiotop --list-fields",
			 options->columns, why);
		return EXIT_USAGE;
	}
	if (!options->sort)
		return EXIT_DONE;
	output->sort = fields_named(options->sort);
	if (output->sort && columns_sortable(output->sort))
		return EXIT_DONE;
	complain("wrong option --sort=%s: there is no such column; see vfiotop --list-fields",
		 options->sort);
	return EXIT_USAGE;
}

void output_close(struct output *output)
{
	serve_stop(output->server);
}

void output_alive(const struct output *output)
{
	if (output->server)
		serve_alive(output->server);
}

int output_fd(const struct output *output)
{
	return output->server ? serve_fd(output->server) : -1;
}

bool output_answer(struct output *output, const struct view *view)
{
	return serve_answer(output->server, view);
}

bool output_keep(struct output *output, const struct view *view)
{
	return !output->server || serve_keep(output->server, view);
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

static bool print_csv(struct output *output, const struct view *view, bool first)
{
	/* Nothing is known of rows while VFIO is not loaded. */
	if (view->waiting_for[0])
		return true;
	if (!output->columns.n)
		columns_all(&output->columns, view);
	if (first)
		columns_csv_header(&output->columns, stdout);
	columns_csv(&output->columns, view, stdout);
	output->printed = true;
	return output_flush();
}

static bool print_text(const struct output *output, const struct view *view, bool first)
{
	struct text text = { 0 };
	bool failed;

	if (output->columns.n)
		columns_text(&output->columns, view, &text);
	else
		render_text(view, &text);
	if (!first)
		putchar('\n');
	for (size_t i = 0; i < text.n; i++)
		puts(text.lines[i].text);
	failed = text.failed;
	text_free(&text);
	return failed ? out_of_memory() : output_flush();
}

bool output_advice(const struct output *output, const struct story *story)
{
	if (output->mode != OUTPUT_JSON)
		advise_text(story, stdout);
	else if (!advise_json(story, stdout))
		return out_of_memory();
	return output_flush();
}

bool output_print(struct output *output, const struct view *view)
{
	bool first = !output->printed;

	if (output->mode == OUTPUT_SERVE)
		return serve_publish(output->server, view);
	if (output->sort)
		columns_sort(view, output->sort);
	if (output->mode == OUTPUT_CSV)
		return print_csv(output, view, first);
	output->printed = true;
	if (output->mode == OUTPUT_JSON)
		return print_json(view);
	return print_text(output, view, first);
}
