// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why something is refused: each reason has its own line, which says what to do.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "collect/refusal.h"

/* Root on a kernel that refuses nothing. */
#define ROOT                                                                        \
	.lockdown = LOCKDOWN_LESS, .sys_admin = true, .bpf = true, .perfmon = true, \
	.syslog = true, .sys_ptrace = true, .paranoid = 2, .types = true, .tracefs = true

static void says(const char *line, const char *part)
{
	assert_true(strlen(line) < COMPLAINT_SIZE - 1);
	assert_null(strchr(line, '\n'));
	if (!strstr(line, part))
		fail_msg("\"%s\" does not say \"%s\"", line, part);
}

static void no_privilege_to_trace(struct limits limits, const char *part)
{
	char line[COMPLAINT_SIZE];

	assert_int_equal(refusal_to_trace(&limits, line), EXIT_NO_PRIVILEGE);
	says(line, part);
}

static void to_trace(void **state)
{
	char line[COMPLAINT_SIZE] = "old";

	(void)state;
	assert_int_equal(refusal_to_trace(&(struct limits){ ROOT }, line), EXIT_DONE);
	assert_string_equal(line, "");
	assert_int_equal(refusal_to_trace(&(struct limits){ .bpf = true, .perfmon = true }, line),
			 EXIT_DONE);
	assert_int_equal(refusal_to_trace(&(struct limits){ .sys_admin = true }, line), EXIT_DONE);
	no_privilege_to_trace((struct limits){ 0 }, "CAP_BPF and CAP_PERFMON are missing; run it");
	no_privilege_to_trace((struct limits){ .bpf = true }, "CAP_PERFMON is missing; run it");
	no_privilege_to_trace((struct limits){ .perfmon = true }, "CAP_BPF is missing; run it");
	no_privilege_to_trace((struct limits){ ROOT, .user_namespace = true },
			      "user namespace do not count for BPF; run it as root outside");
	no_privilege_to_trace(
		(struct limits){ .lockdown = LOCKDOWN_CONFIDENTIALITY, .sys_admin = true },
		"locked down (confidentiality)");
}

static void of_module_types(void **state)
{
	char line[COMPLAINT_SIZE];

	(void)state;
	assert_int_equal(refusal_of_module_types(&(struct limits){ ROOT }, line), EXIT_DONE);
	assert_int_equal(
		refusal_of_module_types(&(struct limits){ .bpf = true, .perfmon = true }, line),
		EXIT_NO_PRIVILEGE);
	says(line, "CAP_SYS_ADMIN is missing; run it");
}

static void refused(int error, struct limits limits, enum exit_code code, const char *part)
{
	char line[COMPLAINT_SIZE];

	assert_int_equal(refusal_by_errno("load the BPF programs", error, &limits, line), code);
	says(line, part);
	if (code != EXIT_NO_PRIVILEGE || !strstr(line, "trace the kernel"))
		says(line, "cannot load the BPF programs: ");
}

static void by_errno(void **state)
{
	const struct limits root = { ROOT };
	const struct limits filtered = { ROOT, .seccomp = true };
	const struct limits less = { .bpf = true, .perfmon = true, .paranoid = 3, .types = true };
	const struct limits untyped = { .sys_admin = true };
	const struct limits unsure = { .sys_admin = true, .types = true };

	(void)state;
	refused(-EPERM, root, EXIT_NO_PRIVILEGE, "no capability is missing; look in the audit log");
	refused(-EACCES, root, EXIT_NO_PRIVILEGE, "--debug shows what its verifier said");
	refused(-EPERM, filtered, EXIT_NO_PRIVILEGE, "seccomp filter; allow bpf and perf_event");
	refused(-ENOSYS, filtered, EXIT_NO_PRIVILEGE, "seccomp filter; allow bpf and perf_event");
	refused(-ENOSYS, root, EXIT_REFUSED, "has no BPF (CONFIG_BPF_SYSCALL); use --source=proc");
	refused(-EACCES, less, EXIT_NO_PRIVILEGE, "kernel.perf_event_paranoid is 3 and CAP_SYS");
	refused(-EPERM, less, EXIT_NO_PRIVILEGE, "CAP_SYS_ADMIN is missing; run it");
	refused(-EPERM, (struct limits){ 0 }, EXIT_NO_PRIVILEGE, "CAP_BPF and CAP_PERFMON");
	refused(-EPERM, (struct limits){ ROOT, .user_namespace = true }, EXIT_NO_PRIVILEGE,
		"user namespace");
	refused(-ENOMEM, root, EXIT_REFUSED, "not enough memory; lower --max-containers");
	refused(-EMFILE, root, EXIT_REFUSED, "too many open files; raise their limit (ulimit -n)");
	refused(-ESRCH, untyped, EXIT_NO_BTF, "/sys/kernel/btf is not there; mount sysfs");
	refused(-EINVAL, root, EXIT_REFUSED, "Invalid argument; --debug shows");
	refused(-EINVAL, (struct limits){ ROOT, .old_kernel = true }, EXIT_REFUSED,
		"older than Linux 5.17, and its BPF lacks");
	refused(-EACCES, (struct limits){ ROOT, .old_kernel = true }, EXIT_REFUSED,
		"older than Linux 5.17, and its BPF lacks");
	refused(-EPERM, (struct limits){ ROOT, .old_kernel = true }, EXIT_NO_PRIVILEGE,
		"the limit of locked memory, which counts for BPF before Linux 5.11; raise it");
	refused(-EPERM, (struct limits){ .old_kernel = true }, EXIT_NO_PRIVILEGE, "CAP_BPF and");
	refused(-EINVAL, unsure, EXIT_REFUSED, "a mounted securityfs shows whether");
}

/* The first thing that is unknown, and no other. */
static void unknown(struct limits limits, const char *part)
{
	char line[COMPLAINT_SIZE];
	size_t place = refusal_next_unknown(&limits, 0, line);

	assert_int_not_equal(place, 0);
	says(line, part);
	assert_int_equal(refusal_next_unknown(&limits, place, line), 0);
}

static void in_reports(void **state)
{
	char line[COMPLAINT_SIZE];
	struct limits blind = { ROOT, .hides_processes = true };

	(void)state;
	assert_int_equal(refusal_next_unknown(&(struct limits){ ROOT }, 0, line), 0);
	assert_int_equal(refusal_next_unknown(&blind, 0, line), 0);
	blind.sys_ptrace = false;
	unknown(blind, "hides processes (hidepid), and CAP_SYS_PTRACE is missing; run it");
	unknown((struct limits){ ROOT, .kptr_restrict = 2 }, "kptr_restrict=2 hides addresses; set "
							     "it to 1");
	assert_int_equal(
		refusal_next_unknown(&(struct limits){ ROOT, .kptr_restrict = 1 }, 0, line), 0);
	unknown((struct limits){ .sys_admin = true, .kptr_restrict = 1 },
		"hides addresses, and CAP_SYSLOG is missing; run it");
	unknown((struct limits){ .sys_admin = true, .paranoid = 2 },
		"hides addresses, and CAP_SYSLOG is missing; run it");
	unknown((struct limits){ ROOT, .old_kernel = true }, "kernel is older than Linux 5.17");
	assert_int_equal(refusal_next_unknown(&(struct limits){ .syslog = true }, 0, line), 0);
}

/* The same reasons as in --info; where none of these fits, what the kernel said. */
static void census(void **state)
{
	char line[COMPLAINT_SIZE];

	(void)state;
	refusal_of_census(-ENOENT, &(struct limits){ ROOT, .kptr_restrict = 2 }, line);
	assert_non_null(strstr(line, "kernel.kptr_restrict=2 hides addresses"));
	refusal_of_census(-ENOENT, &(struct limits){ .sys_admin = true, .paranoid = 2 }, line);
	assert_non_null(strstr(line, "CAP_SYSLOG is missing"));
	refusal_of_census(-EPERM, &(struct limits){ .bpf = true, .perfmon = true, .paranoid = 2 },
			  line);
	assert_non_null(strstr(line, "CAP_SYSLOG is missing"));
	refusal_of_census(-ENOMEM, &(struct limits){ ROOT }, line);
	assert_non_null(strstr(line, "Cannot allocate memory"));
	assert_false(refusal_of_addresses(&(struct limits){ ROOT, .kptr_restrict = 1 }, line));
	assert_string_equal(line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(census),	   cmocka_unit_test(to_trace),
		cmocka_unit_test(of_module_types), cmocka_unit_test(by_errno),
		cmocka_unit_test(in_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
