/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts as numbers: FNV-1a of 64 bits.
 */
#ifndef VFIOTOP_HASH_H
#define VFIOTOP_HASH_H

#include <stddef.h>
#include <stdint.h>

/**
 * hash_text - a number for a text
 * @text: the text
 * @length: its length
 *
 * Return: the same for the same text, and hardly ever the same for two.
 */
static inline uint64_t hash_text(const char *text, size_t length)
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211ULL;
	return hash;
}

#endif /* VFIOTOP_HASH_H */
