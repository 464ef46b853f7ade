/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HTML: text in which nothing is markup, and the tables of a page.
 */
#ifndef VFIOTOP_HTML_H
#define VFIOTOP_HTML_H

#include <stdio.h>

/**
 * html_text - write text
 * @out: where to
 * @text: in which <, >, & and quotes become what HTML writes for them
 */
void html_text(FILE *out, const char *text);

/**
 * html_table - begin a table
 * @out: where to
 * @caption: what it shows
 * @titles: of its columns, NULL after the last; those of numbers begin with '#'
 */
void html_table(FILE *out, const char *caption, const char *const *titles);

/**
 * html_cell - write a cell
 * @out: where to
 * @text: of the cell
 * @number: it is a number
 */
void html_cell(FILE *out, const char *text, int number);

/**
 * html_table_end - end a table
 * @out: where to
 */
void html_table_end(FILE *out);

#endif /* VFIOTOP_HTML_H */
