/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel offers to the collector, and what the caller may do.
 */
#ifndef VFIOTOP_PROBE_H
#define VFIOTOP_PROBE_H

#include "collect.h"

/**
 * probe_loaded - whether there is any VFIO in the kernel
 */
bool probe_loaded(void);

/**
 * probe_permitted - whether the caller may trace the kernel
 */
bool probe_permitted(void);

/**
 * probe_method - choose how to attach to our tracepoints
 * @options: what to do without
 * @method: what was asked for; ATTACH_AUTO becomes the best that is possible
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_method(const struct collect_options *options, enum attach_method *method);

/**
 * probe_has_events - whether the VFIO that is loaded has our tracepoints
 * @options: what to do without
 */
bool probe_has_events(const struct collect_options *options);

/* The functions of VFIO's modules that programs can be attached to. */
struct probe_functions;

/**
 * probe_functions_new - look which functions the VFIO that is loaded has
 * @options: what to do without
 *
 * Return: NULL when the kernel or the modules have no type information.
 */
struct probe_functions *probe_functions_new(const struct collect_options *options);

/**
 * probe_functions_free - forget them
 * @functions: or NULL
 */
void probe_functions_free(struct probe_functions *functions);

/**
 * probe_has_function - whether a program can be attached to a function
 * @functions: a struct probe_functions
 * @name: of the function
 */
bool probe_has_function(const void *functions, const char *name);

/**
 * probe_stock - whether stock modules can be watched
 * @options: what to do without
 * @functions: those that they have, to be freed
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_stock(const struct collect_options *options,
			   struct probe_functions **functions);

/* The functions of vfio_iommu_type1 that kprobes can be set on. */
struct probe_symbols;

/**
 * probe_kprobes - whether kprobes can be set on stock modules
 * @options: what to do without
 * @symbols: their functions, to be freed
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_kprobes(const struct collect_options *options, struct probe_symbols **symbols);

/**
 * probe_symbols_new - look which functions there are by name
 * @options: what to do without
 *
 * Return: NULL when the kernel has no kprobes, or does not name its functions.
 */
struct probe_symbols *probe_symbols_new(const struct collect_options *options);

/**
 * probe_has_symbol - whether a kprobe can be set on a function
 * @symbols: a struct probe_symbols
 * @name: of the function
 */
bool probe_has_symbol(const void *symbols, const char *name);

/**
 * probe_symbols_free - forget them
 * @symbols: or NULL
 */
void probe_symbols_free(struct probe_symbols *symbols);

/**
 * probe_iommu - whether the kernel's tracepoints of IOMMUs can be watched
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_iommu(void);

/**
 * probe_drop_capabilities - give up what is not needed once all is attached
 * @scans: the files of processes are read from /proc
 *
 * Maps are read through file descriptors that are open already. One capability is
 * kept, to look into /proc where it hides the processes of others, and for their files
 * one more. The kernel
 * detaches by itself when the process ends, so a failure here costs nothing but
 * caution.
 */
void probe_drop_capabilities(bool scans);

#endif /* VFIOTOP_PROBE_H */
