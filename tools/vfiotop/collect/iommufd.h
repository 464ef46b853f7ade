/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommufd, which hosts have beside VFIO's own containers or instead of these: its programs,
 * as a source of their own or in addition to another one.
 */
#ifndef VFIOTOP_IOMMUFD_H
#define VFIOTOP_IOMMUFD_H

#include <stdbool.h>
#include <stdint.h>

#include "exit.h"
#include "options.h"
#include "vfiotop.h"

struct array;
struct iommufd_bpf;
struct source;

/**
 * iommufd_loaded - whether the kernel has iommufd
 *
 * Return: whether it does.
 */
bool iommufd_loaded(void);

/**
 * iommufd_choose - leave out the programs whose functions do not exist, and set up what depends
 *	on the others
 * @skel: the programs, opened; its has_phases tells whether phases of maps are measured
 * @in_flight_slots: how many operations in flight, a power of two
 * @alone: no other source watches devices
 * @options: what not to use, and whether to measure phases
 *
 * Return: EXIT_DONE; or the code to end with, when one is missing without which nothing is
 * known, and then that was printed.
 */
enum exit_code iommufd_choose(struct iommufd_bpf *skel, uint32_t in_flight_slots, bool alone,
			      const struct collect_options *options);

/**
 * iommufd_attach - watch iommufd, too, if there is one
 * @source: its programs count; gets handles, or the reason why there are none
 * @container_bits: how many containers there is room for, as a power of two
 * @in_flight_slots: how many operations in flight, a power of two
 * @options: what to watch, and what not to use
 */
void iommufd_attach(struct source *source, uint32_t container_bits, uint32_t in_flight_slots,
		    const struct collect_options *options);

/**
 * iommufd_lost - what was not recorded
 * @variables: of the programs, or none
 * @kind: of what
 *
 * Return: how many.
 */
uint64_t iommufd_lost(const struct array *variables, enum vt_lost kind);

#endif /* VFIOTOP_IOMMUFD_H */
