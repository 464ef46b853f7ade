// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

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
	char contents[4096];

	/* A process that ended in the meantime has none any more. */
	if (file_read(contents, sizeof(contents), "/proc/%" PRIu32 "/cgroup", pid) > 0)
		cgroup_path(contents, path);
}
