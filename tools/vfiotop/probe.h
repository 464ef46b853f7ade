/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel offers to the collector, and what the caller may do.
 */
#ifndef VFIOTOP_PROBE_H
#define VFIOTOP_PROBE_H

#include "collect.h"

/**
 * probe_method - choose how to attach
 * @method: what was asked for; ATTACH_AUTO becomes the best that is possible
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_method(enum attach_method *method);

/**
 * probe_has_events - whether the VFIO that is loaded has our tracepoints
 */
bool probe_has_events(void);

/* The functions of VFIO's modules that programs can be attached to. */
struct probe_functions;

/**
 * probe_stock - look which functions the VFIO that is loaded has
 * @functions: these, to be freed
 *
 * Return: EXIT_DONE, or another code after having said why on stderr.
 */
enum exit_code probe_stock(struct probe_functions **functions);

/**
 * probe_has_function - whether a program can be attached to a function
 * @functions: from probe_stock()
 * @name: of the function
 */
bool probe_has_function(const struct probe_functions *functions, const char *name);

/**
 * probe_functions_free - free them
 * @functions: from probe_stock()
 */
void probe_functions_free(struct probe_functions *functions);

/**
 * probe_drop_capabilities - give up what is not needed once all is attached
 *
 * Maps are read through file descriptors that are open already. One capability is
 * kept, to look into /proc where it hides the processes of others. The kernel
 * detaches by itself when the process ends, so a failure here costs nothing but
 * caution.
 */
void probe_drop_capabilities(void);

#endif /* VFIOTOP_PROBE_H */
