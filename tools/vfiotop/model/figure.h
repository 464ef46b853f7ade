/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures and texts as they are put into a view.
 */
#ifndef VFIOTOP_FIGURE_H
#define VFIOTOP_FIGURE_H

#include <stdio.h>

#include "snapshot.h"
#include "view.h"

/**
 * known - a figure that is known
 * @value: its value
 *
 * Return: the figure.
 */
static inline struct figure known(uint64_t value)
{
	return (struct figure){ value, true };
}

/**
 * known_if - a figure that is known under a condition
 * @condition: whether it is known
 * @value: its value if so
 *
 * Return: the figure.
 */
static inline struct figure known_if(bool condition, uint64_t value)
{
	return condition ? known(value) : (struct figure){ 0 };
}

/**
 * bytes_if - bytes, known under a condition
 * @condition: whether it is known
 * @bytes: how many; unknown too when negative
 *
 * Return: the figure.
 */
static inline struct figure bytes_if(bool condition, int64_t bytes)
{
	return known_if(condition && bytes >= 0, (uint64_t)bytes);
}

/**
 * copy_text - put a text into a view
 * @to: the copy, cut to its room
 * @size: its room
 * @from: the text
 */
static inline void copy_text(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; n < size - 1 && from[n]; n++)
		to[n] = from[n];
	to[n] = '\0';
}

#endif /* VFIOTOP_FIGURE_H */
