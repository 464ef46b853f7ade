// SPDX-License-Identifier: GPL-2.0-only
/* What the modules show without an ioctl: parameters, nodes, sysfs. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"

static void mode_of(const char *path, const char *name)
{
	struct stat st;
	int ret = stat(path, &st) ? -errno : 0;

	if (!ret)
		detail("mode=%o", st.st_mode);
	answer(ret, "%s", name);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void detail_value(const char *path)
{
	char value[64];
	ssize_t length;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, value, sizeof(value));
	if (length > 0)
		detail("%.*s", (int)strcspn(value, "\n"), value);
	close(fd);
}

static void parameters(const char *module)
{
	struct dirent **entries;
	char directory[128], path[512];
	struct stat st;
	int count, i;

	snprintf(directory, sizeof(directory), "/sys/module/%s/parameters", module);
	count = scandir(directory, &entries, is_shown, alphasort);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		need(!stat(path, &st), path);
		detail("mode=%o", st.st_mode & 0777);
		detail_value(path);
		answer(0, "%s.%s", module, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* The names in a folder, but for links and numbers that differ from run to run. */
static void listing(const char *directory, const char *name)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_shown, alphasort), i;

	for (i = 0; i < count; i++) {
		if (!strchr(entries[i]->d_name, ':'))
			detail("%s", entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	answer(count < 0 ? -errno : 0, "%s", name);
}

void abi_modules(const struct abi_args *args)
{
	char path[128];

	parameters("vfio");
	parameters("vfio_iommu_type1");
	parameters("vfio_pci");
	mode_of("/dev/vfio/vfio", "container-node");
	snprintf(path, sizeof(path), "/dev/vfio/%s", args->edu.group);
	mode_of(path, "group-node");
	snprintf(path, sizeof(path), "/sys/class/vfio/%s", args->edu.group);
	listing(path, "group-class");
	listing("/sys/class/misc/vfio", "container-class");
	listing("/sys/bus/pci/drivers/vfio-pci", "driver");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", args->edu.name);
	mode_of(path, "device-class");
}
