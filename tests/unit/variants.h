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
 * variant_close - remove it
 * @folder: from variant_open()
 */
void variant_close(const char *folder);

/* The changes to @folder; @file is vmlinux or the name of a module. */
void variant_build_in(const char *folder);
void variant_without_types(const char *folder, const char *file);
void variant_rename(const char *folder, const char *file, const char *name, const char *to);
void variant_rename_symbol(const char *folder, const char *name, const char *to);
void variant_add_parameter(const char *folder, const char *file, const char *function);
void variant_widen_value(const char *folder, const char *file, const char *function);
void variant_move_fields(const char *folder, const char *file, const char *structure);
void variant_rename_field(const char *folder, const char *file, const char *structure,
			  const char *field, const char *to);
void variant_resize_field(const char *folder, const char *file, const char *structure,
			  const char *field);

#endif /* VARIANTS_H */
