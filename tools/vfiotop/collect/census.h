/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census: a BPF program goes through the open files of all processes, and finds which
 * process holds which VFIO file. The first time it also enters what is open into the tables
 * of the watch.
 */
#ifndef VFIOTOP_CENSUS_H
#define VFIOTOP_CENSUS_H

#include "holders.h"

struct bpf_object;
struct census;

/**
 * census_new - load the program and look for the first time
 * @watch: programs that are watching already, whose tables are to be filled
 * @container_bits: slots of containers, as a power of two
 * @containers_max: the most containers at once
 * @in_flight_slots: how many operations in flight, a power of two
 *
 * To be called with the privileges to load programs.
 *
 * Return: NULL when it is not possible:
 * the modules have no type information, or it may not be read.
 */
struct census *census_new(const struct bpf_object *watch, uint32_t container_bits,
			  uint64_t containers_max, uint32_t in_flight_slots);

/**
 * census_take - look who holds what
 * @census: from census_new(), or NULL
 *
 * It looks again only when that takes no more than a fiftieth of the time.
 *
 * Return: what was
 * seen last, valid until the next call; unknown without a census.
 */
struct holders census_take(struct census *census);

/**
 * census_lost - what did not fit into the tables
 * @census: from census_new(), or NULL
 * @kind: of what
 *
 * Return: how many.
 */
uint64_t census_lost(const struct census *census, enum vt_lost kind);

/**
 * census_free - unload the program
 * @census: from census_new(), or NULL
 */
void census_free(struct census *census);

#endif /* VFIOTOP_CENSUS_H */
