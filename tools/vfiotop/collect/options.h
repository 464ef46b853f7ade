/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the collector is asked for: which source, how to attach, what to do without.
 */
#ifndef VFIOTOP_COLLECT_OPTIONS_H
#define VFIOTOP_COLLECT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum attach_method - how programs are attached to tracepoints
 * @ATTACH_AUTO: the best that this kernel has
 * @ATTACH_TP_BTF: checked against the module's type information
 * @ATTACH_RAW_TP: without type information
 * @ATTACH_METHODS: how many there are
 */
enum attach_method {
	ATTACH_AUTO,
	ATTACH_TP_BTF,
	ATTACH_RAW_TP,
	ATTACH_METHODS,
};

/**
 * enum source_choice - where the figures come from, the best source first
 * @SOURCE_AUTO: the best that works on this kernel
 * @SOURCE_TRACEPOINTS: tracepoints of this project's VFIO modules
 * @SOURCE_STOCK: functions of the kernel's own VFIO modules
 * @SOURCE_IOMMUFD: functions of the kernel's iommufd, where VFIO has no containers of its own
 * @SOURCE_KPROBES: the same functions, as far as this needs no type information
 * @SOURCE_IOMMU: the kernel's own IOMMU tracepoints
 * @SOURCE_PROC: /proc and /sys only
 * @SOURCES: how many there are
 */
enum source_choice {
	SOURCE_AUTO,
	SOURCE_TRACEPOINTS,
	SOURCE_STOCK,
	SOURCE_IOMMUFD,
	SOURCE_KPROBES,
	SOURCE_IOMMU,
	SOURCE_PROC,
	SOURCES,
};

/* Words of command line and reports, by enum attach_method and source_choice; NULL ends. */
extern const char *const attach_names[ATTACH_METHODS + 1];
extern const char *const source_names[SOURCES + 1];

/* Features of the kernel that can be disabled, beside single functions; NULL ends. */
extern const char *const feature_names[];

/* The most features that can be disabled at once. */
#define COLLECT_DISABLED 8

/**
 * struct collect_options - what to watch, and how
 * @source: where the figures come from
 * @attach: how to attach to tracepoints
 * @runs: look at each contiguous run where that is extra work
 * @disabled: features not to use although the kernel has them, n_disabled of these
 * @n_disabled: how many
 * @max_containers: containers that can be watched at once
 * @trace: tell each map, unmap and teardown that takes long
 * @trace_ns: at least so long
 * @trace_pid: only of this process, 0 for all
 * @trace_stacks: with the stack of the thread in user space
 * @exact: find out all that a source can and cannot know before it is attached
 * @debug: print libbpf's messages on stderr
 */
struct collect_options {
	enum source_choice source;
	enum attach_method attach;
	bool runs;
	const char *disabled[COLLECT_DISABLED];
	size_t n_disabled;
	unsigned int max_containers;
	bool trace;
	uint64_t trace_ns;
	uint32_t trace_pid;
	bool trace_stacks;
	bool exact;
	bool debug;
};

/**
 * collect_disabled - whether a feature of the kernel is not to be used
 * @options: what to watch
 * @feature: one of feature_names, or the name of a function
 *
 * Return: whether it is disabled.
 */
bool collect_disabled(const struct collect_options *options, const char *feature);

#endif /* VFIOTOP_COLLECT_OPTIONS_H */
