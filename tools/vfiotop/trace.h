/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traced requests on standard output, each as it ends, in the format that was asked for.
 */
#ifndef VFIOTOP_TRACE_H
#define VFIOTOP_TRACE_H

#include "collect/collect.h"
#include "collect/stacks.h"
#include "model/makers.h"
#include "options.h"
#include "render/columns.h"

/**
 * struct trace - what was printed so far
 * @mode: OUTPUT_BATCH, OUTPUT_CSV or OUTPUT_JSON
 * @begun: the titles were printed
 * @columns: of CSV
 * @container: only those to this container, 0 for all
 * @left: requests that may still be printed; 0 when there is no limit
 * @ended: that limit was reached
 * @stacks: names addresses, NULL when no stacks are printed
 * @lost: requests that were said to be lost
 */
struct trace {
	enum output_mode mode;
	bool begun;
	struct columns columns;
	uint64_t container;
	uint64_t left;
	bool ended;
	struct stacks *stacks;
	uint64_t lost;
};

/**
 * trace_new - nothing was printed yet
 * @options: what was asked for
 *
 * Return: that.
 */
struct trace trace_new(const struct options *options);

/**
 * trace_free - free it
 * @trace: from trace_new()
 */
void trace_free(struct trace *trace);

/**
 * trace_check - whether requests are traced
 * @trace: from trace_new()
 * @collector: has just started
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code trace_check(struct trace *trace, const struct collector *collector);

/**
 * trace_print - print what was traced, or the first of it, and how many were lost
 * @trace: from trace_new()
 * @collector: where it was traced
 * @last: print all of it
 *
 * Return: false after a message on stderr.
 */
bool trace_print(struct trace *trace, struct collector *collector, bool last);

/**
 * trace_keep - take note of who made mappings
 * @trace: from trace_new()
 * @collector: where requests were traced
 * @makers: gets them
 */
void trace_keep(struct trace *trace, struct collector *collector, struct makers *makers);

#endif /* VFIOTOP_TRACE_H */
