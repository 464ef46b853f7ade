/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that vfiotop makes of a report, checked: text is UTF-8 without control bytes, JSON is
 * JSON, markup has no tags but its own, and a terminal gets no commands but the screen's.
 */
#ifndef FUZZ_OUTPUTS_H
#define FUZZ_OUTPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"
#include "view.h"

/**
 * outputs_open - begin a watch
 * @choices: bytes of the input that choose a terminal, keys and an order
 * @n: how many; they must last until outputs_close()
 */
void outputs_open(const uint8_t *choices, size_t n);

/**
 * outputs_note - there is a new report
 * @view: the report
 * @snapshot: what it was made of
 */
void outputs_note(const struct view *view, const struct snapshot *snapshot);

/**
 * outputs_show - show a report in every way
 * @view: the last one that was noted
 */
void outputs_show(const struct view *view);

/**
 * outputs_close - end it, with a page about all reports
 */
void outputs_close(void);

/**
 * outputs_check_lines - abort unless a text is UTF-8 without control bytes but ends of lines
 * @text: the text
 */
void outputs_check_lines(const char *text);

#endif /* FUZZ_OUTPUTS_H */
