/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The census: a BPF program goes through the open files of all processes, and finds which
 * process holds which VFIO file. The first time it also enters what is open into the tables
 * of the watch. It walks in slices, as containers may have very many mappings.
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
 * census_new - prepare for the first walk
 * @handles: of census_attach(); to be kept
 *
 * Return: NULL when it is not possible.
 */
struct census *census_new(const struct handles *handles);

/**
 * census_step - begin a walk, or continue it for a tenth of a second
 * @census: from census_new(), or NULL
 *
 * It stops earlier when the walk has ended, and says why if it cannot.
 */
void census_step(struct census *census);

/**
 * census_is_busy - whether there is a walk to be continued
 * @census: from census_new(), or NULL
 *
 * Return: whether there is; true before the first one has ended.
 */
bool census_is_busy(const struct census *census);

/**
 * census_is_known - whether what was open before the watch has been looked for
 * @census: from census_new(), or NULL
 *
 * Return: false before the first walk has ended.
 */
bool census_is_known(const struct census *census);

/**
 * census_take - look who holds what
 * @census: from census_new(), or NULL
 *
 * Does what census_step() does, but begins a walk only where walks take no more than a
 * fiftieth of the time.
 *
 * Return: what the last walk has found, valid until the next call or step; unknown without
 * one.
 */
struct holders census_take(struct census *census);

/**
 * census_hurry - have the next census_take() do a whole walk that begins then
 * @census: from census_new(), or NULL
 *
 * However lately the last one was. A walk that takes seconds ends later.
 */
void census_hurry(struct census *census);

/**
 * census_make_rows - rows may be missing: have the next walk make those of what is open
 * @census: from census_new(), or NULL
 */
void census_make_rows(struct census *census);

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
