/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses in processes, by name.
 */
#ifndef VFIOTOP_STACKS_H
#define VFIOTOP_STACKS_H

#include <stddef.h>
#include <stdint.h>

#define STACKS_NAME_SIZE 384

struct stacks;

/**
 * stacks_new - nothing is known of any process
 *
 * Return: NULL when out of memory.
 */
struct stacks *stacks_new(void);

/**
 * stacks_free - free it
 * @stacks: from stacks_new(), or NULL
 */
void stacks_free(struct stacks *stacks);

/**
 * stacks_forget - processes may have loaded other programs and libraries since
 * @stacks: from stacks_new()
 */
void stacks_forget(struct stacks *stacks);

/**
 * stacks_name - name an address
 * @stacks: from stacks_new()
 * @pid: the process
 * @address: in its memory, of an instruction
 * @name: gets "function+0x12 (file)", or "file+0x1234" without symbols, or the address alone
 *	when the process is gone, or may not be looked at
 */
void stacks_name(struct stacks *stacks, uint32_t pid, uint64_t address,
		 char name[STACKS_NAME_SIZE]);

#endif /* VFIOTOP_STACKS_H */
