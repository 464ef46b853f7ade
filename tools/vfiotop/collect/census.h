/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is there already: a BPF program goes through the open files of all processes,
 * and tells which process holds what of VFIO. The first time it also enters what was
 * opened before the watch into the tables of the watch.
 */
#ifndef VFIOTOP_CENSUS_H
#define VFIOTOP_CENSUS_H

#include "holders.h"

struct bpf_object;
struct census;

/**
 * census_new - load the program and look for the first time
 * @watch: loaded programs, which are watching already, and whose tables are filled
 * @container_bits: how many containers there is room for, as a power of two
 * @in_flight_slots: how many operations in flight, a power of two
 *
 * To be called with the privileges of loading. Return: NULL when it is not possible:
 * the modules have no type information, or this may not be read.
 */
struct census *census_new(const struct bpf_object *watch, uint32_t container_bits,
			  uint32_t in_flight_slots);

/**
 * census_take - look who holds what
 * @census: from census_new(), or NULL
 *
 * Nobody looks while that would take more than a fiftieth of the time: then this is
 * what was seen last. Return: valid until the next call; unknown without a census.
 */
struct holders census_take(struct census *census);

/**
 * census_lost - what did not fit into the tables
 * @census: from census_new(), or NULL
 * @kind: of what
 */
uint64_t census_lost(const struct census *census, enum vt_lost kind);

/**
 * census_free - unload the program
 * @census: from census_new(), or NULL
 */
void census_free(struct census *census);

#endif /* VFIOTOP_CENSUS_H */
