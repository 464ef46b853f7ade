/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel functions that programs can be attached to, by type information or by symbol.
 */
#ifndef VFIOTOP_FUNCTIONS_H
#define VFIOTOP_FUNCTIONS_H

#include "options.h"

struct types;

/**
 * struct functions - functions found in one way
 * @has: whether there is a function of this name, with the parameters that are expected as far
 *	as is known, see types_takes()
 * @free: forget them
 */
struct functions {
	bool (*has)(const struct functions *functions, const char *name, const char *takes);
	void (*free)(struct functions *functions);
};

/**
 * functions_by_type - functions of VFIO, by type information
 * @options: what not to use
 * @types: from types_read(), which stay until functions_free(); or NULL
 * @path: SYMBOLS_FILE, or another file like it, or NULL
 *
 * For fentry and fexit. A function whose parameters the compiler has changed may have type
 * information and no symbol of that name (but vfio_lock_acct.isra.0, say), so that nothing can
 * be attached to it. To find these, which takes time, the symbols are needed.
 *
 * Return: NULL when there is no type information.
 */
struct functions *functions_by_type(const struct collect_options *options,
				    const struct types *types, const char *path);

/**
 * functions_kprobes - whether the kernel has kprobes
 *
 * Return: whether it has.
 */
bool functions_kprobes(void);

/**
 * functions_by_symbol - functions of the backend vfio_iommu_type1, by symbol
 * @options: what not to use
 * @types: from types_read(), which stay until functions_free(); or NULL
 * @path: SYMBOLS_FILE, or another file like it
 *
 * For kprobes. Addresses do not matter, and may be hidden.
 *
 * Return: NULL when the symbols cannot be read.
 */
struct functions *functions_by_symbol(const struct collect_options *options,
				      const struct types *types, const char *path);

/**
 * functions_of_iommufd - functions of iommufd, and of VFIO for devices, by both
 * @options: what not to use
 * @types: from types_read(), which stay until functions_free(); or NULL
 * @path: SYMBOLS_FILE, or another file like it
 * @typed: only those that have type information; else, for kprobes, these must not say otherwise
 *
 * Where the compiler has split a function, it has type information and no symbol of its name.
 *
 * Return: NULL when there is no type information and @typed, or the symbols cannot be read.
 */
struct functions *functions_of_iommufd(const struct collect_options *options,
				       const struct types *types, const char *path, bool typed);

/**
 * functions_free - forget functions
 * @functions: or NULL
 */
void functions_free(struct functions *functions);

#endif /* VFIOTOP_FUNCTIONS_H */
