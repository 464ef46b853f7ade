/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of stock VFIO modules that programs are attached to, and what is
 * unknown where a kernel does not have one of them.
 */
#ifndef VFIOTOP_HOOKS_H
#define VFIOTOP_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "functions.h"

/**
 * struct hook - one function
 * @function: its name
 * @knowledge: enum knowledge that there is only with it
 * @needed: without it nothing is known: not what was asked for, or not when a container
 *	ends, whose address the next one may have
 * @per_run: it is called for each contiguous run: attached on request only
 * @tells: what is learned there
 */
struct hook {
	const char *function;
	unsigned int knowledge;
	bool needed;
	bool per_run;
	const char *tells;
};

/**
 * struct hooks - the functions that a source uses
 * @all: the first of them
 * @n: how many
 */
struct hooks {
	const struct hook *all;
	size_t n;
};

/* Of the source stock, and of the source kprobes. */
extern const struct hooks hooks_stock;
extern const struct hooks hooks_kprobes;

/**
 * hooks_find - look a function up
 * @hooks: where
 * @function: its name
 *
 * Return: NULL when it is not in the table.
 */
const struct hook *hooks_find(const struct hooks *hooks, const char *function);

/**
 * hooks_missing - the first function that is needed and not there
 * @hooks: of a source
 * @functions: those that there are
 *
 * Return: NULL when all are there.
 */
const char *hooks_missing(const struct hooks *hooks, const struct functions *functions);

/**
 * hooks_knowledge - what a source can tell
 * @hooks: of the source
 * @functions: those that there are
 * @runs: whether hooks per run are attached
 *
 * Return: enum knowledge: all that the table has, less what is known only with a
 * function that is missing.
 */
unsigned int hooks_knowledge(const struct hooks *hooks, const struct functions *functions,
			     bool runs);

#endif /* VFIOTOP_HOOKS_H */
