/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ladder of sources. All but the last have BPF programs of their own, which fill the
 * same maps.
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
 * @attach: how the programs are attached, NULL when there are none
 * @follows: module that the programs are in and do not keep loaded, or NULL
 * @knowledge: enum knowledge
 * @memory: what skeleton and obj are in, to be freed after them
 * @skeleton: to load and attach; NULL when there are no programs, and no maps then
 * @obj: the programs and maps
 * @container_bits: set before loading: how many containers fit, as a power of two
 * @flight_mask: set before loading: slots of operations in flight, less one
 * @watching: set once all is attached
 * @lost: totals by enum vt_lost
 * @missed: calls whose begin or end the programs were not told, or NULL
 */
struct source {
	const char *name;
	const char *attach;
	const char *follows;
	unsigned int knowledge;
	void *memory;
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
	volatile uint32_t *container_bits;
	volatile uint32_t *flight_mask;
	volatile uint32_t *watching;
	uint64_t *lost;
	uint64_t *missed;
};

/* What every source's programs have. */
#define SOURCE_PROGRAMS(skel)                                                   \
	.memory = (skel), .skeleton = (skel)->skeleton, .obj = (skel)->obj,     \
	.container_bits = (volatile uint32_t *)&(skel)->rodata->container_bits, \
	.flight_mask = (volatile uint32_t *)&(skel)->rodata->flight_mask,       \
	.watching = (volatile uint32_t *)&(skel)->bss->watching,                \
	.lost = (uint64_t *)(skel)->bss->lost

/* Steps of the ladder. */
#define RUNGS 5

/**
 * struct rung - one step of the ladder
 * @choice: the source
 * @name: as --source names it
 * @feature: what --disable-feature has to name to do without it, beside "bpf"; NULL when it
 *	cannot be done without
 * @open: fills the source in
 */
struct rung {
	enum source_choice choice;
	const char *name;
	const char *feature;
	enum exit_code (*open)(const struct collect_options *options, struct source *source);
};

/**
 * rungs_next - walk the ladder
 * @previous: or NULL for the best
 *
 * Return: NULL at the end.
 */
const struct rung *rungs_next(const struct rung *previous);

/**
 * rung_wanted - whether a source may be used
 * @rung: the source
 * @options: what was asked for
 */
bool rung_wanted(const struct rung *rung, const struct collect_options *options);

/**
 * source_open - open the programs of a source, if it is possible here
 * @rung: the source
 * @options: what to watch, and what to do without
 * @source: filled in
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code source_open(const struct rung *rung, const struct collect_options *options,
			   struct source *source);

/**
 * source_close - the end of a source, and of what it has loaded
 * @source: is empty afterwards; may be so before
 */
void source_close(struct source *source);

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
 * source_kprobes - functions of the distribution's VFIO modules, without type information
 * @options: what to do without
 * @source: filled in
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code source_kprobes(const struct collect_options *options, struct source *source);

/**
 * source_iommu - the kernel's own tracepoints of IOMMUs
 * @options: what to do without
 * @source: filled in
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code source_iommu(const struct collect_options *options, struct source *source);

/**
 * source_proc - no events at all: what /proc and /sys show
 * @options: what to do without
 * @source: filled in
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code source_proc(const struct collect_options *options, struct source *source);

/**
 * source_refused - explain why the kernel did not do what a source needs
 * @what: what that was
 * @error: negative errno
 *
 * Return: the code to end with.
 */
enum exit_code source_refused(const char *what, int error);

#endif /* VFIOTOP_SOURCE_H */
