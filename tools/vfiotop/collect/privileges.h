/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the caller may do: capabilities, and what the kernel's lockdown forbids.
 */
#ifndef VFIOTOP_PRIVILEGES_H
#define VFIOTOP_PRIVILEGES_H

#include <stdbool.h>

#include "exit.h"

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
 * privileges_lockdown - how far the kernel is locked down
 *
 * Return: enum lockdown.
 */
enum lockdown privileges_lockdown(void);

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
 * privileges_keep_attaching - give up for good what is not needed to attach
 *
 * A failure here costs nothing but caution.
 */
void privileges_keep_attaching(void);

/**
 * privileges_keep_watching - give up for good what is not needed to watch
 * @scanning: the open files of processes are looked at in /proc
 *
 * Maps are read through file descriptors that are open already. CAP_SYS_PTRACE stays
 * effective, for a /proc that hides other users' processes, and for their open files
 * CAP_DAC_READ_SEARCH. A failure here costs nothing but caution.
 */
void privileges_keep_watching(bool scanning);

/**
 * privileges_see_addresses - whether the kernel shows its addresses to anybody
 *
 * Without them what was open before the watch is not recognized, and stays unknown.
 *
 * Return: whether it does.
 */
bool privileges_see_addresses(void);

#endif /* VFIOTOP_PRIVILEGES_H */
