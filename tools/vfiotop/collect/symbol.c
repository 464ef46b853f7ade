// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "symbol.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct symbol_table {
	Dwfl *dwfl;
	pid_t pid;
};

/*
 * The file as the process sees it: in a container another one may have the same name here.
 * What is in no file, such as the vDSO, has no symbols.
 */
static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		    char **file, Elf **elf)
{
	struct symbol_table *table = *data;
	char path[4096 + 32];
	int fd;

	(void)module;
	(void)base;
	*elf = NULL;
	if (!table || name[0] != '/')
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/root%s", table->pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*file = fd < 0 ? NULL : strdup(path);
	return fd;
}

/* Only symbols that are in the file itself: nothing is searched for elsewhere. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			     const char *file, const char *debuglink, GElf_Word crc, char **found)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)debuglink;
	(void)crc;
	*found = NULL;
	return -1;
}

static int own_module(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		      void *table)
{
	(void)module;
	(void)name;
	(void)base;
	*data = table;
	return DWARF_CB_OK;
}

struct symbol_table *symbol_table_open(uint32_t pid)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_no_debuginfo,
	};
	struct symbol_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->pid = (pid_t)pid;
	table->dwfl = dwfl_begin(&callbacks);
	if (table->dwfl && !dwfl_linux_proc_report(table->dwfl, table->pid) &&
	    !dwfl_report_end(table->dwfl, NULL, NULL)) {
		dwfl_getmodules(table->dwfl, own_module, table, 0);
		return table;
	}
	symbol_table_close(table);
	return NULL;
}

void symbol_table_close(struct symbol_table *table)
{
	if (table && table->dwfl)
		dwfl_end(table->dwfl);
	free(table);
}

const char *symbol_find(struct symbol_table *table, uint64_t address, uint64_t *offset)
{
	Dwfl_Module *module = dwfl_addrmodule(table->dwfl, address);
	GElf_Off behind = 0;
	GElf_Sym symbol;
	const char *name;

	if (!module)
		return NULL;
	name = dwfl_module_addrinfo(module, address, &behind, &symbol, NULL, NULL, NULL);
	*offset = behind;
	return name;
}

bool symbols_built_in(void)
{
	return true;
}
