/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many mappings are younger than some ages. Nobody knows when each was made: it follows from
 * how many had been made and removed at earlier reports. While none is removed that is exact; of
 * those that are removed the age is unknown, and then there is a least and a most.
 */
#ifndef VFIOTOP_AGES_H
#define VFIOTOP_AGES_H

#include <stddef.h>
#include <stdint.h>

#include "view.h"

/**
 * struct ages_state - what had been made and removed for some time
 * @first_ns: the first report that had it
 * @last_ns: the last one
 * @made: mappings that had been made
 * @removed: mappings that had been removed
 */
struct ages_state {
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t made;
	uint64_t removed;
};

/**
 * struct ages - what is remembered of mappings of one kind
 * @states: n of them, the oldest first; those long ago lie further apart
 * @n: how many
 * @room: for how many there is memory
 */
struct ages {
	struct ages_state *states;
	uint32_t n;
	uint32_t room;
};

/**
 * ages_note - remember a report
 * @ages: gets it; zeroed before the first
 * @begin_ns: when nothing had been made yet
 * @now_ns: when the report was made; those of later reports are forgotten
 * @made: mappings that have been made since @begin_ns
 * @removed: mappings that have been removed since then
 */
void ages_note(struct ages *ages, uint64_t begin_ns, uint64_t now_ns, uint64_t made,
	       uint64_t removed);

/**
 * ages_view - how many mappings are younger than each of VIEW_AGES
 * @ages: what is remembered, with the report of now
 * @now_ns: when that was made
 * @younger: gets them; unknown if nothing is remembered
 */
void ages_view(const struct ages *ages, uint64_t now_ns, struct age_view younger[VIEW_AGES]);

/**
 * ages_free - forget all
 * @ages: what is remembered
 */
void ages_free(struct ages *ages);

#endif /* VFIOTOP_AGES_H */
