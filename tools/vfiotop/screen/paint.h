/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal: text that is clipped at its edge, colours where it has them, and characters
 * that it can show.
 */
#ifndef VFIOTOP_PAINT_H
#define VFIOTOP_PAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * enum paint - how text stands out
 * @PAINT_NORMAL: not
 * @PAINT_TITLE: bold
 * @PAINT_HEADER: titles of columns, the whole line
 * @PAINT_SORTED: the title of the column that gives the order
 * @PAINT_CURSOR: the row with the cursor, the whole line
 * @PAINT_CRITICAL: a critical alert
 * @PAINT_WARNING: a warning
 * @PAINT_NOTICE: a notice
 * @PAINT_DIM: what matters less
 * @PAINT_LEAF_SMALL: mapped in leaves smaller than a superpage
 * @PAINT_LEAF_LARGE: in superpages
 * @PAINT_LEAF_GIANT: in larger leaves than these
 * @PAINTS: how many there are
 */
enum paint {
	PAINT_NORMAL,
	PAINT_TITLE,
	PAINT_HEADER,
	PAINT_SORTED,
	PAINT_CURSOR,
	PAINT_CRITICAL,
	PAINT_WARNING,
	PAINT_NOTICE,
	PAINT_DIM,
	PAINT_LEAF_SMALL,
	PAINT_LEAF_LARGE,
	PAINT_LEAF_GIANT,
	PAINTS,
};

/**
 * paint_open - take over the terminal
 * @in: where keys come from
 * @out: where it is drawn
 *
 * Return: false when it cannot be used.
 */
bool paint_open(FILE *in, FILE *out);

/**
 * paint_close - give it back
 */
void paint_close(void);

/**
 * paint_resize - its size has changed
 */
void paint_resize(void);

/**
 * paint_begin - an empty screen
 */
void paint_begin(void);

/**
 * paint_end - show what was painted
 */
void paint_end(void);

/**
 * paint_lines - height of the screen
 *
 * Return: lines.
 */
int paint_lines(void);

/**
 * paint_columns - width of the screen
 *
 * Return: columns.
 */
int paint_columns(void);

/**
 * paint_fill - give a whole line a look
 * @y: the line
 * @paint: the look
 */
void paint_fill(int y, enum paint paint);

/**
 * paint_text - write, as far as the line goes
 * @y: the line
 * @x: first column
 * @width: columns at most
 * @text: UTF-8; characters that the terminal cannot show are replaced
 * @paint: the look
 *
 * Return: the column after it.
 */
int paint_text(int y, int x, int width, const char *text, enum paint paint);

/**
 * paint_unicode - whether the terminal can show more than ASCII
 *
 * Return: whether it can.
 */
bool paint_unicode(void);

/**
 * paint_key - the next key that was pressed
 *
 * Return: as getch().
 */
int paint_key(void);

#endif /* VFIOTOP_PAINT_H */
