/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports on standard output, in the format that was asked for.
 */
#ifndef VFIOTOP_OUTPUT_H
#define VFIOTOP_OUTPUT_H

#include "exit.h"
#include "options.h"
#include "render/columns.h"
#include "view.h"

struct server;
struct story;

/**
 * struct output - where reports go
 * @mode: any but OUTPUT_SCREEN
 * @printed: there was a report before
 * @columns: of text and CSV; none for all tables of text, and all fields in CSV
 * @sort: column that rows are sorted by, NULL for the usual order
 * @server: gets the reports of OUTPUT_SERVE
 */
struct output {
	enum output_mode mode;
	bool printed;
	struct columns columns;
	const struct field *sort;
	struct server *server;
};

/**
 * output_open - get ready to print
 * @output: is filled in
 * @options: how to show reports
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code output_open(struct output *output, const struct options *options);

/**
 * output_close - end what output_open() began
 * @output: from there
 */
void output_close(struct output *output);

/**
 * output_print - print a report
 * @output: from output_open()
 * @view: the report
 *
 * Return: false after a message on stderr.
 */
bool output_print(struct output *output, const struct view *view);

/**
 * output_alive - tell who waits for reports that more will come
 * @output: from output_open()
 */
void output_alive(const struct output *output);

/**
 * output_fd - to be polled: reports are wanted when it can be read
 * @output: from output_open()
 *
 * Return: -1 if they are printed without being asked for.
 */
int output_fd(const struct output *output);

/**
 * output_answer - give what is wanted
 * @output: output_fd() can be read
 * @view: the last report, NULL if there is none
 *
 * Return: false after a message on stderr.
 */
bool output_answer(struct output *output, const struct view *view);

/**
 * output_keep - give what may be wanted until there is another report
 * @output: from output_open()
 * @view: the last report, which is about to go
 *
 * Return: false after a message on stderr.
 */
bool output_keep(struct output *output, const struct view *view);

/**
 * output_advice - print advice
 * @output: from output_open()
 * @story: what it is about
 *
 * Return: false after a message on stderr.
 */
bool output_advice(const struct output *output, const struct story *story);

/**
 * output_flush - write what was printed
 *
 * Return: false after a message on stderr.
 */
bool output_flush(void);

#endif /* VFIOTOP_OUTPUT_H */
