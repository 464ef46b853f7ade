/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbols of the programs and libraries that a process has loaded. A build without libdw
 * has none.
 */
#ifndef VFIOTOP_SYMBOL_H
#define VFIOTOP_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol_table;

/**
 * symbol_table_open - find out what a process has loaded
 * @pid: the process
 *
 * Return: NULL when that cannot be known, or without libdw.
 */
struct symbol_table *symbol_table_open(uint32_t pid);

/**
 * symbol_table_close - free it
 * @table: from symbol_table_open(), or NULL
 */
void symbol_table_close(struct symbol_table *table);

/**
 * symbol_find - the function that an address is in
 * @table: from symbol_table_open()
 * @address: the address
 * @offset: gets how far behind its begin
 *
 * Return: its name, valid as long as the table; NULL when it has none.
 */
const char *symbol_find(struct symbol_table *table, uint64_t address, uint64_t *offset);

/**
 * symbols_built_in - whether there can be any
 *
 * Return: whether this was built with libdw.
 */
bool symbols_built_in(void);

#endif /* VFIOTOP_SYMBOL_H */
