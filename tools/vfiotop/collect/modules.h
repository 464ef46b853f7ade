/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel modules of VFIO: whether they are loaded, and whether they were loaded again.
 */
#ifndef VFIOTOP_MODULES_H
#define VFIOTOP_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "exit.h"

/**
 * modules_loaded - whether there is any VFIO in the kernel
 *
 * Return: whether there is.
 */
bool modules_loaded(void);

/**
 * modules_missing - what of VFIO is not loaded
 *
 * Programs attach to the core and a backend. Without a driver there is nothing to watch,
 * and the others may be about to be unloaded, which programs would prevent.
 *
 * Return: NULL when core, backend and driver are loaded.
 */
const char *modules_missing(void);

/**
 * modules_missing_in - the same, of the kernel that a sysfs is of
 * @sysfs: where it is mounted
 *
 * What is built into the kernel counts as loaded.
 *
 * Return: likewise.
 */
const char *modules_missing_in(const char *sysfs);

/**
 * modules_check - the same, explained
 *
 * Return: EXIT_DONE, or EXIT_NO_VFIO after a message on stderr.
 */
enum exit_code modules_check(void);

/**
 * modules_disable_hugepages - the parameter of vfio_iommu_type1 of that name
 * @disabled: gets its value
 *
 * Return: whether it is known.
 */
bool modules_disable_hugepages(bool *disabled);

/**
 * module_generation - distinguishes one loading of a module from the next
 * @module: its name
 *
 * Return: 0 when it is not loaded.
 */
uint64_t module_generation(const char *module);

/**
 * modules_generation - distinguishes one loading of VFIO from the next
 *
 * Return: a number that changes when core or backend are loaded or unloaded.
 */
uint64_t modules_generation(void);

#endif /* VFIOTOP_MODULES_H */
