// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clean.h"

static void copy(char to[VIEW_CGROUP_NAME_SIZE], const char *from, size_t length)
{
	snprintf(to, VIEW_CGROUP_NAME_SIZE, "%.*s", (int)length, from);
}

/* The next name between two slashes; returns the rest of the path. */
static const char *next_part(const char *path, char part[VIEW_CGROUP_NAME_SIZE])
{
	size_t length;

	path += strspn(path, "/");
	length = strcspn(path, "/");
	copy(part, path, length);
	return path + length;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes systemd's escapes. What they hide may be anything. */
static void unescape(const char *part, char plain[VIEW_CGROUP_NAME_SIZE])
{
	size_t n = 0;

	while (*part) {
		if (part[0] == '\\' && part[1] == 'x' && hex_digit(part[2]) >= 0 &&
		    hex_digit(part[3]) >= 0) {
			plain[n++] = (char)(hex_digit(part[2]) << 4 | hex_digit(part[3]));
			part += 4;
		} else {
			plain[n++] = *part++;
		}
	}
	plain[n] = '\0';
	clean_text(plain, VIEW_CGROUP_NAME_SIZE);
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length > strlen(end) && !strcmp(name + length - strlen(end), end);
}

/* "machine-qemu-3-name.scope", or "qemu-3-name.libvirt-qemu" where systemd is not used. */
static void find_domain(const char *part, char domain[VIEW_CGROUP_NAME_SIZE])
{
	static const char machine[] = "machine-", qemu[] = "qemu-";
	char plain[VIEW_CGROUP_NAME_SIZE];
	const char *name = plain;
	size_t digits;

	unescape(part, plain);
	if (!strncmp(name, machine, strlen(machine)))
		name += strlen(machine);
	if (strncmp(name, qemu, strlen(qemu)))
		return;
	name += strlen(qemu);
	digits = strspn(name, "0123456789");
	if (!digits || name[digits] != '-')
		return;
	name += digits + 1;
	if (ends_with(name, ".scope"))
		copy(domain, name, strlen(name) - strlen(".scope"));
	else if (ends_with(name, ".libvirt-qemu"))
		copy(domain, name, strlen(name) - strlen(".libvirt-qemu"));
}

static bool is_uid(const char *text, size_t length)
{
	return length >= 32 && length <= 36 && strspn(text, "0123456789abcdef-_") == length;
}

/*
 * "kubepods-burstable-podUID.slice" with underscores in the UID, or "podUID" below
 * "kubepods" where systemd is not used.
 */
static void find_pod(const char *part, char pod[VIEW_CGROUP_NAME_SIZE])
{
	const char *uid = strstr(part, "pod");
	size_t length;

	/* The first "pod" may be that of "kubepods". */
	while (uid && !is_uid(uid + 3, strcspn(uid + 3, ".")))
		uid = strstr(uid + 3, "pod");
	if (!uid)
		return;
	uid += 3;
	length = strcspn(uid, ".");
	copy(pod, uid, length);
	for (char *p = pod; *p; p++)
		if (*p == '_')
			*p = '-';
}

void cgroup_parse(const char *path, struct cgroup_names *names)
{
	char part[VIEW_CGROUP_NAME_SIZE];
	bool kubernetes = false;

	memset(names, 0, sizeof(*names));
	while (*path) {
		path = next_part(path, part);
		if (ends_with(part, ".service") || ends_with(part, ".scope"))
			copy(names->unit, part, strlen(part));
		find_domain(part, names->domain);
		if (!strncmp(part, "kubepods", strlen("kubepods")))
			kubernetes = true;
		if (kubernetes)
			find_pod(part, names->pod);
	}
}
