// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "collect/proc.h"
#include "collect/symbol.h"
#include "model/traced.h"
#include "output.h"
#include "render/render.h"
#include "render/traced.h"

/* What is printed at the end is bounded: more may come all the time. */
#define LAST_BATCHES 64

struct trace trace_new(const struct options *options)
{
	return (struct trace){
		.mode = options->output,
		.container = options->only.container,
		.left = options->count,
		.stacks = options->collect.trace_stacks ? stacks_new(proc_usable()) : NULL,
	};
}

void trace_free(struct trace *t)
{
	stacks_free(t->stacks);
}

enum exit_code trace_check(struct trace *t, const struct collector *collector)
{
	/* Another watch counts anew. */
	t->lost = 0;
	if (t->stacks && !symbols_built_in())
		complain("there are no symbols in this build: stacks are files and offsets in "
			 "them; use the build of a package");
	if (collect_trace_fd(collector) >= 0)
		return EXIT_DONE;
	complain("cannot trace single maps with this source: it sees none; use another --source");
	return EXIT_NO_EVENTS;
}

/* The titles, once it is known that there will be lines; whoever waits sees that it runs. */
static void begin(struct trace *t)
{
	const struct traced_view none;
	const struct view view = { .traced = &none };

	if (t->begun)
		return;
	t->begun = true;
	if (t->mode == OUTPUT_BATCH)
		traced_text_header(stdout);
	if (t->mode != OUTPUT_CSV)
		return;
	columns_all(&t->columns, &view);
	columns_csv_header(&t->columns, stdout);
}

static bool print_json(const struct traced_view *request)
{
	char *line = render_json_traced(request);

	if (!line) {
		complain("cannot write a line: not enough memory; free some");
		return false;
	}
	puts(line);
	free(line);
	return true;
}

static bool print_one(const struct trace *t, const struct traced_view *request)
{
	const struct view view = { .traced = request, .n_traced = 1 };

	if (t->mode == OUTPUT_JSON)
		return print_json(request);
	if (t->mode == OUTPUT_CSV)
		columns_csv(&t->columns, &view, stdout);
	else
		traced_text(request, stdout);
	return true;
}

static void say_lost(struct trace *t, const struct collector *collector)
{
	uint64_t lost = collect_trace_lost(collector), more = lost - t->lost;

	if (!more)
		return;
	t->lost = lost;
	/* There is no row for it among comma-separated values. */
	if (t->mode == OUTPUT_CSV)
		complain("%" PRIu64 " requests are lost: they came faster than they were printed",
			 more);
	else if (t->mode == OUTPUT_JSON)
		printf("{\"schema\":\"%s\",\"time_ns\":%" PRIu64 ",\"lost\":%" PRIu64 "}\n",
		       TRACE_SCHEMA, clock_ns(CLOCK_MONOTONIC), more);
	else
		printf("%" PRIu64 " requests are lost: they came faster than they were printed\n",
		       more);
}

static void add_stack(const struct trace *t, const struct vt_traced_stack *request,
		      struct traced_view *view)
{
	static const char *names[VT_STACK_FRAMES];

	view->n_stack = t->stacks ? stacks_depth(request) : 0;
	if (!view->n_stack)
		return;
	view->stack = names;
	for (size_t i = 0; i < view->n_stack; i++)
		names[i] = stacks_name(t->stacks, request, i);
}

/* Returns whether there may be more. */
static bool print_batch(struct trace *t, struct collector *collector, bool *failed)
{
	uint64_t offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	unsigned int knowledge = collect_knowledge(collector);
	const struct vt_traced_stack *requests;
	struct traced_view view;
	size_t n;

	requests = collect_trace(collector, &n);
	if (t->stacks)
		stacks_take(t->stacks, requests, n);
	for (size_t i = 0; i < n && !t->ended && !*failed; i++) {
		if (t->container && requests[i].request.container != t->container)
			continue;
		traced_make(&requests[i].request, knowledge, offset, &view);
		add_stack(t, &requests[i], &view);
		*failed = !print_one(t, &view);
		t->ended = t->left && !--t->left;
	}
	return n && !t->ended && !*failed;
}

/* Returns whether there may be more. */
static bool keep_batch(struct trace *t, struct collector *collector, struct makers *makers)
{
	const struct vt_traced_stack *requests;
	const char *names[VT_STACK_FRAMES];
	size_t n;

	requests = collect_trace(collector, &n);
	for (size_t i = 0; i < n; i++) {
		size_t depth = stacks_depth(&requests[i]);

		if (!makers_take(makers, &requests[i], depth) || !t->stacks)
			continue;
		stacks_take(t->stacks, &requests[i], 1);
		for (size_t j = 0; j < depth; j++)
			names[j] = stacks_name(t->stacks, &requests[i], j);
		makers_name(makers, names);
	}
	return n;
}

void trace_keep(struct trace *t, struct collector *collector, struct makers *makers)
{
	for (int i = 0; i < LAST_BATCHES && keep_batch(t, collector, makers); i++)
		;
	if (collect_trace_lost(collector))
		makers_lost(makers);
}

bool trace_print(struct trace *t, struct collector *collector, bool last)
{
	bool failed = false;

	begin(t);
	for (int i = 0; print_batch(t, collector, &failed) && last && i < LAST_BATCHES; i++)
		;
	say_lost(t, collector);
	return !failed && output_flush();
}
