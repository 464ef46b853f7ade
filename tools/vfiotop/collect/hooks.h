/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of the kernel's own VFIO modules and of iommufd that programs are attached to, and what is
 * unknown where a kernel lacks one of them.
 */
#ifndef VFIOTOP_HOOKS_H
#define VFIOTOP_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "functions.h"

/**
 * struct hook - one function
 * @function: its name
 * @later: its name on later kernels, or NULL
 * @takes: its value and parameters, as far as programs use them, see types_takes()
 * @knowledge: enum knowledge that depends on it
 * @needed: nothing is known without it: neither requests nor the end of a container, whose
 *	address another one may get
 * @alone: of iommufd: another source that watches VFIO, too, uses it itself
 * @per_run: it is called for each contiguous run, or batch of runs, so it is attached on
 *	request only
 * @tells: what it is for, in words
 */
struct hook {
	const char *function;
	const char *later;
	const char *takes;
	unsigned int knowledge;
	bool needed;
	bool alone;
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

/* Of the source stock; of the source kprobes, without and for iommufd; and of iommufd. */
extern const struct hooks hooks_stock;
extern const struct hooks hooks_kprobes;
extern const struct hooks hooks_kprobes_iommufd;
extern const struct hooks hooks_iommufd;

/**
 * hooks_find - look a function up
 * @hooks: where
 * @function: its name, on any kernel
 *
 * Return: NULL when it is not in the table.
 */
const struct hook *hooks_find(const struct hooks *hooks, const char *function);

/**
 * hook_name - what a function is called
 * @hook: from hooks_find()
 * @functions: those that exist
 *
 * Return: the name by which it can be attached to; NULL also when its parameters are not those that
 * programs expect.
 */
const char *hook_name(const struct hook *hook, const struct functions *functions);

/**
 * hook_exists - whether a function can be attached to
 * @hook: from hooks_find()
 * @functions: those that exist
 *
 * Return: false also when its parameters are not those that programs expect.
 */
bool hook_exists(const struct hook *hook, const struct functions *functions);

/**
 * hooks_missing - the first needed function that does not exist
 * @hooks: of a source
 * @functions: those that exist
 *
 * Return: NULL when all exist.
 */
const char *hooks_missing(const struct hooks *hooks, const struct functions *functions);

/**
 * hooks_knowledge - what a source knows
 * @hooks: of the source
 * @functions: those that exist
 * @runs: whether hooks per run are attached
 *
 * Return: enum knowledge of the whole table, less what depends on a function that is missing.
 */
unsigned int hooks_knowledge(const struct hooks *hooks, const struct functions *functions,
			     bool runs);

#endif /* VFIOTOP_HOOKS_H */
