/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel functions that programs can be attached to, by type information or by symbol.
 */
#ifndef VFIOTOP_FUNCTIONS_H
#define VFIOTOP_FUNCTIONS_H

#include "options.h"

/**
 * struct functions - functions found in one way
 * @has: whether there is a function of this name
 * @free: forget them
 */
struct functions {
	bool (*has)(const struct functions *functions, const char *name);
	void (*free)(struct functions *functions);
};

/**
 * functions_by_type - functions of the VFIO modules, by their type information
 * @options: what not to use
 *
 * For fentry and fexit.
 *
 * Return: NULL when the kernel or a module has no type information.
 */
struct functions *functions_by_type(const struct collect_options *options);

/**
 * functions_by_symbol - functions of the backend vfio_iommu_type1, by /proc/kallsyms
 * @options: what not to use
 *
 * For kprobes.
 *
 * Return: NULL when the kernel has no kprobes, or does not show its symbols.
 */
struct functions *functions_by_symbol(const struct collect_options *options);

/**
 * functions_free - forget functions
 * @functions: or NULL
 */
void functions_free(struct functions *functions);

/**
 * functions_have_event - whether the module vfio has a tracepoint, by type information
 * @event: its name
 *
 * Return: false also when there is no type information.
 */
bool functions_have_event(const char *event);

#endif /* VFIOTOP_FUNCTIONS_H */
