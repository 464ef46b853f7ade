/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of stock VFIO modules that programs are attached to, and what is
 * unknown where a kernel does not have one of them.
 */
#ifndef VFIOTOP_HOOKS_H
#define VFIOTOP_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct hook - one function
 * @function: its name
 * @knowledge: enum knowledge that there is only with it
 * @per_run: it is called for each contiguous run: attached on request only, and not
 *	needed for the rest
 * @tells: what is learned there
 */
struct hook {
	const char *function;
	unsigned int knowledge;
	bool per_run;
	const char *tells;
};

/**
 * typedef hook_there - whether a kernel has a function
 * @context: of the caller
 * @function: its name
 */
typedef bool hook_there(const void *context, const char *function);

/**
 * hooks_next - walk the table
 * @previous: or NULL
 *
 * Return: NULL at the end.
 */
const struct hook *hooks_next(const struct hook *previous);

/**
 * hooks_find - look a function up
 * @function: its name
 *
 * Return: NULL when it is not in the table.
 */
const struct hook *hooks_find(const char *function);

/**
 * hooks_missing - the first function that is needed and not there
 * @there: asks for one
 * @context: for @there
 *
 * Return: NULL when all are there.
 */
const char *hooks_missing(hook_there *there, const void *context);

/**
 * hooks_knowledge - what stock modules can tell
 * @there: asks for a function
 * @context: for @there
 * @runs: whether hooks per run are attached
 *
 * Return: enum knowledge.
 */
unsigned int hooks_knowledge(hook_there *there, const void *context, bool runs);

#endif /* VFIOTOP_HOOKS_H */
