/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of text, made one after the other.
 */
#ifndef VFIOTOP_LINES_H
#define VFIOTOP_LINES_H

#include "render.h"

#define LINE_SIZE 512

/**
 * add_line - one more line, without blanks at its end
 * @text: gets it
 * @style: how it stands out
 * @format: as in printf
 */
void add_line(struct text *text, enum line_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* VFIOTOP_LINES_H */
