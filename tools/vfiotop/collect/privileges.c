// SPDX-License-Identifier: GPL-2.0-only
#include "privileges.h"

#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "files.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

/* To attach, and to see the addresses that programs are loaded with. */
static const cap_value_t to_attach[] = { CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON, CAP_SYSLOG };
/* To see other users' processes in a /proc that hides them, and their open files. */
static const cap_value_t to_watch[] = { CAP_SYS_PTRACE };
static const cap_value_t to_scan[] = { CAP_DAC_READ_SEARCH };

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

enum lockdown privileges_lockdown(void)
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

static bool may_trace(void)
{
	return have(CAP_SYS_ADMIN) || (have(CAP_BPF) && have(CAP_PERFMON));
}

bool privileges_to_trace(void)
{
	return may_trace() && privileges_lockdown() != LOCKDOWN_CONFIDENTIALITY;
}

enum exit_code privileges_check(void)
{
	if (!may_trace()) {
		complain("cannot trace the kernel: not permitted; run it as root, or with CAP_BPF "
			 "and CAP_PERFMON");
		return EXIT_NO_PRIVILEGE;
	}
	if (!privileges_to_trace()) {
		complain(
			"cannot trace the kernel: it is locked down (confidentiality), and refuses "
			"BPF programs that read its memory; boot it with lockdown=integrity");
		return EXIT_NO_PRIVILEGE;
	}
	return EXIT_DONE;
}

bool privileges_for_module_types(void)
{
	return have(CAP_SYS_ADMIN);
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
	cap_t before = cap_get_proc();
	cap_t after = cap_init();

	if (before && after) {
		keep(after, before, to_attach, sizeof(to_attach) / sizeof(to_attach[0]), true);
		keep_only(after);
	}
	cap_free(before);
	cap_free(after);
}

void privileges_keep_watching(bool scanning)
{
	cap_t before = cap_get_proc();
	cap_t after = cap_init();

	if (before && after) {
		keep(after, before, to_scan, sizeof(to_scan) / sizeof(to_scan[0]), scanning);
		keep(after, before, to_watch, sizeof(to_watch) / sizeof(to_watch[0]), true);
		keep_only(after);
	}
	cap_free(before);
	cap_free(after);
}

bool privileges_see_addresses(void)
{
	char level[8];

	return file_read(level, sizeof(level), "/proc/sys/kernel/kptr_restrict") <= 0 ||
	       level[0] < '2';
}
