/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which build of VFIO is loaded, and which one modprobe would load.
 */
#ifndef VFIOTOP_BUILDS_H
#define VFIOTOP_BUILDS_H

#include <limits.h>
#include <stdbool.h>

/**
 * struct build - one build of the module vfio
 * @found: there is one
 * @ours: it is this project's, not the kernel's own
 * @version: its version, empty when it has none
 * @srcversion: a sum of its source, empty when it has none
 * @file: where it is installed; not known of the one that is loaded
 */
struct build {
	bool found;
	bool ours;
	char version[64];
	char srcversion[64];
	char file[PATH_MAX];
};

/**
 * build_loaded - look at the module that is in the kernel
 * @build: what was found
 */
void build_loaded(struct build *build);

/**
 * build_installed - look at the module that modprobe would load into this kernel
 * @build: what was found
 */
void build_installed(struct build *build);

/**
 * build_read - read what modinfo prints of a module
 * @build: what was found
 * @line: a line of it, without its end
 */
void build_read(struct build *build, const char *line);

/**
 * builds_same - whether two are the same
 * @a: one
 * @b: the other
 *
 * The kernel's own are: a kernel has one. Of ours version and source are compared.
 *
 * Return: whether they are; false also when one of them was not found.
 */
bool builds_same(const struct build *a, const struct build *b);

#endif /* VFIOTOP_BUILDS_H */
