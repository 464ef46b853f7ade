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
 * probe_drop_capabilities - give up what is not needed once all is attached
 *
 * Maps are read through file descriptors that are open already. One capability is
 * kept, to look into /proc where it hides the processes of others. The kernel
 * detaches by itself when the process ends, so a failure here costs nothing but
 * caution.
 */
void probe_drop_capabilities(void);

#endif /* VFIOTOP_PROBE_H */
