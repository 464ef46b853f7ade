/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the caller may do: capabilities, and what the kernel's lockdown forbids.
 */
#ifndef VFIOTOP_PRIVILEGES_H
#define VFIOTOP_PRIVILEGES_H

#include <stdbool.h>

#include "exit.h"
#include "refusal.h"

/**
 * privileges_kernel_before - whether this kernel is older than a version
 * @major: of the version
 * @minor: of it
 *
 * Return: false also when it does not say.
 */
bool privileges_kernel_before(unsigned int major, unsigned int minor);

/**
 * privileges_limits - what limits this process
 *
 * Return: that.
 */
struct limits privileges_limits(void);

/**
 * privileges_to_trace - whether the caller may trace the kernel
 *
 * Return: whether it may.
 */
bool privileges_to_trace(void);

/**
 * privileges_check - the same, explained
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code privileges_check(void);

/**
 * privileges_for_module_types - whether the caller may read the type information of modules
 *
 * That needs more than BPF itself does.
 *
 * Return: whether it may.
 */
bool privileges_for_module_types(void);

/**
 * privileges_check_module_types - the same, explained
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code privileges_check_module_types(void);

/**
 * privileges_explain_census - say why what was open before the watch stays unknown
 * @error: negative errno of what failed
 */
void privileges_explain_census(int error);

/**
 * privileges_keep_attaching - give up for good what is not needed to attach
 *
 * A failure here costs nothing but caution.
 */
void privileges_keep_attaching(void);

/**
 * privileges_keep_watching - give up for good what is not needed to watch
 * @may_scan: the open files of processes may have to be looked at in /proc
 * @scanning: they are looked at
 *
 * Maps are read through file descriptors that are open already, which takes a capability only
 * before Linux 5.19: CAP_BPF, or else CAP_SYS_ADMIN. For the open files of other
 * users' processes CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are needed, and the first of these
 * also for a /proc that hides such processes. They are effective only where they are needed
 * now. A failure here costs nothing but caution.
 */
void privileges_keep_watching(bool may_scan, bool scanning);

#endif /* VFIOTOP_PRIVILEGES_H */
