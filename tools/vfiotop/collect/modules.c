// SPDX-License-Identifier: GPL-2.0-only
#include "modules.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "/sys/module/vfio"

static const char *const backends[] = { "vfio_iommu_type1", "vfio_iommu_spapr_tce", "iommufd" };

#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

/* Not one that is being loaded or unloaded; what is built in has no such state. */
static bool is_live(const char *module)
{
	char path[64], state[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
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
static bool has_driver(void)
{
	DIR *dir = opendir(MODULE "/holders");
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return true;
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && !is_backend(entry->d_name);
	closedir(dir);
	return found;
}

bool modules_loaded(void)
{
	return access(MODULE, F_OK) == 0;
}

const char *modules_missing(void)
{
	bool backend = false;

	if (!is_live("vfio"))
		return "the module vfio";
	for (size_t i = 0; i < BACKENDS; i++)
		backend = backend || is_live(backends[i]);
	if (!backend)
		return "a backend such as vfio_iommu_type1";
	return has_driver() ? NULL : "a driver such as vfio-pci";
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
