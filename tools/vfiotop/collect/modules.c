// SPDX-License-Identifier: GPL-2.0-only
#include "modules.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSFS "/sys"

static const char *const backends[] = { "vfio_iommu_type1", "vfio_iommu_spapr_tce", "iommufd" };

#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

static bool has(const char *sysfs, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", sysfs, name);
	return access(path, F_OK) == 0;
}

/*
 * Not one that is being loaded or unloaded; what is built in has no such state, and without
 * parameters not even a folder.
 */
static bool is_live(const char *sysfs, const char *module)
{
	char path[PATH_MAX], state[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/module/%s/initstate", sysfs, module);
	file = fopen(path, "re");
	if (!file) {
		*strrchr(path, '/') = '\0';
		return access(path, F_OK) == 0;
	}
	if (!fgets(state, sizeof(state), file))
		state[0] = '\0';
	fclose(file);
	return strcmp(state, "live\n") == 0;
}

static bool is_backend(const char *module)
{
	for (size_t i = 0; i < BACKENDS; i++)
		if (!strcmp(module, backends[i]))
			return true;
	return false;
}

/* Drivers use vfio as backends do. When vfio is built in, its users are not listed. */
static bool has_driver(const char *sysfs)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/module/vfio/holders", sysfs);
	dir = opendir(path);
	if (!dir)
		return true;
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && !is_backend(entry->d_name);
	closedir(dir);
	return found;
}

bool modules_loaded(void)
{
	return has(SYSFS, "module/vfio") || has(SYSFS, "class/vfio");
}

const char *modules_missing_in(const char *sysfs)
{
	bool backend = false;

	if (!is_live(sysfs, "vfio") && (has(sysfs, "module/vfio") || !has(sysfs, "class/vfio")))
		return "the module vfio";
	for (size_t i = 0; i < BACKENDS; i++)
		backend = backend || is_live(sysfs, backends[i]);
	if (!backend)
		return "a backend such as vfio_iommu_type1";
	return has_driver(sysfs) ? NULL : "a driver such as vfio-pci";
}

const char *modules_missing(void)
{
	return modules_missing_in(SYSFS);
}

enum exit_code modules_check(void)
{
	const char *missing = modules_missing();

	if (!missing)
		return EXIT_DONE;
	complain("nothing to watch: VFIO is not loaded, %s is missing; load the modules vfio, "
		 "vfio_iommu_type1 and vfio-pci first",
		 missing);
	return EXIT_NO_VFIO;
}

/* The inode number of a directory in sysfs is not used again soon. */
bool modules_disable_hugepages(bool *disabled)
{
	FILE *file = fopen(SYSFS "/module/vfio_iommu_type1/parameters/disable_hugepages", "re");
	int value = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	*disabled = value == 'Y';
	return value == 'Y' || value == 'N';
}

uint64_t module_generation(const char *module)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return stat(path, &st) ? 0 : st.st_ino;
}

uint64_t modules_generation(void)
{
	uint64_t sum = module_generation("vfio");

	for (size_t i = 0; i < BACKENDS; i++)
		sum += module_generation(backends[i]);
	return sum;
}
