/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernels that no machine here runs: type information and symbols of one that there is, changed
 * as other configurations, compilers and versions change them.
 */
#ifndef VARIANTS_H
#define VARIANTS_H

#include <stdbool.h>

struct btf;

/**
 * variant_open - a folder that is like another one
 * @from: has vmlinux, vfio, vfio_iommu_type1 and kallsyms
 * @folder: of that variant, made here
 */
void variant_open(const char *from, const char *folder);

/**
 * variant_kernel - type information of the kernel itself
 * @folder: from variant_open()
 * @shared: whether it is to be kept: it is the same for many variants
 *
 * Return: NULL when there is none.
 */
struct btf *variant_kernel(const char *folder, bool *shared);

/**
 * variant_close - remove a folder
 * @folder: from variant_open()
 */
void variant_close(const char *folder);

/**
 * variant_build_in - VFIO is part of the kernel itself
 * @folder: from variant_open()
 */
void variant_build_in(const char *folder);

/**
 * variant_without_types - a file of type information is not there
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 */
void variant_without_types(const char *folder, const char *file);

/**
 * variant_rename - a function has another name in type information
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 * @name: its name
 * @to: its other name
 */
void variant_rename(const char *folder, const char *file, const char *name, const char *to);

/**
 * variant_rename_symbol - a function has another name among the symbols
 * @folder: from variant_open()
 * @name: its name
 * @to: its other name
 */
void variant_rename_symbol(const char *folder, const char *name, const char *to);

/**
 * variant_add_parameter - a function has one more parameter, before the others
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 * @function: its name
 */
void variant_add_parameter(const char *folder, const char *file, const char *function);

/**
 * variant_resize_value - what a function returns has another size
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 * @function: its name
 */
void variant_resize_value(const char *folder, const char *file, const char *function);

/**
 * variant_move_fields - all fields of a structure are further behind
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 * @structure: its name
 */
void variant_move_fields(const char *folder, const char *file, const char *structure);

/**
 * variant_rename_field - a field has another name
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 * @structure: that it is in
 * @field: its name
 * @to: its other name
 */
void variant_rename_field(const char *folder, const char *file, const char *structure,
			  const char *field, const char *to);

/**
 * variant_resize_field - a number in a structure has two bytes
 * @folder: from variant_open()
 * @file: vmlinux, or the name of a module
 * @structure: that it is in
 * @field: its name
 */
void variant_resize_field(const char *folder, const char *file, const char *structure,
			  const char *field);

#endif /* VARIANTS_H */
