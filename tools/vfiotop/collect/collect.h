/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector: loads and attaches the BPF programs, and reads their maps.
 * Nothing else in vfiotop knows BPF.
 */
#ifndef VFIOTOP_COLLECT_H
#define VFIOTOP_COLLECT_H

#include <string.h>

#include "exit.h"
#include "snapshot.h"

struct collector;

/**
 * enum attach_method - how programs reach the tracepoints
 * @ATTACH_AUTO: the best that this kernel has
 * @ATTACH_TP_BTF: checked by the module's type information
 * @ATTACH_RAW_TP: without type information
 */
enum attach_method {
	ATTACH_AUTO,
	ATTACH_TP_BTF,
	ATTACH_RAW_TP,
};

/**
 * enum source_choice - where events come from
 * @SOURCE_AUTO: the best that this kernel has
 * @SOURCE_TRACEPOINTS: the tracepoints of our own VFIO modules
 * @SOURCE_STOCK: functions of the distribution's VFIO modules
 * @SOURCE_KPROBES: the same, as far as this needs no type information
 * @SOURCE_IOMMU: the kernel's own tracepoints of IOMMUs
 * @SOURCE_PROC: /proc and /sys only
 */
enum source_choice {
	SOURCE_AUTO,
	SOURCE_TRACEPOINTS,
	SOURCE_STOCK,
	SOURCE_KPROBES,
	SOURCE_IOMMU,
	SOURCE_PROC,
};

/* The most features that one can do without at once. */
#define COLLECT_WITHOUT 8

/**
 * struct collect_options - what to watch, and how
 * @source: where events come from
 * @attach: how to attach to tracepoints
 * @runs: look at each contiguous run where that is extra work
 * @without: what to do without although the kernel has it, n_without of these
 * @n_without: how many
 * @max_containers: containers that can be watched at once; rounded up to a power of two
 * @debug: let libbpf talk on stderr
 */
struct collect_options {
	enum source_choice source;
	enum attach_method attach;
	bool runs;
	const char *without[COLLECT_WITHOUT];
	size_t n_without;
	unsigned int max_containers;
	bool debug;
};

/**
 * collect_without - whether to do without a feature of the kernel
 * @options: see there
 * @feature: "tracepoints", "types", "fentry", "kprobes", "iommu", "bpf" or the name of a
 *	function
 */
static inline bool collect_without(const struct collect_options *options, const char *feature)
{
	for (size_t i = 0; i < options->n_without; i++)
		if (!strcmp(options->without[i], feature))
			return true;
	return false;
}

/**
 * collect_start - load and attach; counting begins
 * @options: see there
 * @collector: the new collector, NULL after a failure
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code collect_start(const struct collect_options *options, struct collector **collector);

/**
 * collect_snapshot - read everything
 * @collector: from collect_start()
 *
 * Containers that were released some time ago leave the kernel's table here,
 * and are in no later snapshot.
 *
 * Return: the snapshot, valid until the next call; NULL after a complaint.
 */
const struct snapshot *collect_snapshot(struct collector *collector);

/**
 * collect_nothing - what there is to read while VFIO is not loaded
 * @missing: what of it
 *
 * Return: the snapshot, valid until the next call.
 */
const struct snapshot *collect_nothing(const char *missing);

/**
 * collect_cut_off - whether the programs are attached to nothing any more
 * @collector: from collect_start()
 *
 * Those that do not keep the module loaded that they are in are lost when it is unloaded,
 * also when it is loaded again at once.
 */
bool collect_cut_off(const struct collector *collector);

/**
 * collect_stop - detach and free everything
 * @collector: from collect_start(), or NULL
 */
void collect_stop(struct collector *collector);

#endif /* VFIOTOP_COLLECT_H */
