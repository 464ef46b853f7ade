/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Type information (BTF) of VFIO: its functions and tracepoints, in modules or built into
 * the kernel. It is large, so it is read once for all that ask.
 */
#ifndef VFIOTOP_TYPES_H
#define VFIOTOP_TYPES_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum types_kind - what a name stands for
 * @TYPES_FUNCTION: a function
 * @TYPES_EVENT: a tracepoint
 * @TYPES_ITERATOR: a loop over what the kernel has; not of VFIO
 */
enum types_kind {
	TYPES_FUNCTION,
	TYPES_EVENT,
	TYPES_ITERATOR,
};

struct btf;

/**
 * struct type - a function, tracepoint or iterator
 * @id: number in the type information of the kernel or module
 * @module: that it is in, NULL when it is built into the kernel
 */
struct type {
	uint32_t id;
	const char *module;
};

struct types;

/**
 * types_read - read all type information of VFIO
 * @folder: of the files vmlinux, vfio and so on
 *
 * Return: NULL when the kernel has none, or none of VFIO.
 */
struct types *types_read(const char *folder);

/**
 * types_free - undo types_read()
 * @types: from there, or NULL
 */
void types_free(struct types *types);

/**
 * types_find - find a function or tracepoint of VFIO, or an iterator
 * @types: from types_read()
 * @kind: which of them
 * @name: its name
 *
 * Return: NULL when there is none.
 */
const struct type *types_find(const struct types *types, enum types_kind kind, const char *name);

/**
 * types_takes - whether a function has the parameters that programs expect
 * @types: from types_read()
 * @type: a function, from types_find()
 * @takes: its value, then its parameters, each one word: bytes of a number, the name of the
 *	structure that a pointer points to, * for any pointer, - for what does not matter
 *
 * Parameters after these do not matter either, unless the value does: it comes after them.
 *
 * Return: false when it has others.
 */
bool types_takes(const struct types *types, const struct type *type, const char *takes);

/**
 * types_complete - whether functions of core and backend can be found
 * @types: from types_read()
 *
 * Return: false when one of them has no type information, or is not there.
 */
bool types_complete(const struct types *types);

/**
 * struct types_word - how programs load words of kernel memory that has no type
 * @cast: number of bpf_rdonly_cast(), 0 where the kernel has none
 * @type: number of struct rlimit, which begins with a word; 0 without @cast
 */
struct types_word {
	uint32_t cast;
	uint32_t type;
};

/**
 * types_word - what struct types_word says
 * @types: from types_read(), or NULL
 *
 * Return: it.
 */
struct types_word types_word(const struct types *types);

/**
 * types_fd - the type information that a function or tracepoint is in, for the kernel
 * @types: from types_running()
 * @type: from types_find()
 *
 * Return: a file descriptor, which @types keeps; 0 for what is built into the kernel; or a
 * negative errno.
 */
int types_fd(struct types *types, const struct type *type);

/**
 * types_excerpt - the types that programs look into
 * @types: from types_read()
 * @wanted: type information of the programs
 *
 * Return: the excerpt, to be freed by btf__free(); NULL when out of memory.
 */
struct btf *types_excerpt(const struct types *types, const struct btf *wanted);

/**
 * types_running - type information of the running kernel
 *
 * It is read at the first call, and again after types_forget().
 *
 * Return: as types_read().
 */
struct types *types_running(void);

/**
 * types_forget - free what types_running() has read
 */
void types_forget(void);

#endif /* VFIOTOP_TYPES_H */
