/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the kernel refuses something, in one line: from an errno and from what limits this
 * process.
 */
#ifndef VFIOTOP_REFUSAL_H
#define VFIOTOP_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

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
 * struct limits - what may limit this process
 * @lockdown: of the kernel
 * @user_namespace: it is in another user namespace than the kernel's own
 * @sys_admin: it has CAP_SYS_ADMIN
 * @bpf: CAP_BPF
 * @perfmon: CAP_PERFMON
 * @syslog: CAP_SYSLOG
 * @sys_ptrace: CAP_SYS_PTRACE
 * @seccomp: a seccomp filter is set
 * @paranoid: kernel.perf_event_paranoid, 0 when unknown
 * @kptr_restrict: kernel.kptr_restrict, 0 when unknown
 * @types: the kernel's type information can be read
 * @tracefs: is mounted, and may be looked at
 * @hides_processes: /proc is mounted with hidepid
 * @old_kernel: it is older than Linux 5.17
 */
struct limits {
	enum lockdown lockdown;
	bool user_namespace;
	bool sys_admin;
	bool bpf;
	bool perfmon;
	bool syslog;
	bool sys_ptrace;
	bool seccomp;
	int paranoid;
	int kptr_restrict;
	bool types;
	bool tracefs;
	bool hides_processes;
	bool old_kernel;
};

/**
 * refusal_to_trace - whether tracing will be refused
 * @limits: of this process
 * @line: gets the reason, empty when it will not
 *
 * Return: EXIT_DONE when it will not, else the code to end with.
 */
enum exit_code refusal_to_trace(const struct limits *limits, char line[COMPLAINT_SIZE]);

/**
 * refusal_of_module_types - whether reading the type information of modules will be refused
 * @limits: of this process
 * @line: gets the reason, empty when it will not
 *
 * That needs more than BPF itself does.
 *
 * Return: EXIT_DONE when it will not, else the code to end with.
 */
enum exit_code refusal_of_module_types(const struct limits *limits, char line[COMPLAINT_SIZE]);

/**
 * refusal_of_kernel - whether the kernel is too old for some sources
 * @limits: of this process
 * @line: gets the reason, empty when it is not
 *
 * Return: whether it is.
 */
bool refusal_of_kernel(const struct limits *limits, char line[COMPLAINT_SIZE]);

/**
 * refusal_by_errno - why the kernel did not do what a source needs
 * @what: what that was
 * @error: negative errno
 * @limits: of this process
 * @line: gets the reason
 *
 * Return: the code to end with.
 */
enum exit_code refusal_by_errno(const char *what, int error, const struct limits *limits,
				char line[COMPLAINT_SIZE]);

/**
 * refusal_of_addresses - whether the kernel hides the addresses of its symbols
 * @limits: of this process
 * @line: gets the reason, and what is unknown therefore; empty when it does not
 *
 * Return: whether it hides them.
 */
bool refusal_of_addresses(const struct limits *limits, char line[COMPLAINT_SIZE]);

/**
 * refusal_of_census - why what was open before the watch stays unknown
 * @error: negative errno of what failed
 * @limits: of this process
 * @line: gets the reason
 */
void refusal_of_census(int error, const struct limits *limits, char line[COMPLAINT_SIZE]);

/**
 * refusal_next_unknown - what is unknown in reports though nothing was refused
 * @limits: of this process
 * @place: 0 for the first, else what the last call returned
 * @line: gets what is unknown, and why
 *
 * Return: 0 after the last.
 */
size_t refusal_next_unknown(const struct limits *limits, size_t place, char line[COMPLAINT_SIZE]);

#endif /* VFIOTOP_REFUSAL_H */
