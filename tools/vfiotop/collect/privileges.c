// SPDX-License-Identifier: GPL-2.0-only
#include "privileges.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOCKDOWN "/sys/kernel/security/lockdown"

/* Inode of the initial user namespace, which the kernel fixes for all time. */
#define INITIAL_USER_NAMESPACE 0xeffffffdU

/* To attach, and to see the addresses that programs are loaded with. */
static const cap_value_t to_attach[] = { CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON, CAP_SYSLOG };
/* To see other users' processes in a /proc that hides them, and their open files. */
static const cap_value_t to_watch[] = { CAP_SYS_PTRACE };
static const cap_value_t to_scan[] = { CAP_DAC_READ_SEARCH };
/* To read tables, for older kernels: either is enough. */
static const cap_value_t to_read[] = { CAP_BPF, CAP_SYS_ADMIN };

/* Permitted is enough: who attaches makes it effective. */
static bool is_permitted(cap_t caps, cap_value_t value)
{
	cap_flag_value_t set = CAP_CLEAR;

	return cap_get_flag(caps, value, CAP_PERMITTED, &set) == 0 && set == CAP_SET;
}

static bool have(cap_value_t value)
{
	cap_t caps = cap_get_proc();
	bool permitted = caps && is_permitted(caps, value);

	cap_free(caps);
	return permitted;
}

static enum lockdown read_lockdown(void)
{
	FILE *file = fopen(LOCKDOWN, "re");
	char line[64] = "";

	if (!file)
		return LOCKDOWN_UNKNOWN;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	if (strstr(line, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	return line[0] ? LOCKDOWN_LESS : LOCKDOWN_UNKNOWN;
}

/* The first number in a file, 0 when there is none. */
static int number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	int number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

static bool has_seccomp_filter(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	int mode = 0;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file) && sscanf(line, "Seccomp: %d", &mode) != 1)
		;
	fclose(file);
	return mode == SECCOMP_MODE_FILTER;
}

/* The mount that was made last is the one that is seen. */
static bool hides_processes(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024], where[256];
	bool hides = false;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %*s %255s", where) == 1 && !strcmp(where, "/proc"))
			hides = strstr(line, "hidepid=");
	fclose(file);
	return hides;
}

static bool in_user_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/user", &status) == 0 && status.st_ino != INITIAL_USER_NAMESPACE;
}

bool privileges_kernel_before(unsigned int major, unsigned int minor)
{
	unsigned int its_major, its_minor;
	struct utsname name;

	return !uname(&name) && sscanf(name.release, "%u.%u", &its_major, &its_minor) == 2 &&
	       (its_major < major || (its_major == major && its_minor < minor));
}

struct limits privileges_limits(void)
{
	return (struct limits){
		.lockdown = read_lockdown(),
		.user_namespace = in_user_namespace(),
		.sys_admin = have(CAP_SYS_ADMIN),
		.bpf = have(CAP_BPF),
		.perfmon = have(CAP_PERFMON),
		.syslog = have(CAP_SYSLOG),
		.sys_ptrace = have(CAP_SYS_PTRACE),
		.seccomp = has_seccomp_filter(),
		.paranoid = number_in("/proc/sys/kernel/perf_event_paranoid"),
		.kptr_restrict = number_in("/proc/sys/kernel/kptr_restrict"),
		.types = access("/sys/kernel/btf/vmlinux", R_OK) == 0,
		.tracefs = access("/sys/kernel/tracing/events", R_OK) == 0,
		/* A group may see them nevertheless: that of root, if no other was named. */
		.hides_processes = hides_processes() && access("/proc/1/stat", F_OK),
		.old_kernel = privileges_kernel_before(5, 17),
	};
}

bool privileges_to_trace(void)
{
	const struct limits limits = privileges_limits();
	char line[COMPLAINT_SIZE];

	return refusal_to_trace(&limits, line) == EXIT_DONE;
}

/* A refusal is a message, too. */
static enum exit_code explained(enum exit_code code, const char *line)
{
	if (code != EXIT_DONE)
		complain("%s", line);
	return code;
}

enum exit_code privileges_check(void)
{
	const struct limits limits = privileges_limits();
	char line[COMPLAINT_SIZE];

	return explained(refusal_to_trace(&limits, line), line);
}

enum exit_code privileges_check_module_types(void)
{
	const struct limits limits = privileges_limits();
	char line[COMPLAINT_SIZE];

	return explained(refusal_of_module_types(&limits, line), line);
}

bool privileges_for_module_types(void)
{
	return have(CAP_SYS_ADMIN);
}

void privileges_explain_census(int error)
{
	const struct limits limits = privileges_limits();
	char line[COMPLAINT_SIZE];

	refusal_of_census(error, &limits, line);
	complain("%s", line);
}

static void keep(cap_t after, cap_t before, const cap_value_t *values, size_t n, bool effective)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_permitted(before, values[i]))
			continue;
		cap_set_flag(after, CAP_PERMITTED, 1, &values[i], CAP_SET);
		if (effective)
			cap_set_flag(after, CAP_EFFECTIVE, 1, &values[i], CAP_SET);
	}
}

/* Nothing that is executed could have them. It takes a privilege, without which it is left. */
static void bound(cap_t kept)
{
	for (cap_value_t value = 0; value < cap_max_bits(); value++)
		if (!is_permitted(kept, value))
			cap_drop_bound(value);
}

/* Also no program could gain any. */
static void keep_only(cap_t kept)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	bound(kept);
	cap_set_proc(kept);
}

void privileges_keep_attaching(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	cap_t before = cap_get_proc();
	cap_t after = cap_init();

	/* There what BPF takes counts as locked memory of this process. */
	if (privileges_kernel_before(5, 11))
		setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (before && after) {
		keep(after, before, to_attach, sizeof(to_attach) / sizeof(to_attach[0]), true);
		keep_only(after);
	}
	cap_free(before);
	cap_free(after);
}

/* There any use of BPF takes a capability, also of maps that are open already. */
static bool reading_takes_privilege(void)
{
	return privileges_kernel_before(5, 19) &&
	       number_in("/proc/sys/kernel/unprivileged_bpf_disabled");
}

void privileges_keep_watching(bool may_scan, bool scanning)
{
	cap_t before = cap_get_proc();
	cap_t after = cap_init();
	bool hides = hides_processes();

	if (before && after) {
		if (reading_takes_privilege())
			keep(after, before, &to_read[is_permitted(before, to_read[0]) ? 0 : 1], 1,
			     true);
		if (may_scan)
			keep(after, before, to_scan, sizeof(to_scan) / sizeof(to_scan[0]),
			     scanning);
		if (may_scan || hides)
			keep(after, before, to_watch, sizeof(to_watch) / sizeof(to_watch[0]),
			     scanning || hides);
		keep_only(after);
	}
	cap_free(before);
	cap_free(after);
}
