/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports on standard output, in the format that was asked for.
 */
#ifndef VFIOTOP_OUTPUT_H
#define VFIOTOP_OUTPUT_H

#include "options.h"
#include "render/columns.h"
#include "view.h"

/**
 * struct output - where reports go
 * @mode: any but OUTPUT_SCREEN
 * @printed: there was a report before
 * @columns: of text and CSV; none for all tables of text, and all fields in CSV
 * @sort: column that rows are sorted by, NULL for the usual order
 */
struct output {
	enum output_mode mode;
	bool printed;
	struct columns columns;
	const struct field *sort;
};

/**
 * output_open - get ready to print
 * @output: is filled in
 * @options: how to show reports
 *
 * Return: false after a message on stderr.
 */
bool output_open(struct output *output, const struct options *options);

/**
 * output_print - print a report
 * @output: from output_open()
 * @view: the report
 *
 * Return: false after a message on stderr.
 */
bool output_print(struct output *output, const struct view *view);

/**
 * output_flush - write what was printed
 *
 * Return: false after a message on stderr.
 */
bool output_flush(void);

#endif /* VFIOTOP_OUTPUT_H */
