/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as people read them.
 */
#ifndef VFIOTOP_WORDS_H
#define VFIOTOP_WORDS_H

#include <stdint.h>

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
 * word_error - an errno, e.g. "-12 ENOMEM"
 * @ret: negative errno
 * @word: WORD_SIZE bytes
 */
void word_error(int ret, char *word);

#endif /* VFIOTOP_WORDS_H */
