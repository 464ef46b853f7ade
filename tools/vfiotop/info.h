/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel offers to vfiotop, and which figures are unknown.
 */
#ifndef VFIOTOP_INFO_H
#define VFIOTOP_INFO_H

#include "collect/collect.h"

/**
 * info_print - look at the kernel and print what was found, on stdout
 * @options: as for a watch
 * @json: as one line of JSON, else as text
 *
 * Return: EXIT_DONE, or EXIT_FAILED after a message on stderr.
 */
enum exit_code info_print(const struct collect_options *options, bool json);

#endif /* VFIOTOP_INFO_H */
