// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "builds.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "/sys/module/vfio"
#define OURS   "vfiotop-" /* drivers/vfio/Kbuild: its version begins so */

static void set_version(struct build *build, const char *version)
{
	snprintf(build->version, sizeof(build->version), "%.*s", (int)sizeof(build->version) - 1,
		 version);
	build->ours = strncmp(version, OURS, strlen(OURS)) == 0;
}

static void read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(line, (int)size, file))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
}

void build_loaded(struct build *build)
{
	char version[sizeof(build->version)];

	*build = (struct build){ .found = access(MODULE, F_OK) == 0 };
	read_line(MODULE "/version", version, sizeof(version));
	set_version(build, version);
	read_line(MODULE "/srcversion", build->srcversion, sizeof(build->srcversion));
}

/* What modinfo says about @name, if this line does. */
static const char *value_of(const char *name, const char *line)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) != 0 || line[length] != ':')
		return NULL;
	return line + length + 1 + strspn(line + length + 1, " ");
}

void build_read(struct build *build, const char *line)
{
	const char *value;

	if ((value = value_of("filename", line))) {
		build->found = true;
		snprintf(build->file, sizeof(build->file), "%s", value);
	} else if ((value = value_of("version", line))) {
		set_version(build, value);
	} else if ((value = value_of("srcversion", line))) {
		snprintf(build->srcversion, sizeof(build->srcversion), "%s", value);
	}
}

void build_installed(struct build *build)
{
	/* Modules may be compressed in several ways: modinfo knows them. */
	FILE *modinfo = popen("PATH=/usr/sbin:/usr/bin:/sbin:/bin modinfo vfio 2> /dev/null", "re");
	char line[PATH_MAX + 32];

	*build = (struct build){ 0 };
	if (!modinfo)
		return;
	while (fgets(line, sizeof(line), modinfo)) {
		line[strcspn(line, "\n")] = '\0';
		build_read(build, line);
	}
	pclose(modinfo);
}

bool builds_same(const struct build *a, const struct build *b)
{
	if (!a->found || !b->found || a->ours != b->ours)
		return false;
	return !a->ours ||
	       (!strcmp(a->version, b->version) && !strcmp(a->srcversion, b->srcversion));
}
