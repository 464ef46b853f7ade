/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbols of a program or library. A build without libdw has none.
 */
#ifndef VFIOTOP_SYMBOL_H
#define VFIOTOP_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

struct symbol_file;

/**
 * symbols_built_in - whether there can be any
 *
 * Return: whether this was built with libdw.
 */
bool symbols_built_in(void);

/**
 * symbol_confine - give up all that is not needed to read files
 *
 * For good, and for the whole process.
 *
 * Return: whether that was possible.
 */
bool symbol_confine(void);

/**
 * symbol_file_open - read a file, or what its build ID names in /usr/lib/debug
 * @fd: of the file, which is closed
 *
 * Return: NULL when it is no such file, or damaged, or without libdw.
 */
struct symbol_file *symbol_file_open(int fd);

/**
 * symbol_file_close - free it
 * @file: from symbol_file_open(), or NULL
 */
void symbol_file_close(struct symbol_file *file);

/**
 * symbol_find - the function that an instruction is in
 * @file: from symbol_file_open()
 * @offset: of the instruction, in the file
 * @behind: gets how far behind the begin of the function
 *
 * Return: its name, valid as long as the file; NULL when it has none.
 */
const char *symbol_find(struct symbol_file *file, uint64_t offset, uint64_t *behind);

#endif /* VFIOTOP_SYMBOL_H */
