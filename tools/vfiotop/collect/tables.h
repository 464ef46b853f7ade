/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables that the BPF programs of most sources fill: containers, operations in flight,
 * groups, devices, failures. They become rows of a snapshot.
 */
#ifndef VFIOTOP_TABLES_H
#define VFIOTOP_TABLES_H

#include "source.h"

/* Slots of operations in flight, a power of two. */
#define TABLES_IN_FLIGHT 4096

/**
 * struct table_settings - variables of programs that fill tables
 * @page_shift: set before loading: bytes of a page, as a power of two
 * @container_bits: set before loading: slots of containers, as a power of two
 * @containers_max: set before loading: the most containers at once
 * @in_flight_mask: set before loading: slots of operations in flight, less one
 * @watching: set once all is attached
 * @lost: totals by enum vt_lost
 */
struct table_settings {
	volatile uint32_t *page_shift;
	volatile uint32_t *container_bits;
	volatile uint64_t *containers_max;
	volatile uint32_t *in_flight_mask;
	volatile uint32_t *watching;
	uint64_t *lost;
};

/* Those of a skeleton. */
#define TABLES(skel)                                                                    \
	(struct table_settings)                                                         \
	{                                                                               \
		.page_shift = (volatile uint32_t *)&(skel)->rodata->page_shift,         \
		.container_bits = (volatile uint32_t *)&(skel)->rodata->container_bits, \
		.containers_max = (volatile uint64_t *)&(skel)->rodata->containers_max, \
		.in_flight_mask = (volatile uint32_t *)&(skel)->rodata->in_flight_mask, \
		.watching = (volatile uint32_t *)&(skel)->bss->watching,                \
		.lost = (uint64_t *)(skel)->bss->lost,                                  \
	}

/**
 * tables_open - the programs of a source fill tables
 * @source: its programs are open
 * @settings: variables of these
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code tables_open(struct source *source, struct table_settings settings);

/**
 * tables_attach - load and attach the programs of a source, and begin to count
 * @source: from tables_open()
 * @options: what to watch
 *
 * What is open already is looked for, where the source knows what belongs to a container.
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code tables_attach(struct source *source, const struct collect_options *options);

/**
 * tables_read - read everything
 * @source: from tables_attach()
 * @lookup: completes the rows
 * @snapshot: is filled in; its rows are valid until the next call
 *
 * Containers that were released some time ago leave the kernel's table here, and are in no
 * later snapshot.
 *
 * Return: false when out of memory.
 */
bool tables_read(struct source *source, const struct lookup *lookup, struct snapshot *snapshot);

/**
 * tables_read_containers - the same without groups and devices
 * @source: from tables_attach()
 * @lookup: completes the rows
 * @snapshot: is filled in; its rows are valid until the next call
 *
 * Return: false when out of memory.
 */
bool tables_read_containers(struct source *source, const struct lookup *lookup,
			    struct snapshot *snapshot);

/**
 * tables_close - free what tables_open() and tables_attach() have made
 * @source: its programs are detached
 */
void tables_close(struct source *source);

#endif /* VFIOTOP_TABLES_H */
