/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbols of VFIO, in modules or built into the kernel.
 */
#ifndef VFIOTOP_SYMBOLS_H
#define VFIOTOP_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_FILE "/proc/kallsyms"

/**
 * struct symbol - a function or variable
 * @address: 0 when it is hidden
 * @type: as in the output of nm
 * @name: its name
 * @module: that it is in, empty when it is built into the kernel
 */
struct symbol {
	uint64_t address;
	char type;
	char name[64];
	char module[32];
};

/**
 * struct symbols - all of them
 * @all: the symbols
 * @n: how many
 */
struct symbols {
	struct symbol *all;
	size_t n;
};

/**
 * symbols_read - read the symbols whose names begin with vfio_
 * @symbols: is filled in; to be freed by symbols_free() after a failure as well
 * @path: SYMBOLS_FILE, or another file like it
 *
 * Return: 0 or a negative errno.
 */
int symbols_read(struct symbols *symbols, const char *path);

/**
 * symbols_find - find a symbol
 * @symbols: from symbols_read()
 * @name: its name
 * @module: where it is if it is in a module
 *
 * Return: NULL when it is in neither that module nor the kernel itself.
 */
const struct symbol *symbols_find(const struct symbols *symbols, const char *name,
				  const char *module);

/**
 * symbols_free - undo symbols_read()
 * @symbols: is empty afterwards
 */
void symbols_free(struct symbols *symbols);

#endif /* VFIOTOP_SYMBOLS_H */
