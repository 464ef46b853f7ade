/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is mapped, at an address that is the same in each run, so that sequences can
 * be replayed.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stdint.h>

#define ARENA	   0x100000000000UL
#define ARENA_SIZE (12UL << 20)

/* Where a device's first BAR is mapped, which other devices may use, too. Not next to memory. */
#define ARENA_BAR      (ARENA + ARENA_SIZE + (4UL << 20))
#define ARENA_BAR_SIZE (128UL << 10)

/**
 * struct arena_part - memory of one kind
 * @name: for messages
 * @offset: from ARENA
 * @size: bytes
 * @readable: it can be read
 * @writable: it can be written
 */
struct arena_part {
	const char *name;
	uint64_t offset;
	uint64_t size;
	bool readable;
	bool writable;
};

/* One after the other, without gaps; the last one has no name. */
extern const struct arena_part arena_parts[];

/* Sets all parts up and touches their pages; returns 0 or a negative errno. */
int arena_set_up(void);

/* Can a device read, or write, every byte from @vaddr on? */
bool arena_allows(uint64_t vaddr, uint64_t size, bool write);

#endif /* ARENA_H */
