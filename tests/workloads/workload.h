/* SPDX-License-Identifier: GPL-2.0-only */
/* What the workload programs have in common: options, opening, waiting, counting. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdint.h>
#include <stdio.h>

#include "vfio_user.h"

/* Where workloads map: above 4 GiB, clear of every reserved region. */
#define WORKLOAD_IOVA 0x100000000UL

/**
 * struct tally - what was done exactly, for comparison with what tools show
 * @maps: successful VFIO_IOMMU_MAP_DMA
 * @unmaps: successful VFIO_IOMMU_UNMAP_DMA
 * @bytes_mapped: by @maps
 * @bytes_unmapped: as the kernel said
 */
struct tally {
	uint64_t maps;
	uint64_t unmaps;
	uint64_t bytes_mapped;
	uint64_t bytes_unmapped;
};

/* The fields of @t as members of a JSON object, without braces. */
void tally_print(FILE *out, const struct tally *t);

/* Prints a line and exits with status 1. @err is a negative errno or 0. */
_Noreturn void die(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * struct workload_option - an option of a program; one of the pointers is set
 * @name: without the dashes
 * @text: gets the argument
 * @number: gets the argument, a number from 1 to @max
 * @max: see @number
 * @flag: becomes true; the option has no argument
 * @required: the program is nothing without it
 */
struct workload_option {
	const char *name;
	const char **text;
	uint64_t *number;
	uint64_t max;
	bool *flag;
	bool required;
};

/*
 * Reads the command line; @options ends with one that has no name. Prints @usage and
 * exits with 0 at --help, with 2 at what is wrong.
 */
void workload_options(int argc, char **argv, const char *usage,
		      const struct workload_option *options);

/* Opens group and device with a type1v2 container, or dies. */
void workload_open(struct vu *u, const char *group, const char *device);

/* From here on SIGTERM and SIGINT are seen by workload_wait() only. */
void workload_catch_signals(void);

enum workload_event {
	WORKLOAD_TIMEOUT,
	WORKLOAD_SIGNAL,
	WORKLOAD_EOF,
};

/* Waits for a signal, and for the end of stdin if @eof; forever if @timeout_ms < 0. */
enum workload_event workload_wait(int timeout_ms, bool eof);

/* Prints "ready" and waits for the end of stdin or a signal. */
enum workload_event workload_hold(void);

#endif /* WORKLOAD_H */
