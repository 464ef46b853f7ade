// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* --- The path ----------------------------------------------------------------------- */

/* The path in a line "number:controllers:path", NULL when it is of no use. */
static const char *path_of(const char *line)
{
	static const char unified[] = "0::", systemd[] = ":name=systemd:";

	if (!strncmp(line, unified, strlen(unified)))
		return line + strlen(unified);
	line += strspn(line, "0123456789");
	return strncmp(line, systemd, strlen(systemd)) ? NULL : line + strlen(systemd);
}

void cgroup_path(const char *contents, char path[CGROUP_PATH_SIZE])
{
	const char *line = contents;

	path[0] = '\0';
	while (*line) {
		const char *found = path_of(line);
		size_t length = found ? strcspn(found, "\n") : 0;

		/* A unified hierarchy beside others may have everything in its root. */
		if (length && length < CGROUP_PATH_SIZE && (!path[0] || !strcmp(path, "/")))
			snprintf(path, CGROUP_PATH_SIZE, "%.*s", (int)length, found);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

void cgroup_read(uint32_t pid, char path[CGROUP_PATH_SIZE])
{
	char contents[4096], file[40];
	size_t length;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%" PRIu32 "/cgroup", pid);
	f = fopen(file, "re");
	if (!f)
		return;
	length = fread(contents, 1, sizeof(contents) - 1, f);
	fclose(f);
	contents[length] = '\0';
	/* A process that ended in the meantime has none any more. */
	if (length)
		cgroup_path(contents, path);
}

/* --- What it tells ------------------------------------------------------------------- */

static void copy(char to[CGROUP_NAME_SIZE], const char *from, size_t length)
{
	snprintf(to, CGROUP_NAME_SIZE, "%.*s", (int)length, from);
}

/* The next name between two slashes; returns the rest of the path. */
static const char *next_part(const char *path, char part[CGROUP_NAME_SIZE])
{
	size_t length;

	path += strspn(path, "/");
	length = strcspn(path, "/");
	copy(part, path, length);
	return path + length;
}

/* Undoes systemd's escapes. */
static void unescape(const char *part, char plain[CGROUP_NAME_SIZE])
{
	unsigned int byte;
	int length;

	for (; *part; part += length) {
		length = 1;
		if (sscanf(part, "\\x%2x%n", &byte, &length) != 1)
			byte = (unsigned char)*part;
		*plain++ = (char)byte;
	}
	*plain = '\0';
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length > strlen(end) && !strcmp(name + length - strlen(end), end);
}

/* "machine-qemu-3-name.scope", or "qemu-3-name.libvirt-qemu" where systemd is not used. */
static void find_domain(const char *part, char domain[CGROUP_NAME_SIZE])
{
	static const char machine[] = "machine-", qemu[] = "qemu-";
	char plain[CGROUP_NAME_SIZE];
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
static void find_pod(const char *part, char pod[CGROUP_NAME_SIZE])
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
	char part[CGROUP_NAME_SIZE];
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
