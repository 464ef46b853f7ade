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
 * probe_missing - what of VFIO is not loaded
 *
 * Programs attach to the core and a backend. Without a driver there is nothing to watch, and
 * somebody may be about to unload the others, which programs would keep loaded.
 *
 * Return: NULL when core, backend and driver are there.
 */
const char *probe_missing(void);

/**
 * probe_check_loaded - the same, explained
 *
 * Return: EXIT_DONE, or EXIT_NO_VFIO after having said why on stderr.
 */
enum exit_code probe_check_loaded(void);

/**
 * probe_module_loading - tells one loading of a module from the next
 * @module: its name
 *
 * Return: 0 when it is not loaded.
 */
uint64_t probe_module_loading(const char *module);

/**
 * probe_loading - tells one loading of VFIO from the next
 *
 * Return: a number that changes when core or backend are loaded or unloaded.
 */
uint64_t probe_loading(void);

/**
 * enum lockdown - what the kernel keeps even from root
 * @LOCKDOWN_UNKNOWN: securityfs is not mounted, or not readable
 * @LOCKDOWN_LESS: nothing that matters here
 * @LOCKDOWN_CONFIDENTIALITY: its memory, also from BPF programs
 */
enum lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_LESS,
	LOCKDOWN_CONFIDENTIALITY,
};

/**
 * probe_lockdown - how far the kernel is locked down
 */
enum lockdown probe_lockdown(void);

/**
 * probe_permitted - whether the kernel may be traced
 */
bool probe_permitted(void);

/**
 * probe_check_permitted - the same, explained
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_check_permitted(void);

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
 * probe_raise_capabilities - make what is needed to attach effective
 */
void probe_raise_capabilities(void);

/**
 * probe_drop_capabilities - give up what is not needed while nothing is attached
 * @scanning: the files of processes are looked at in /proc
 *
 * Maps are read through file descriptors that are open already. One capability stays
 * effective, to look into /proc where it hides the processes of others, and for their
 * files another one; those that attaching needs stay permitted, as VFIO may be loaded
 * again; all others are given up for good. A failure here costs nothing but caution.
 */
void probe_drop_capabilities(bool scanning);

#endif /* VFIOTOP_PROBE_H */
