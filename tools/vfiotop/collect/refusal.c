// SPDX-License-Identifier: GPL-2.0-only
#include "refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GRANT "run it as root, or with what is missing (setcap; --cap-add for a container)"

static enum exit_code refuse(enum exit_code code, char line[COMPLAINT_SIZE], const char *format,
			     ...) __attribute__((format(printf, 3, 4)));

static enum exit_code refuse(enum exit_code code, char line[COMPLAINT_SIZE], const char *format,
			     ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line, COMPLAINT_SIZE, format, args);
	va_end(args);
	return code;
}

/* What the kernel asks for instead of CAP_SYS_ADMIN. */
static const char *missing(const struct limits *l)
{
	if (l->sys_admin || (l->bpf && l->perfmon))
		return NULL;
	if (l->bpf)
		return "CAP_PERFMON is";
	return l->perfmon ? "CAP_BPF is" : "CAP_BPF and CAP_PERFMON are";
}

enum exit_code refusal_to_trace(const struct limits *l, char line[COMPLAINT_SIZE])
{
	line[0] = '\0';
	if (missing(l))
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot trace the kernel: not permitted, %s missing; " GRANT,
			      missing(l));
	if (l->user_namespace)
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot trace the kernel: not permitted, the capabilities of this "
			      "user namespace do not count for BPF; run it as root outside of it "
			      "(a container: not rootless, without user namespace)");
	if (l->lockdown == LOCKDOWN_CONFIDENTIALITY)
		return refuse(
			EXIT_NO_PRIVILEGE, line,
			"cannot trace the kernel: it is locked down (confidentiality), and refuses "
			"BPF programs that read its memory; boot it with lockdown=integrity");
	return EXIT_DONE;
}

enum exit_code refusal_of_module_types(const struct limits *l, char line[COMPLAINT_SIZE])
{
	line[0] = '\0';
	if (l->sys_admin)
		return EXIT_DONE;
	return refuse(EXIT_NO_PRIVILEGE, line,
		      "cannot read the type information of the VFIO modules: not permitted, "
		      "CAP_SYS_ADMIN is missing; " GRANT);
}

static enum exit_code not_permitted(const char *what, int error, const struct limits *l,
				    char line[COMPLAINT_SIZE])
{
	if (refusal_to_trace(l, line) != EXIT_DONE)
		return EXIT_NO_PRIVILEGE;
	if (l->seccomp)
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot %s: not permitted, probably by its seccomp filter; allow bpf "
			      "and perf_event_open there (a container's profile, or "
			      "SystemCallFilter= of a unit)",
			      what);
	/* Some kernels have a third level. */
	if (error == -EACCES && l->paranoid > 2 && !l->sys_admin)
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot %s: not permitted, as kernel.perf_event_paranoid is %d and "
			      "CAP_SYS_ADMIN is missing; set it to 2, or run it as root",
			      what, l->paranoid);
	if (error == -EPERM && l->old_kernel && l->sys_admin)
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot %s: not permitted, probably by the limit of locked memory, "
			      "which counts for BPF before Linux 5.11; raise it (ulimit -l)",
			      what);
	if (!l->sys_admin)
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot %s: not permitted, CAP_SYS_ADMIN is missing; " GRANT, what);
	/* The kernel's check of programs says the same as a security module. */
	if (error == -EACCES)
		return refuse(EXIT_NO_PRIVILEGE, line,
			      "cannot %s: the kernel refused the programs, although no capability "
			      "is missing; --debug shows what its verifier said, the audit log "
			      "what SELinux or AppArmor denied",
			      what);
	return refuse(EXIT_NO_PRIVILEGE, line,
		      "cannot %s: not permitted, although no capability is missing; look in the "
		      "audit log for what SELinux or AppArmor denied",
		      what);
}

enum exit_code refusal_by_errno(const char *what, int error, const struct limits *l,
				char line[COMPLAINT_SIZE])
{
	switch (error) {
	case -EACCES:
	case -EINVAL:
		/* Programs that it does not understand. */
		if (l->old_kernel)
			return refuse(
				EXIT_REFUSED, line,
				"cannot %s: this kernel is older than Linux 5.17, and its BPF "
				"lacks what this source needs; use --source=kprobes, "
				"iommu or proc",
				what);
		if (error == -EINVAL)
			break;
		return not_permitted(what, error, l, line);
	case -EPERM:
		return not_permitted(what, error, l, line);
	case -ENOSYS:
		if (l->seccomp)
			return not_permitted(what, error, l, line);
		return refuse(EXIT_REFUSED, line,
			      "cannot %s: this kernel has no BPF (CONFIG_BPF_SYSCALL); use "
			      "--source=proc",
			      what);
	case -ENOMEM:
		return refuse(EXIT_REFUSED, line,
			      "cannot %s: not enough memory; lower --max-containers, or free "
			      "memory",
			      what);
	case -EMFILE:
		return refuse(EXIT_REFUSED, line,
			      "cannot %s: too many open files; raise their limit (ulimit -n)",
			      what);
	default:
		break;
	}
	if (!l->types)
		return refuse(EXIT_NO_BTF, line,
			      "cannot %s: the kernel has no type information, /sys/kernel/btf is "
			      "not there; mount sysfs, or boot a kernel with "
			      "CONFIG_DEBUG_INFO_BTF",
			      what);
	return refuse(EXIT_REFUSED, line, "cannot %s: %s; --debug shows what the kernel said%s",
		      what, strerror(-error),
		      l->lockdown == LOCKDOWN_UNKNOWN
			      ? ", and a mounted securityfs shows whether the kernel is locked down"
			      : "");
}

bool refusal_of_kernel(const struct limits *l, char line[COMPLAINT_SIZE])
{
	line[0] = '\0';
	if (l->old_kernel)
		refuse(EXIT_DONE, line,
		       "some sources may not work, as this kernel is older than Linux 5.17: what "
		       "only these tell is unknown; --info lists them");
	return line[0];
}

bool refusal_of_addresses(const struct limits *l, char line[COMPLAINT_SIZE])
{
	line[0] = '\0';
	if (l->kptr_restrict > 1)
		refuse(EXIT_DONE, line,
		       "what was open before the watch is unknown: kernel.kptr_restrict=%d hides "
		       "addresses; set it to 1",
		       l->kptr_restrict);
	else if (!l->syslog && (l->kptr_restrict || l->paranoid > 1))
		refuse(EXIT_DONE, line,
		       "what was open before the watch is unknown: the kernel hides addresses, and "
		       "CAP_SYSLOG is missing; " GRANT);
	return line[0];
}

void refusal_of_census(int error, const struct limits *l, char line[COMPLAINT_SIZE])
{
	if (!refusal_of_addresses(l, line))
		refuse(EXIT_DONE, line,
		       "what was open before the watch is unknown until its next event: %s; --debug "
		       "shows more",
		       strerror(-error));
}

/* One after the other, each with its reason. */
static bool unknown(const struct limits *l, size_t place, char line[COMPLAINT_SIZE])
{
	line[0] = '\0';
	switch (place) {
	case 1:
		if (l->hides_processes && !l->sys_ptrace)
			refuse(EXIT_DONE, line,
			       "who owns and holds what is unknown: /proc hides processes "
			       "(hidepid), and CAP_SYS_PTRACE is missing; " GRANT);
		break;
	case 2:
		return refusal_of_addresses(l, line);
	case 3:
		return refusal_of_kernel(l, line);
	default:
		break;
	}
	return line[0];
}

size_t refusal_next_unknown(const struct limits *l, size_t place, char line[COMPLAINT_SIZE])
{
	while (++place <= 3)
		if (unknown(l, place, line))
			return place;
	return 0;
}
