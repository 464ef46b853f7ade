/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leaks that are known and not to be reported, from a file.
 */
#ifndef VFIOTOP_SUPPRESSIONS_H
#define VFIOTOP_SUPPRESSIONS_H

#include "view.h"

struct suppressions;

/**
 * suppressions_read - read a file of them
 * @path: the file; docs/leak-hunting.md describes it
 *
 * Return: NULL after a message on stderr.
 */
struct suppressions *suppressions_read(const char *path);

/**
 * suppressions_free - forget them
 * @suppressions: or NULL
 */
void suppressions_free(struct suppressions *suppressions);

/**
 * suppressions_match - whether a leak is among them
 * @suppressions: or NULL
 * @leak: the leak
 *
 * What is not known of a leak matches nothing.
 *
 * Return: whether it is.
 */
bool suppressions_match(const struct suppressions *suppressions, const struct leak_view *leak);

#endif /* VFIOTOP_SUPPRESSIONS_H */
