// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "symbol.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

struct symbol_file {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;
};

/* What reading files into memory needs. */
static const int calls[] = {
	SCMP_SYS(brk),	       SCMP_SYS(close),	   SCMP_SYS(exit),	 SCMP_SYS(exit_group),
	SCMP_SYS(fcntl),       SCMP_SYS(fstat),	   SCMP_SYS(futex),	 SCMP_SYS(getrandom),
	SCMP_SYS(lseek),       SCMP_SYS(madvise),  SCMP_SYS(mmap),	 SCMP_SYS(mprotect),
	SCMP_SYS(mremap),      SCMP_SYS(munmap),   SCMP_SYS(newfstatat), SCMP_SYS(pread64),
	SCMP_SYS(read),	       SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_yield), SCMP_SYS(stat),	   SCMP_SYS(write),
};

bool symbols_built_in(void)
{
	return true;
}

/* Files are opened to be read, or not at all. */
static int allow_reading(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp reading =
		SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);

	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, reading);
}

static bool filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int ret = filter ? allow_reading(filter) : -ENOMEM;

	for (size_t i = 0; !ret && i < sizeof(calls) / sizeof(calls[0]); i++)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	if (!ret)
		ret = seccomp_load(filter);
	seccomp_release(filter);
	return !ret;
}

bool symbol_confine(void)
{
	cap_t none = cap_init();
	bool confined = none && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !cap_set_proc(none);

	cap_free(none);
	return confined && filter_calls();
}

struct symbol_file *symbol_file_open(int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_build_id_find_debuginfo,
	};
	struct symbol_file *file = calloc(1, sizeof(*file));
	GElf_Addr bias;

	if (file)
		file->dwfl = dwfl_begin(&callbacks);
	/* Addresses are those in the file: nothing is added to them. */
	if (file && file->dwfl)
		file->module = dwfl_report_elf(file->dwfl, "file", "file", fd, 0, true);
	if (file && file->module && !dwfl_report_end(file->dwfl, NULL, NULL))
		file->elf = dwfl_module_getelf(file->module, &bias);
	if (!file || !file->module)
		close(fd);
	if (file && file->elf && !bias)
		return file;
	symbol_file_close(file);
	return NULL;
}

void symbol_file_close(struct symbol_file *file)
{
	if (file && file->dwfl)
		dwfl_end(file->dwfl);
	free(file);
}

/* Where the instruction is when the file is loaded. */
static bool find_address(Elf *elf, uint64_t offset, GElf_Addr *address)
{
	GElf_Phdr part;
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &part))
			return false;
		if (part.p_type != PT_LOAD || !(part.p_flags & PF_X) || offset < part.p_offset ||
		    offset - part.p_offset >= part.p_filesz)
			continue;
		*address = part.p_vaddr + (offset - part.p_offset);
		return true;
	}
	return false;
}

const char *symbol_find(struct symbol_file *file, uint64_t offset, uint64_t *behind)
{
	GElf_Off from_begin = 0;
	GElf_Addr address;
	GElf_Sym symbol;
	const char *name;

	if (!find_address(file->elf, offset, &address))
		return NULL;
	name = dwfl_module_addrinfo(file->module, address, &from_begin, &symbol, NULL, NULL, NULL);
	*behind = from_begin;
	return name;
}
