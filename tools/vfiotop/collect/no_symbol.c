// SPDX-License-Identifier: GPL-2.0-only
/*
 * A build without libdw: it names files and offsets in them.
 */
#include <stddef.h>

#include "symbol.h"

bool symbols_built_in(void)
{
	return false;
}

bool symbol_confine(void)
{
	return false;
}

struct symbol_file *symbol_file_open(int fd)
{
	(void)fd;
	return NULL;
}

void symbol_file_close(struct symbol_file *file)
{
	(void)file;
}

const char *symbol_find(struct symbol_file *file, uint64_t offset, uint64_t *behind)
{
	(void)file;
	(void)offset;
	(void)behind;
	return NULL;
}
