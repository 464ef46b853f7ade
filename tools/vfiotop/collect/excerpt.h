/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Excerpts of type information (BTF): the few types that programs look into. Searching all
 * types of the kernel for each of these is most of what loading a program costs.
 */
#ifndef VFIOTOP_EXCERPT_H
#define VFIOTOP_EXCERPT_H

#include <stddef.h>

struct btf;

/**
 * excerpt_make - collect types by name
 * @wanted: type information of the programs; ___ and what follows is no part of a name
 * @from: of the kernel first, then of its modules, which are searched for what the kernel lacks
 * @n: how many
 *
 * All types of such a name are copied, with what is in them, but not with what they point to.
 * A number that has another size there than in programs, or is a few bits, loses its name: they
 * would read it wrong, and so they do not find it.
 *
 * Return: the types, to be freed by btf__free(); NULL when out of memory.
 */
struct btf *excerpt_make(const struct btf *wanted, struct btf *const *from, size_t n);

#endif /* VFIOTOP_EXCERPT_H */
