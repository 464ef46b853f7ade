/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census: a BPF program goes through the open files of all processes, and finds which
 * process holds which VFIO file. The first time it also enters what is open into the tables
 * of the watch.
 */
#ifndef VFIOTOP_CENSUS_H
#define VFIOTOP_CENSUS_H

#include "holders.h"

struct census;
struct handles;
struct source;

/**
 * census_attach - load the program
 * @source: its programs are attached; gets the handles of this one, unless that is not
 *	possible: the modules have no type information, or it may not be read
 * @container_bits: slots of containers, as a power of two
 * @containers_max: the most containers at once
 * @in_flight_slots: how many operations in flight, a power of two
 */
void census_attach(struct source *source, uint32_t container_bits, uint64_t containers_max,
		   uint32_t in_flight_slots);

/**
 * census_new - look for the first time
 * @handles: of census_attach(); to be kept
 *
 * Return: NULL when it is not possible.
 */
struct census *census_new(const struct handles *handles);

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
 * census_free - undo census_new()
 * @census: from census_new(), or NULL
 */
void census_free(struct census *census);

#endif /* VFIOTOP_CENSUS_H */
