/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether pages were unpinned twice. No book of VFIO tells: those are right. What tells is that
 * the host has fewer pages pinned than all address spaces have, since a mapping was removed
 * and more pages went than it had.
 *
 * Neither is proof alone. Others unpin pages as well; and a book may have a page that the host
 * does not count, the zero page. So the host's count must have sunk by more than what was pinned
 * since and is still there, and only one address space may have removed mappings with such an excess.
 * Instead of an excess, a removal whose count was out of sight will do where the host had no pages
 * pinned but those of address spaces: then there is nobody else who could have unpinned any.
 */
#ifndef VFIOTOP_OVER_UNPINS_H
#define VFIOTOP_OVER_UNPINS_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

/**
 * struct over_unpin - what is remembered of an address space
 * @excess: its bytes that went beyond what its mappings had, until the host's count was last
 *	comparable
 * @mappings: that this had happened to until then
 * @doubts: mappings removed until then whose pages may have been out of sight
 * @pinned: bytes it had pinned at that time
 * @mapped: bytes its maps had pinned until then, with what it has given back
 * @pins_standalone: pins and unpins outside of maps and unmaps until then
 * @bytes: that were unpinned twice, at least
 * @iova: start of the mapping that this happened to
 * @size: its bytes; 0 when there may be several
 */
struct over_unpin {
	uint64_t excess;
	uint64_t mappings;
	uint64_t doubts;
	int64_t pinned;
	uint64_t mapped;
	uint64_t pins_standalone;
	uint64_t bytes;
	uint64_t iova;
	uint64_t size;
};

/**
 * struct over_unpins - of a host
 * @known: the following is
 * @balance: bytes that the host had pinned beyond what all address spaces had
 * @now: the same of the present snapshot
 * @comparable: that is known
 * @uncounted: of the present snapshot, bytes pinned since then that the host may not count
 * @suspect: the only one that has a new excess, or doubt; NULL when there is none
 * @excess: that excess, UINT64_MAX when it is not known
 * @iova: start of the mapping that has it
 * @size: its bytes; 0 when there may be several
 * @several: there are more that have one
 */
struct over_unpins {
	bool known;
	int64_t balance;
	int64_t now;
	bool comparable;
	int64_t uncounted;
	struct over_unpin *suspect;
	uint64_t excess;
	uint64_t iova;
	uint64_t size;
	bool several;
};

/**
 * over_unpins_begin - look at the next snapshot
 * @over: zeroed before the first
 * @snapshot: the snapshot
 * @confirmed: bytes that mappings did not give back, see struct doubts
 */
void over_unpins_begin(struct over_unpins *over, const struct snapshot *snapshot,
		       uint64_t confirmed);

/**
 * over_unpins_look - look at one of its address spaces
 * @over: of the host
 * @c: of the address space
 * @o: likewise; zeroed before it is first seen
 */
void over_unpins_look(struct over_unpins *over, const struct vt_container *c, struct over_unpin *o);

/**
 * over_unpins_end - judge, when all of them were looked at
 * @over: of the host
 */
void over_unpins_end(struct over_unpins *over);

#endif /* VFIOTOP_OVER_UNPINS_H */
