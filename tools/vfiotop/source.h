/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources of events: each has BPF programs of its own that fill the same maps.
 */
#ifndef VFIOTOP_SOURCE_H
#define VFIOTOP_SOURCE_H

#include "collect.h"

/* Slots of operations in flight, a power of two. */
#define SOURCE_FLIGHTS 1024

struct bpf_object;
struct bpf_object_skeleton;

/**
 * struct source - the programs of one source, opened and not yet loaded
 * @name: as --source names it
 * @attach: how the programs are attached
 * @knowledge: enum knowledge
 * @memory: what skeleton and obj are in, to be freed after them
 * @skeleton: to load and attach
 * @obj: the programs and maps
 * @container_bits: set before loading: how many containers fit, as a power of two
 * @flight_mask: set before loading: slots of operations in flight, less one
 * @watching: set once all is attached
 * @lost: totals by enum vt_lost
 */
struct source {
	const char *name;
	const char *attach;
	unsigned int knowledge;
	void *memory;
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
	volatile uint32_t *container_bits;
	volatile uint32_t *flight_mask;
	volatile uint32_t *watching;
	uint64_t *lost;
};

/**
 * source_tracepoints - the tracepoints of our own VFIO modules
 * @options: how to attach
 * @source: filled in
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code source_tracepoints(const struct collect_options *options, struct source *source);

/**
 * source_stock - functions of the distribution's VFIO modules
 * @options: whether to look at runs
 * @source: filled in
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code source_stock(const struct collect_options *options, struct source *source);

/**
 * source_refused - explain why the kernel did not do what a source needs
 * @what: what that was
 * @error: negative errno
 *
 * Return: the code to end with.
 */
enum exit_code source_refused(const char *what, int error);

#endif /* VFIOTOP_SOURCE_H */
