/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers and failures as people read them.
 */
#ifndef VFIOTOP_WORDS_H
#define VFIOTOP_WORDS_H

#include "fields.h"

#define WORD_SIZE 32

/**
 * word_bytes - a size, e.g. "1.5 GiB"
 * @bytes: the size
 * @word: WORD_SIZE bytes
 */
void word_bytes(uint64_t bytes, char *word);

/**
 * word_ns - a duration, e.g. "1.23 ms"
 * @ns: the duration
 * @word: WORD_SIZE bytes
 */
void word_ns(uint64_t ns, char *word);

/**
 * word_figure - a value in the manner of its unit, "-" when unknown
 * @unit: its unit, not UNIT_TEXT
 * @figure: the value
 * @word: WORD_SIZE bytes
 */
void word_figure(enum field_unit unit, struct figure figure, char *word);

/**
 * word_error - an errno, e.g. "-12 ENOMEM"
 * @ret: negative errno
 * @word: WORD_SIZE bytes
 */
void word_error(int ret, char *word);

/**
 * word_stage - the step at which a map ended, as in tracepoints/README.md
 * @stage: enum vfio_map_stage
 *
 * Return: NULL when it is none of these.
 */
const char *word_stage(uint32_t stage);

/**
 * word_operation - what was asked for, e.g. "map"
 * @operation: enum vt_operation
 */
const char *word_operation(uint32_t operation);

/**
 * words_failure - a failure in one line, with its cause
 * @failure: the failure
 * @line: the line
 * @size: its room
 */
void words_failure(const struct vt_failure *failure, char *line, size_t size);

#endif /* VFIOTOP_WORDS_H */
