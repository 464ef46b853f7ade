// SPDX-License-Identifier: GPL-2.0-only
/*
 * A build without libdw: it names files and offsets in them.
 */
#include "symbol.h"

struct symbol_table *symbol_table_open(uint32_t pid)
{
	(void)pid;
	return NULL;
}

void symbol_table_close(struct symbol_table *table)
{
	(void)table;
}

const char *symbol_find(struct symbol_table *table, uint64_t address, uint64_t *offset)
{
	(void)table;
	(void)address;
	(void)offset;
	return NULL;
}

bool symbols_built_in(void)
{
	return false;
}
