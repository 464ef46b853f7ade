/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether pages stayed pinned that seemed to be missing while mappings were removed. A removal
 * alone does not tell: where it moved to another CPU, or was interrupted, a count may have been
 * out of sight.
 *
 * What tells is that the host then has as many more pages pinned than all address spaces have.
 * Others pin pages as well, so nobody else may have pinned any, and only one address space may
 * have such a doubt.
 */
#ifndef VFIOTOP_DOUBTS_H
#define VFIOTOP_DOUBTS_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

/**
 * struct doubt - what is remembered of an address space
 * @seen: bytes that seemed to be missing until the host's count was last comparable
 * @mappings: removed mappings that this had happened to until then
 * @mapped: bytes its maps had pinned until then, with what it has given back
 * @bytes: that did stay pinned
 * @kept_mappings: removed mappings that they are of, or may be
 * @kept_iova: start of the first of these
 * @kept_size: its bytes; 0 when it may be another one
 * @kept_bytes: its bytes that stayed pinned
 */
struct doubt {
	uint64_t seen;
	uint64_t mappings;
	uint64_t mapped;
	uint64_t bytes;
	uint64_t kept_mappings;
	uint64_t kept_iova;
	uint64_t kept_size;
	uint64_t kept_bytes;
};

/**
 * struct doubts - of a host
 * @known: the following is
 * @balance: bytes that the host had pinned beyond what all address spaces had
 * @acquired: bytes pinned since it was booted
 * @comparable: the same of the present snapshot is known
 * @now: bytes that it has pinned beyond these
 * @mapped: bytes that maps have pinned since then
 * @suspect: the only one that has a new doubt; NULL when there is none
 * @missing: bytes that seem to be missing there
 * @mappings: removed mappings that they are of
 * @iova: start of the last of these
 * @size: its bytes
 * @several: there are more that have one
 * @bytes: that did stay pinned, of all address spaces
 */
struct doubts {
	bool known;
	int64_t balance;
	int64_t acquired;
	bool comparable;
	int64_t now;
	int64_t mapped;
	struct doubt *suspect;
	uint64_t missing;
	uint64_t mappings;
	uint64_t iova;
	uint64_t size;
	bool several;
	uint64_t bytes;
};

/**
 * doubts_begin - look at the next snapshot
 * @all: zeroed before the first
 * @snapshot: the snapshot
 */
void doubts_begin(struct doubts *all, const struct snapshot *snapshot);

/**
 * doubts_look - look at one of its address spaces
 * @all: of the host
 * @c: of the address space
 * @doubt: likewise; zeroed before it is first seen
 */
void doubts_look(struct doubts *all, const struct vt_container *c, struct doubt *doubt);

/**
 * doubts_end - judge, when all of them were looked at
 * @all: of the host
 * @snapshot: the snapshot
 */
void doubts_end(struct doubts *all, const struct snapshot *snapshot);

#endif /* VFIOTOP_DOUBTS_H */
