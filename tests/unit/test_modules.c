// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of VFIO is missing, by a sysfs that is made here: loaded as modules, built into the
 * kernel, or half of each.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/modules.h"

static char sysfs[32];

static int make_sysfs(void **state)
{
	(void)state;
	strcpy(sysfs, "/tmp/vfiotop-test-XXXXXX");
	return mkdtemp(sysfs) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *level)
{
	(void)st;
	(void)type;
	(void)level;
	return remove(path);
}

static int remove_sysfs(void **state)
{
	(void)state;
	return nftw(sysfs, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", sysfs, name);
	for (char *slash = path + strlen(sysfs) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
}

/* A module that has been loaded, or is being so. */
static void make_module(const char *name, const char *initstate)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "module/%s", name);
	make_folder(path);
	snprintf(path, sizeof(path), "%s/module/%s/initstate", sysfs, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", initstate);
	fclose(file);
}

static void assert_missing(const char *part)
{
	const char *missing = modules_missing_in(sysfs);

	if (part)
		assert_non_null(strstr(missing ? missing : "", part));
	else
		assert_null(missing);
}

static void as_modules(void **state)
{
	(void)state;
	assert_missing("vfio");
	make_module("vfio", "coming");
	make_folder("class/vfio");
	assert_missing("the module vfio");
	make_module("vfio", "live");
	make_folder("module/vfio/holders");
	assert_missing("backend");
	make_module("vfio_iommu_type1", "live");
	make_folder("module/vfio/holders/vfio_iommu_type1");
	assert_missing("driver");
	make_folder("module/vfio/holders/vfio_pci_core");
	assert_missing(NULL);
}

/* With parameters there is a folder, and no state in it. */
static void built_in(void **state)
{
	(void)state;
	make_folder("class/vfio");
	assert_missing("backend");
	make_folder("module/vfio_iommu_type1/parameters");
	assert_missing(NULL);
	make_folder("module/vfio/parameters");
	assert_missing(NULL);
}

static void half_built_in(void **state)
{
	(void)state;
	make_folder("class/vfio");
	make_module("vfio_iommu_type1", "going");
	assert_missing("backend");
	make_module("vfio_iommu_type1", "live");
	assert_missing(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(as_modules, make_sysfs, remove_sysfs),
		cmocka_unit_test_setup_teardown(built_in, make_sysfs, remove_sysfs),
		cmocka_unit_test_setup_teardown(half_built_in, make_sysfs, remove_sysfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
