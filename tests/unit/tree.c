// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/files.h"
#include "fixture.h"

static char root[] = "/tmp/vfiotop-tree-XXXXXX";

/* The path below the root. */
static void below_root(char whole[PATH_MAX], const char *path)
{
	assert_true(snprintf(whole, PATH_MAX, "%s%s", root, path) < PATH_MAX);
}

/* Those that lead to a path. */
static void make_folders(char *whole)
{
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
}

int tree_make(void)
{
	strcpy(strrchr(root, '-') + 1, "XXXXXX");
	if (!mkdtemp(root))
		return -1;
	tree_use();
	return 0;
}

void tree_use(void)
{
	files_below(root);
}

int tree_remove(void)
{
	char command[64];

	files_below("");
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

void tree_put(const char *path, const char *text)
{
	char whole[PATH_MAX];
	FILE *file;

	below_root(whole, path);
	make_folders(whole);
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

void tree_put_folder(const char *path)
{
	char whole[PATH_MAX];
	struct stat status;

	below_root(whole, path);
	make_folders(whole);
	mkdir(whole, 0755);
	assert_int_equal(stat(whole, &status), 0);
}

void tree_put_link(const char *path, const char *target)
{
	char whole[PATH_MAX];

	below_root(whole, path);
	assert_int_equal(symlink(target, whole), 0);
}

void tree_remove_file(const char *path)
{
	char whole[PATH_MAX];

	below_root(whole, path);
	assert_int_equal(unlink(whole), 0);
}
