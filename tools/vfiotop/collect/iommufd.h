/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommufd, which hosts have beside VFIO's own containers or instead of these: its programs,
 * as a source of their own or in addition to another one.
 */
#ifndef VFIOTOP_IOMMUFD_H
#define VFIOTOP_IOMMUFD_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "vfiotop.h"

struct bpf_object;
struct iommufd;

/**
 * iommufd_loaded - whether the kernel has iommufd
 *
 * Return: whether it does.
 */
bool iommufd_loaded(void);

/**
 * iommufd_choose - leave out the programs whose functions do not exist
 * @obj: the programs, opened
 * @options: what not to use
 *
 * Return: NULL, or a function without which nothing is known.
 */
const char *iommufd_choose(struct bpf_object *obj, const struct collect_options *options);

/**
 * iommufd_new - watch iommufd with the tables of another source
 * @watch: programs of that source, loaded
 * @container_bits: how many containers there is room for, as a power of two
 * @in_flight_slots: how many operations in flight, a power of two
 * @options: what not to use
 *
 * To be called with the privileges to load programs.
 *
 * Return: NULL when it is not possible, or there is no iommufd.
 */
struct iommufd *iommufd_new(const struct bpf_object *watch, uint32_t container_bits,
			    uint32_t in_flight_slots, const struct collect_options *options);

/**
 * iommufd_lost - what was not recorded
 * @iommufd: from iommufd_new(), or NULL
 * @kind: of what
 *
 * Return: how many.
 */
uint64_t iommufd_lost(const struct iommufd *iommufd, enum vt_lost kind);

/**
 * iommufd_missed - events that the kernel did not hand to a program
 * @iommufd: from iommufd_new(), or NULL
 *
 * Return: how many.
 */
uint64_t iommufd_missed(const struct iommufd *iommufd);

/**
 * iommufd_free - detach the programs
 * @iommufd: from iommufd_new(), or NULL
 */
void iommufd_free(struct iommufd *iommufd);

#endif /* VFIOTOP_IOMMUFD_H */
